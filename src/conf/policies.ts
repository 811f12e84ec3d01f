/** [policy NAME]: which probe it judges, and its conditions in either spelling. */
import type { PolicyRule } from '../core/conf.ts';
import type { OptionsOf, OptionsTable } from '../core/options.ts';
import { isOnJobs, isScheduled, type Policy, type Schedule } from '../core/policy.ts';
import type { Condition, Tarry, Worse } from '../core/words.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf, ofKind } from './kinds.ts';
import { buildOnJobs, checkOneCount } from './on-jobs.ts';
import type { BuiltProbe } from './probes.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { readSettings } from './settings.ts';
import { POLICY } from './tables.ts';

type Values = OptionsOf<typeof POLICY>;

/** One condition and the two spellings it has. */
interface Spelling {
  readonly one: 'suffering' | 'idle';
  readonly bound: 'threshold' | 'lowthreshold';
  readonly tarry: 'tarry' | 'lowtarry';
}

const SUFFERING: Spelling = { one: 'suffering', bound: 'threshold', tarry: 'tarry' };
const IDLE: Spelling = { one: 'idle', bound: 'lowthreshold', tarry: 'lowtarry' };

export function buildPolicies(
  set: SectionSet,
  kinds: readonly Policy[],
  probes: readonly BuiltProbe[],
  context: Context,
): PolicyRule[] {
  if (!set.wants('policy')) {
    const text = 'no policy: a [policy] with kind = and suffering = is missing';
    context.findings.problem({ file: set.firstFile, line: 0 }, text);
  }
  const built = set.of('policy').map((section) => buildOne(section, set, kinds, probes, context));
  const policies = built.filter((policy) => policy !== undefined);
  checkOneCount(policies, set, context);
  return policies;
}

function buildOne(
  given: Section,
  set: SectionSet,
  kinds: readonly Policy[],
  probes: readonly BuiltProbe[],
  context: Context,
): PolicyRule | undefined {
  const { section, kind } = ofKind(given, POLICY, kinds, context.findings);
  if (kind && isOnJobs(kind)) return buildOnJobs(section, kind, set, context);
  const [only, ...others] = set.names('probe');
  const soleProbe = only !== undefined && others.length === 0 ? { text: only } : undefined;
  const values = readSettings(section, POLICY, context, (key, before) => {
    if (key === 'probe') return soleProbe;
    return key === 'worse' ? worseOf(before, probes) : undefined;
  });
  if (!kind) return undefined;
  const own = readSettings<OptionsTable>(section, kind.options, context, (key) =>
    key === 'timezone' ? { text: context.surroundings.zone } : undefined,
  );
  checkProbe(section, set, values?.probe, context);
  const rule = values && finish(section, kind, values, context);
  if (!isScheduled(kind)) return rule;
  const schedule = own && kind.schedule(own);
  if (schedule) checkSchedule(section, schedule, context);
  return rule && schedule && { ...rule, schedule };
}

/** Without readings nobody would know that the service suffers. */
function checkSchedule(section: Section, schedule: Schedule, { findings }: Context): void {
  if (schedule.monitored || schedule.offHours !== 'rescue') return;
  const text = 'off_hours = rescue needs readings, and monitor_off_hours = no takes none';
  findings.problem(placeOf(section, 'monitor_off_hours'), text);
}

/** As `suffering` says it, or else the probe's kind, which may ask what is measured. */
function worseOf(before: Partial<Values>, probes: readonly BuiltProbe[]) {
  if (before.suffering) return { text: before.suffering.compare === '>' ? 'high' : 'low' };
  const probe = probes.find(({ configured }) => configured.name === before.probe);
  return probe && { text: probe.table.worse(probe.configured.options) };
}

