/** [probe NAME]. */
import type { ProbeRule } from '../core/conf.ts';
import { durationText } from '../core/option-types.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf, ofKind } from './kinds.ts';
import type { ConfiguredProbe } from './loaded.ts';
import type { ProbeTable } from './plugins.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { type Fallbacks, isRead, readSettings } from './settings.ts';
import { PROBE } from './tables.ts';

/** A probe's time-out, as a share of its interval. */
const TIMEOUT_SHARE = 0.75;

export interface BuiltProbe {
  readonly section: Section;
  readonly table: ProbeTable;
  readonly rule: ProbeRule;
  readonly configured: ConfiguredProbe;
}

export function buildProbes(
  set: SectionSet,
  tables: readonly ProbeTable[],
  context: Context,
): BuiltProbe[] {
  const built = set.of('probe').map((section) => buildOne(section, tables, context));
  return built.filter((probe) => probe !== undefined);
}

function buildOne(
  given: Section,
  tables: readonly ProbeTable[],
  context: Context,
): BuiltProbe | undefined {
  const { section, kind: table } = ofKind(given, PROBE, tables, context.findings);
  const common = readSettings(section, PROBE, context, timeoutOf);
  if (!table) return undefined;
  const options = readSettings(section, table.options, context);
  if (!common || !options) return undefined;
  const conflict = isRead(section, options) ? table.conflict?.(options) : undefined;
  if (conflict) context.findings.problem(placeOf(section, conflict.key), conflict.problem);
  const { interval: intervalMs, timeout: timeoutMs, max_errors: maxErrors, startup } = common;
  if (intervalMs === undefined || timeoutMs === undefined) return undefined;
  if (timeoutMs >= intervalMs) {
    const text = `is not shorter than the interval, ${durationText(intervalMs)}`;
    context.findings.problem(placeOf(section, 'timeout'), text);
  }
  const rule = { intervalMs, maxErrors, unit: table.unit(options, intervalMs) };
  const configured = { name: nameOf(section), kind: table.kind, options, timeoutMs, startup };
  return { section, table, rule, configured };
}

const timeoutOf: Fallbacks<typeof PROBE> = (key, { interval }) => {
  if (key !== 'timeout' || interval === undefined) return undefined;
  return { text: durationText(Math.floor(interval * TIMEOUT_SHARE)) };
};
