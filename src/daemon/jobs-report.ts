/** What `vmmanage jobs` is told: each queue as it stands. It decides nothing. */
import type { Conf } from '../core/conf.ts';
import { mayBeginJob } from '../core/jobs.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import { estimate } from '../core/work.ts';
import type { Keeper, Unopened } from '../jobs/keeper.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { JobsReport, QueueReport } from '../wire/control.ts';
import { iso } from './past.ts';

export interface JobsSight {
  readonly at: Stamp;
  readonly state: State;
  readonly conf: Conf;
  readonly keeper: Keeper;
  /** The grades of a queue's big jobs, as its page has them; undefined: all. */
  grades(queue: string): readonly string[] | undefined;
}

export function jobsReport(sight: JobsSight): JobsReport {
  const { at, state, conf, keeper } = sight;
  return {
    now: iso(at.wallMs),
    worker: keeper.workerConnected,
    may_begin: mayBeginJob(state, conf, at),
    queues: [
      ...keeper.queues.map((queue) => queueReport(queue, sight)),
      ...keeper.unopened.map(unopenedReport),
    ],
  };
}

function queueReport(queue: JobQueue, sight: JobsSight): QueueReport {
  const { name, settings, trouble, last } = queue;
  return {
    ...{ name, url: settings.url },
    ...(trouble === undefined ? {} : { trouble }),
    ...claimedReport(queue, sight.grades(name)),
    in_hand: queue.inHand.map(({ key, job, sinceMs }) => ({
      ...{ line: job.line, grade: job.grade, key },
      ...(job.label === undefined ? {} : { id: job.label }),
      ...(sinceMs === undefined ? {} : { since: iso(sinceMs) }),
    })),
    ...(last ? { last: { time: last.time, ok: last.ok, failed: last.failed } } : {}),
    estimate: estimateReport(queue, sight),
  };
}

function unopenedReport({ settings: { name, url }, problem: trouble }: Unopened): QueueReport {
  return { name, url, trouble, in_hand: [], estimate: {} };
}

function claimedReport(queue: JobQueue, grades: readonly string[] | undefined) {
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
      big: queue.waiting(grades),
    },
  };
}

function estimateReport(queue: JobQueue, { state, conf, grades }: JobsSight) {
  const rule = conf.policies.find(({ jobs }) => jobs?.queue === queue.name)?.jobs;
  if (!rule) return {};
  const big = queue.waiting(grades(queue.name));
  const { homeMs, awayMs, moveMs } = estimate(big, rule, rule.margin ?? 1, state.work);
  return {
    ...(homeMs === undefined ? {} : { home_ms: homeMs }),
    ...(awayMs === undefined ? {} : { away_ms: awayMs }),
    ...(moveMs === undefined ? {} : { move_ms: moveMs }),
  };
}