function checkProbe(
  section: Section,
  set: SectionSet,
  probe: string | undefined,
  { findings }: Context,
): void {
  const names = set.names('probe');
  if (probe !== undefined) set.checkNamed('probe', probe, section, findings);
  else if (names.length > 1 && !section.entries.has('probe')) {
    findings.problem(placeOf(section), `probe must be given: one of ${names.join(', ')}`);
  } else if (!set.wants('probe')) {
    findings.problem(placeOf(section), 'no probe to judge: a [probe] with kind = is missing');
  }
}

function finish(
  section: Section,
  kind: Policy,
  values: Values,
  context: Context,
): PolicyRule | undefined {
  const { worse, probe, on_error: onError } = values;
  const suffering = conditionOf(SUFFERING, section, values, worse, context);
  const idle = conditionOf(IDLE, section, values, worse && opposite(worse), context);
  checkPresence(section, kind, context);
  if (suffering) checkSide(section, SUFFERING, suffering, worse, context);
  if (idle) checkSide(section, IDLE, idle, worse && opposite(worse), context);
  if (!worse || !suffering || probe === undefined) return undefined;
  return {
    ...{ name: nameOf(section), kind: kind.kind, probe, worse, suffering },
    ...(idle ? { idle } : {}),
    ...{ onError, judge: kind.judge },
  };
}

function opposite(worse: Worse): Worse {
  return worse === 'high' ? 'low' : 'high';
}

/** Either spelling, but not both; `side` is where a bound of this condition is passed. */
function conditionOf(
  spelling: Spelling,
  section: Section,
  values: Values,
  side: Worse | undefined,
  { findings }: Context,
): Condition | undefined {
  const one = section.entries.get(spelling.one);
  const pair = [spelling.bound, spelling.tarry] as const;
  const given = pair.filter((key) => section.entries.has(key));
  const [first] = given;
  if (one && first) {
    const text = `says what ${spelling.one} says in ${one.file}:${one.line}; keep one of them`;
    findings.problem(placeOf(section, first), text);
  }
  if (one || !first) return values[spelling.one];
  const missing = pair.find((key) => !section.entries.has(key));
  if (missing) findings.problem(placeOf(section, first), `needs ${missing} beside it`);
  return fromPair(values[spelling.bound], values[spelling.tarry], side);
}

function fromPair(
  bound: number | undefined,
  tarry: Tarry | undefined,
  side: Worse | undefined,
): Condition | undefined {
  if (bound === undefined || !tarry || !side) return undefined;
  return { compare: side === 'high' ? '>' : '<', bound, tarry };
}

/** What the kind needs is there, and what it doesn't know isn't. */
function checkPresence(section: Section, kind: Policy, { findings }: Context): void {
  const has = ({ one, bound, tarry }: Spelling) =>
    [one, bound, tarry].find((key) => section.entries.has(key));
  const idle = has(IDLE);
  if (!has(SUFFERING)) findings.problem(placeOf(section), mustBeGiven('suffering'));
  if (kind.idle === 'required' && !idle) findings.problem(placeOf(section), mustBeGiven('idle'));
  if (kind.idle === 'none' && idle) {
    const text = `${kind.kind} knows no idle condition (did you mean kind = base-aware?)`;
    findings.problem(placeOf(section, idle), text);
  }
}

function mustBeGiven(key: 'suffering' | 'idle'): string {
  return `${key} must be given, as in ${key} = ${POLICY[key].example}`;
}

/** Idle lies on the other side than suffering, and suffering on the one that `worse` names. */
function checkSide(
  section: Section,
  { one }: Spelling,
  { compare, bound }: Condition,
  side: Worse | undefined,
  { findings }: Context,
): void {
  const expected = side === 'high' ? '>' : '<';
  if (side === undefined || compare === expected || !section.entries.has(one)) return;
  const worse = section.entries.get('worse');
  const why = worse
    ? `worse = ${worse.value} stands in ${worse.file}:${worse.line}`
    : `${compare} is the side on which the service suffers`;
  findings.problem(placeOf(section, one), `expected ${expected} ${bound}, since ${why}`);
}
