/** What `vmmanage jobs` is told: each queue as it stands. It decides nothing. */
import type { Conf } from '../core/conf.ts';
import { gradesOf, mayBeginJob } from '../core/jobs.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import { estimate } from '../core/work.ts';
import type { Keeper, Unopened } from '../jobs/keeper.ts';
import type { Released } from '../jobs/ledger.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { JobsReport, QueueReport } from '../wire/control.ts';
import { iso } from './past.ts';

export interface JobsSight {
  readonly at: Stamp;
  readonly state: State;
  readonly conf: Conf;
  readonly keeper: Keeper;
}

export function jobsReport(sight: JobsSight): JobsReport {
  const { at, state, conf, keeper } = sight;
  return {
    now: iso(at.wallMs),
    worker: keeper.workerConnected,
    may_begin: mayBeginJob(state, conf, at),
    queues: keeper.all.map((each) =>
      'problem' in each ? unopenedReport(each) : queueReport(each, sight),
    ),
  };
}

function queueReport(queue: JobQueue, sight: JobsSight): QueueReport {
  const { name, settings, trouble, last } = queue;
  return {
    ...{ name, url: settings.url },
    ...(trouble === undefined ? {} : { trouble }),
    ...claimedReport(queue, sight),
    in_hand: queue.inHand.map(({ key, job, sinceMs }) => ({
      ...{ line: job.line, grade: job.grade, key },
      ...(job.label === undefined ? {} : { id: job.label }),
      ...(sinceMs === undefined ? {} : { since: iso(sinceMs) }),
    })),
    ...(last ? { last: lastReport(last) } : {}),
    estimate: estimateReport(queue, sight),
  };
}

function unopenedReport({ settings: { name, url }, problem: trouble }: Unopened): QueueReport {
  return { name, url, trouble, in_hand: [], estimate: {} };
}

function lastReport({ time, ok, failed, set_aside }: Released) {
  return { time, ok, failed, ...(set_aside === undefined ? {} : { set_aside }) };
}

function claimedReport(queue: JobQueue, sight: JobsSight) {
  const { claim, page } = queue;
  if (!claim || !page) return {};
  const ok = [...claim.done.values()].filter((status) => status === 'ok').length;
  return {
    claimed: {
      since: claim.time,
      jobs: page.jobs.length,
      done: ok,
      failed: claim.done.size - ok,
      set_aside: page.badLines,
      big: bigJobs(queue, sight),
    },
  };
}

/** Where no policy judges the queue, no job is a big one. */
function bigJobs(queue: JobQueue, { conf }: JobsSight): number {
  return ruleOf(queue, conf) ? queue.waiting(gradesOf(queue.name, conf)) : 0;
}

function ruleOf({ name }: JobQueue, { policies }: Conf) {
  return policies.find(({ jobs }) => jobs?.queue === name)?.jobs;
}

function estimateReport(queue: JobQueue, sight: JobsSight) {
  const { state, conf } = sight;
  const rule = ruleOf(queue, conf);
  if (!rule) return {};
  const big = bigJobs(queue, sight);
  const { homeMs, awayMs, moveMs } = estimate(big, rule, rule.margin ?? 1, state.work);
  return {
    ...(homeMs === undefined ? {} : { home_ms: homeMs }),
    ...(awayMs === undefined ? {} : { away_ms: awayMs }),
    ...(moveMs === undefined ? {} : { move_ms: moveMs }),
  };
}
