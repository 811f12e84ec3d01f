/**
 * [policy NAME] of a kind that judges the number of big jobs: `threshold` or more are enough to go
 * away for, fewer are not. What counts them is a [queue], or a probe.
 */
import type { PolicyRule } from '../core/conf.ts';
import type { OptionsTable } from '../core/options.ts';
import type { JobsRule, OnJobs } from '../core/policy.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import type { ConfiguredQueue } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { type Fallback, readSettings } from './settings.ts';
import { POLICY } from './tables.ts';

/** Keys of policies that judge how a service does. */
const FOREIGN = ['suffering', 'idle', 'lowthreshold', 'lowtarry', 'worse'];

export function buildOnJobs(
  section: Section,
  kind: OnJobs,
  set: SectionSet,
  context: Context,
): PolicyRule | undefined {
  refuseForeign(section, kind, context);
  const values = readSettings(section, POLICY, context, (key) =>
    key === 'tarry' ? { text: '1' } : undefined,
  );
  const own = readSettings<OptionsTable>(section, kind.options, context, (key) =>
    key === 'queue' ? soleQueue(section, set) : undefined,
  );
  if (!values || !own) return undefined;
  const jobs = kind.jobs(own);
  checkCounted(section, jobs, set, context);
  warnIdle(section, jobs, context);
  const { threshold: bound, tarry, on_error: onError } = values;
  checkThreshold(section, bound, context);
  const probe = jobs.queue ?? values.probe;
  if (bound === undefined || !tarry || probe === undefined) return undefined;
  return {
    ...{ name: nameOf(section), kind: kind.kind, probe, worse: 'high' },
    ...{ suffering: { compare: '>=', bound, tarry }, idle: { compare: '<', bound, tarry } },
    ...{ onError, judge: kind.judge, jobs },
  };
}

function refuseForeign(section: Section, { kind }: OnJobs, { findings }: Context): void {
  for (const key of FOREIGN.filter((key) => section.entries.has(key))) {
    const text = `${kind} doesn't know it: threshold or more big jobs are enough to go away for, fewer to come home`;
    findings.problem(placeOf(section, key), text);
  }
}

function soleQueue(section: Section, set: SectionSet): Fallback | undefined {
  const [only, ...others] = set.names('queue');
  if (only === undefined || others.length > 0 || section.entries.has('probe')) return undefined;
  return { text: only };
}

function checkThreshold(section: Section, bound: number | undefined, { findings }: Context): void {
  if (bound === undefined) {
    if (section.entries.has('threshold')) return;
    findings.problem(placeOf(section), 'threshold must be given, as in threshold = 2');
  } else if (bound < 1) {
    findings.problem(placeOf(section, 'threshold'), 'no jobs at all would be enough: 1 or more');
  }
}

/** What counts the big jobs is there, and knows which they are. */
function checkCounted(
  section: Section,
  { queue, grades }: JobsRule,
  set: SectionSet,
  { findings }: Context,
): void {
  const { entries } = section;
  const [queueEntry, probe] = [entries.get('queue'), entries.get('probe')];
  if (queueEntry && probe) {
    const place = `${queueEntry.file}:${queueEntry.line}`;
    findings.problem(placeOf(section, 'probe'), `a queue counts already, in ${place}; keep one`);
  }
  if (queue === undefined && !queueEntry && !probe) {
    return findings.problem(placeOf(section), nothingCounts(set));
  }
  if (queue !== undefined) set.checkNamed('queue', queue, section, findings);
  else if (probe && !probe.broken) set.checkNamed('probe', probe.value, section, findings);
  if (queue !== undefined && !grades && !entries.has('bigjobs')) {
    findings.problem(placeOf(section), 'bigjobs must be given, as in bigjobs = grade a');
  }
}

function nothingCounts(set: SectionSet): string {
  const names = set.names('queue');
  if (names.length > 1) return `queue must be given: one of ${names.join(', ')}`;
  return 'nothing counts the big jobs: a [queue] with url =, or probe = NAME, is missing';
}

/** Keys that say something, but nothing that is heeded. */
function warnIdle(section: Section, { margin }: JobsRule, { findings }: Context): void {
  if (margin !== undefined) return;
  const { entries } = section;
  if (entries.has('margin')) {
    findings.warning(placeOf(section, 'margin'), 'has no meaning without estimate = yes');
  }
  if (entries.has('probe') && entries.has('bigjobs')) {
    const text = 'has no meaning here: the probe counts, and nothing is estimated';
    findings.warning(placeOf(section, 'bigjobs'), text);
  }
}

/** How many jobs run side by side is the queue's to say, and the estimate's to know. */
export function withWorkers(
  policies: readonly PolicyRule[],
  queues: readonly ConfiguredQueue[],
): readonly PolicyRule[] {
  return policies.map((policy) => {
    const { jobs } = policy;
    const queue = queues.find(({ name }) => name === jobs?.queue);
    const workers = queue?.options['workers'];
    if (!jobs || typeof workers !== 'number' || workers === 1) return policy;
    return { ...policy, jobs: { ...jobs, workers } };
  });
}

/** The readings of a queue are one series, whoever judges it. */
export function checkOneCount(
  policies: readonly PolicyRule[],
  set: SectionSet,
  { findings }: Context,
): void {
  const first = new Map<string, PolicyRule>();
  for (const policy of policies) {
    const { queue } = policy.jobs ?? {};
    if (queue === undefined) continue;
    const other = first.get(queue) ?? policy;
    first.set(queue, other);
    if (gradesOf(other) === gradesOf(policy)) continue;
    const text = `policy ${other.name} counts other jobs of this queue; it has one number of big jobs`;
    const section = set.of('policy').find((each) => nameOf(each) === policy.name);
    if (section) findings.problem(placeOf(section, 'bigjobs'), text);
  }
}

function gradesOf({ jobs }: PolicyRule): string {
  return JSON.stringify([...new Set(jobs?.grades)].sort());
}
