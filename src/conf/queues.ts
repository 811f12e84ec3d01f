/**
 * [queue NAME]. Its big jobs are counted like any reading, under its name; its jobs are neither
 * claimed nor done in this version.
 */
import type { ProbeRule } from '../core/conf.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import type { ConfiguredQueue } from './loaded.ts';
import { NOT_YET } from './not-yet.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, readSettings } from './settings.ts';
import { QUEUE } from './tables.ts';

export interface BuiltQueue {
  readonly rule: ProbeRule;
  readonly configured: ConfiguredQueue;
}

/** What of a queue there is so far, for the daemon that refuses it and for who checks its conf. */
export const ONLY_JUDGED = `${NOT_YET}; simulate and test judge its readings`;

const UNIT = 'big jobs';

export function buildQueues(set: SectionSet, context: Context): BuiltQueue[] {
  const built = set.of('queue').map((section) => buildOne(section, set, context));
  return built.filter((queue) => queue !== undefined);
}

function buildOne(given: Section, set: SectionSet, context: Context): BuiltQueue | undefined {
  const section = withUrl(checkKeys(given, [QUEUE], context.findings), context);
  const values = readSettings(section, QUEUE, context);
  const name = nameOf(section);
  checkName(section, name, set, context);
  context.findings.warning(placeOf(section), `working on its jobs ${ONLY_JUDGED}`);
  if (!values) return undefined;
  const { url, interval: intervalMs, max_errors: maxErrors } = values;
  return { rule: { intervalMs, maxErrors, unit: UNIT }, configured: { name, url } };
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
