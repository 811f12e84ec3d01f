/** What `status` and `explain` tell of one policy: its verdict, its counts, its working hours. */
import type { Opinion } from '../core/arbitrate.ts';
import type { PolicyRule } from '../core/conf.ts';
import type { Overview } from '../core/explain.ts';
import { type Progress, standings } from '../core/opinions.ts';
import type { Schedule } from '../core/policy.ts';
import { formatSpan } from '../core/text.ts';
import type { Stamp } from '../core/time.ts';
import { spanAt } from '../core/windows.ts';
import type { Condition, Tarry } from '../core/words.ts';
import type { HoursReport, PolicyReport, StandingReport } from '../wire/control.ts';
import { iso } from './past.ts';
import type { Explained } from './reports.ts';

export function policyReport(policy: PolicyRule, view: Overview, sight: Explained): PolicyReport {
  const { state, at } = sight;
  const { name, kind, probe } = policy;
  const opinion = view.opinions.find((candidate) => candidate.policy === name);
  const { suffering, idle } = standings(policy, state, at);
  return {
    name,
    kind,
    probe,
    verdict: opinion?.verdict ?? 'stay',
    reason: opinion ? reasonOf(policy, opinion, view, sight) : '',
    suffering: standingReport(policy.suffering, suffering),
    ...(policy.idle && idle ? { idle: standingReport(policy.idle, idle) } : {}),
    ...(policy.schedule ? { hours: hoursReport(policy.schedule, at) } : {}),
  };
}

/** `content` would be a lie of a service that suffers, or whose readings don't count yet. */
export function reasonOf(
  policy: PolicyRule,
  { reason }: Opinion,
  view: Overview,
  { state, at }: Pick<Explained, 'state' | 'at'>,
): string {
  if (reason !== 'content') return reason;
  const settling = view.gates.find(({ gate }) => gate === 'settling')?.hold;
  if (settling) return `${settling.reason}, readings don't count yet`;
  const { suffering } = standings(policy, state, at);
  const begun = !suffering.due && !/^0s? /.test(suffering.progress);
  return begun ? `not yet: suffering ${suffering.progress}` : reason;
}

function hoursReport({ hours, offHours }: Schedule, at: Stamp): HoursReport {
  const { inside, untilMs } = spanAt(hours, at.wallMs);
  const until = untilMs === undefined ? {} : { until: iso(untilMs) };
  return { inside, ...until, zone: hours.zone, off_hours: offHours };
}

function standingReport(condition: Condition, { progress, due }: Progress): StandingReport {
  return { condition: conditionText(condition), progress, due };
}

/** As in the conf: `> 50 for 3`. */
export function conditionText({ compare, bound, tarry }: Condition): string {
  return `${compare} ${bound} for ${tarryText(tarry)}`;
}

function tarryText(tarry: Tarry): string {
  switch (tarry.kind) {
    case 'count':
      return String(tarry.n);
    case 'window':
      return `${tarry.k}/${tarry.n}`;
    case 'time':
      return formatSpan(tarry.ms);
  }
}
