/**
 * A worker follows its jobs: to an away site while enough big ones wait in its queue, and home
 * when fewer do. The job in hand is finished first. With an estimate it goes away only where that
 * saves time.
 */
import { list } from '../core/option-shapes.ts';
import { duration, number, orOff, text, yesNo } from '../core/option-types.ts';
import { type OptionsOf, type OptionsTable, option, optional } from '../core/options.ts';
import type { Estimate, JobsRule, JobsView, Judgement, OnJobs, View } from '../core/policy.ts';
import { formatSpan } from '../core/text.ts';

const OPTIONS = {
  queue: optional(text, {
    example: 'builds',
    help: 'Which [queue] it judges; may be left out where there is one. A probe = that counts the big jobs does as well.',
  }),
  bigjobs: optional(list, {
    example: 'grade a',
    help: 'The jobs that count, as the queue names them before the =; several with commas.',
  }),
  finish_timeout: option(orOff(duration), '1h', {
    help: 'A job that has run for so long is not waited for: the guest leaves, and what is lost of it is run again.',
  }),
  estimate: option(yesNo, 'no', {
    help: 'Go away only where it is worth it, by how long jobs and moves took so far.',
  }),
  margin: option(number({ min: 1, max: 1000 }), '1.5', {
    help: 'With estimate: how many times longer the jobs must take at home than the move and they take away.',
  }),
} satisfies OptionsTable;

export const siteAware: OnJobs = {
  kind: 'site-aware',
  help: 'Goes to an away site while threshold or more big jobs wait, and home when fewer do, for tarry (1 by default).',
  options: OPTIONS,
  idle: 'none',
  judge({ suffering, idle, jobs }: View): Judgement {
    if (!jobs) throw new Error('site-aware judges jobs');
    if (suffering.due) return jobs.away ? OUT : wayOut(jobs);
    if (idle?.due) return jobs.away ? finished('home', FEW, jobs) : AT_HOME;
    return { verdict: 'stay', reason: 'content' };
  },
  jobs(options): JobsRule {
    const given = options as OptionsOf<typeof OPTIONS>;
    const { queue, bigjobs, estimate, margin, finish_timeout: finishMs } = given;
    return {
      ...(queue === undefined ? {} : { queue }),
      ...(bigjobs === undefined ? {} : { grades: bigjobs.map(gradeText) }),
      ...(finishMs === undefined ? {} : { finishMs }),
      ...(estimate ? { margin } : {}),
    };
  },
};

/** `a` and `grade a` are one grade, written as in the thesis. */
function gradeText(given: string): string {
  return `grade ${given.replace(/^grade\s+/, '')}`;
}

const MANY = 'big jobs wait';
const FEW = 'few big jobs';
const OUT: Judgement = { verdict: 'stay', reason: 'already out of home array' };
/** Which host of the home site it is at doesn't matter to jobs: another policy may choose the base. */
const AT_HOME: Judgement = { verdict: 'stay', reason: 'few big jobs, at home now', rests: true };

function wayOut(jobs: JobsView): Judgement {
  const { estimate } = jobs;
  if (!estimate) return finished('away', MANY, jobs);
  const unknown = unknownOf(estimate);
  if (unknown.length > 0) {
    return finished('away', `${MANY}; no estimate without a record of ${unknown.join(', ')}`, jobs);
  }
  const figures = figuresOf(estimate);
  if (!isWorth(estimate)) return { verdict: 'stay', reason: `not worth it: ${figures}` };
  return finished('away', `${MANY}, worth it: ${figures}`, jobs);
}

/** The job in hand would be lost, or done twice. */
function finished(
  verdict: 'away' | 'home',
  reason: string,
  { inHand, overdue }: JobsView,
): Judgement {
  if (!inHand) return { verdict, reason: overdue ? `${reason}; ${left(overdue)}` : reason };
  const { job, grade } = inHand;
  return { verdict: 'stay', reason: `${verdict} wanted: job ${job} (${grade}) is finished first` };
}

function left({ job, grade }: { readonly job: string; readonly grade: string }): string {
  return `job ${job} (${grade}) takes longer than finish_timeout`;
}

/** Until all three were seen once it goes, or it would never see them. */
function unknownOf({ homeMs, awayMs, moveMs }: Estimate): string[] {
  return [
    ...(homeMs === undefined ? ['jobs at home'] : []),
    ...(awayMs === undefined ? ['jobs away'] : []),
    ...(moveMs === undefined ? ['moves away'] : []),
  ];
}

function isWorth({ homeMs = 0, awayMs = 0, moveMs = 0, margin }: Estimate): boolean {
  return homeMs > margin * (moveMs + awayMs);
}

function figuresOf({ homeMs = 0, awayMs = 0, moveMs = 0, margin }: Estimate): string {
  const [home, move, away] = [homeMs, moveMs, awayMs].map(formatSpan);
  return `${home} at home, ${move} to move and ${away} away, margin ${margin}`;
}
