/**
 * What the guest's worker tells of its jobs, on its way into the journal; and what it is told in
 * return: whether the next job may begin.
 */
import { acts } from './clone.ts';
import type { Conf } from './conf.ts';
import type { Happening } from './events.ts';
import { firstHold, overview } from './explain.ts';
import type { State } from './state.ts';
import { currentHost, roleOf } from './targets.ts';
import { elapsedMs, type Stamp } from './time.ts';
import type { Turn } from './turn.ts';
import type { Ask, Role } from './words.ts';
import { jobsInHand } from './work.ts';

type Told<T extends Happening['type']> = Extract<Happening, { type: T }>;

export function jobBegan(turn: Turn, { job, grade, queue }: Told<'job-began'>): void {
  const named = queue === undefined ? {} : { queue };
  turn.record({ type: 'job-began', job, grade, ...named, ...here(turn) });
}

/** How long it took is the worker's word, and it can't be more than has passed since it began. */
export function jobEnded(turn: Turn, { job, ok, tookMs }: Told<'job-ended'>): void {
  const inHand = jobsInHand(turn.state, turn.at).find((each) => each.job === job);
  if (!inHand) return turn.refuse('wrong', `job ${job} is not in hand`);
  const { grade, at } = inHand;
  const took = tookMs === undefined ? {} : { took_ms: Math.min(tookMs, elapsedMs(at, turn.at)) };
  turn.record({ type: 'job-ended', job, grade, ok, ...took, ...here(turn) });
}

function here({ state, conf }: Turn): { role?: Role } {
  const role = roleOf(currentHost(state, conf), conf);
  return role === undefined ? {} : { role };
}

/**
 * Not while the guest goes to another site, nor where it goes as soon as no job is in hand: a
 * worker that always has a next one would never let it. A gate may hold for hours: then it works.
 */
export function mayBeginJob(state: State, conf: Conf, at: Stamp): boolean {
  if (!acts(state)) return false;
  if (state.request) return !changesSite(state.request.verdict);
  const { verdict, hypothetical, gates } = overview(withoutJobs(state), conf, at);
  return hypothetical || !changesSite(verdict) || firstHold(gates) !== undefined;
}

/**
 * The grades that are big jobs of this queue, as its page has them: the thesis's word `grade` stands
 * before them in the conf alone. Undefined: all are.
 */
export function gradesOf(queue: string, { policies }: Conf): readonly string[] | undefined {
  const policy = policies.find(({ jobs }) => jobs?.queue === queue);
  return policy?.jobs?.grades?.map((grade) => grade.replace(/^grade /, ''));
}

function changesSite(verdict: Ask): boolean {
  return verdict === 'away' || verdict === 'home';
}

function withoutJobs(state: State): State {
  if (!state.work) return state;
  const { inHand: _, ...work } = state.work;
  return { ...state, work };
}
