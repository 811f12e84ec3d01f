/** [queue NAME]. Its big jobs are counted like any reading, under its name. */
import type { ProbeRule } from '../core/conf.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import type { ConfiguredQueue } from './loaded.ts';
import type { QueueTable } from './plugins.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, readSettings } from './settings.ts';
import { QUEUE } from './tables.ts';

export interface BuiltQueue {
  readonly rule: ProbeRule;
  readonly configured: ConfiguredQueue;
}

/** A queue's time-out, as a share of its interval. */
const TIMEOUT_SHARE = 0.75;
const UNIT = 'big jobs';

export function buildQueues(
  set: SectionSet,
  table: QueueTable,
  vm: string | undefined,
  context: Context,
): BuiltQueue[] {
  return set.of('queue').flatMap((section) => {
    const queue = buildOne(section, set, table, context);
    if (!queue) return [];
    const { url } = queue.configured;
    const text = vm === undefined ? undefined : table.misnamed({ url, vm });
    if (text !== undefined) context.findings.problem(placeOf(section, 'url'), text);
    return [queue];
  });
}

function buildOne(
  given: Section,
  set: SectionSet,
  table: QueueTable,
  context: Context,
): BuiltQueue | undefined {
  const checked = checkKeys(given, [QUEUE, table.options], context.findings);
  const section = withUrl(checked, context);
  const values = readSettings(section, QUEUE, context);
  const options = readSettings(section, table.options, context);
  const name = nameOf(section);
  checkName(section, name, set, context);
  if (!values || !options) return undefined;
  for (const { key, text } of table.contradictions(options, values.url)) {
    context.findings.problem(placeOf(section, key), text);
  }
  for (const { key, text } of table.unheeded(options)) {
    if (section.entries.has(key)) context.findings.warning(placeOf(section, key), text);
  }
  const { url, interval: intervalMs, max_errors: maxErrors } = values;
  const timeoutMs = Math.floor(intervalMs * TIMEOUT_SHARE);
  const rule = { intervalMs, maxErrors, unit: UNIT };
  return { rule, configured: { name, url, options, timeoutMs } };
}

/** A flat file has no key for the address: where it could stand is told, and once. */
function withUrl(section: Section, { findings }: Context): Section {
  if (!section.flat || section.entries.has('url')) return section;
  const { file, line } = section;
  findings.problem({ file, line }, FLAT_URL);
  const entry = { file, line, key: 'url', value: '', exposed: false, broken: true as const };
  return { ...section, entries: new Map([...section.entries, ['url', entry]]) };
}

const FLAT_URL = `the queue's address is missing: give it in a second file (-c), under [queue], as in url = ${QUEUE.url.example}`;

/** Their readings would be one. */
function checkName(section: Section, name: string, set: SectionSet, { findings }: Context): void {
  const probe = set.of('probe').find((each) => nameOf(each) === name);
  if (!probe) return;
  const text = `there is a probe ${quoted(name)} too, in ${probe.file}:${probe.line}; give one of them another name`;
  findings.problem(placeOf(section), text);
}
