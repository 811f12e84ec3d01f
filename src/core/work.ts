/**
 * What the guest remembers of its jobs: those in hand, how long the finished ones took at home
 * and away, and how long the way to another site took. It all comes from journal entries; each
 * list is bounded. What it adds up to is an estimate, and deciding by it is a policy's.
 */
import type { Ended, JobBegan, JobEnded } from './entries.ts';
import type { Estimate, JobsRule } from './policy.ts';
import type { State } from './state.ts';
import type { Stamp } from './time.ts';
import type { Role } from './words.ts';

/** So many of the latest are remembered, of each grade at each role and of the ways. */
export const RECORDS_MAX = 20;
/** Grades are the queue's words: as many are remembered, those without a job for longest go. */
export const GRADES_MAX = 64;

/** More side by side are the worker's business: the latest are remembered. */
export const IN_HAND_MAX = 64;

export interface Work {
  /** In the order in which they began; absent where there is none. */
  readonly inHand?: readonly JobInHand[];
  /** The grade of the latest job last. A list, since a grade is any text. */
  readonly grades: readonly GradeTimes[];
  /** Of the confirmed requests to go away, from asking to arriving. */
  readonly tripsMs: readonly number[];
}

export interface JobInHand {
  readonly job: string;
  readonly grade: string;
  readonly at: Stamp;
  readonly queue?: string;
  readonly role?: Role;
}

/** How long jobs of a grade took, oldest first. */
export interface GradeTimes {
  readonly grade: string;
  readonly homeMs: readonly number[];
  readonly awayMs: readonly number[];
}

const NO_WORK: Work = { grades: [], tripsMs: [] };

export function withJobBegun(state: State, entry: JobBegan, at: Stamp): State {
  const { job, grade, queue, role } = entry;
  const begun = {
    ...{ job, grade, at },
    ...(queue === undefined ? {} : { queue }),
    ...(role === undefined ? {} : { role }),
  };
  const { work = NO_WORK } = state;
  const inHand = [...others(work, job), begun].slice(-IN_HAND_MAX);
  return { ...state, work: { ...work, inHand } };
}

function others({ inHand = [] }: Work, job: string): readonly JobInHand[] {
  return inHand.filter((each) => each.job !== job);
}

/** Of a job that failed, or under which the guest changed sites, the time says nothing. */
export function withJobEnded(state: State, { job, grade, ok, took_ms, role }: JobEnded): State {
  const { inHand = [], ...work } = state.work ?? NO_WORK;
  const ended = inHand.find((each) => each.job === job);
  if (!ended) return state;
  const there = ok && role === ended.role ? role : undefined;
  const grades =
    there === undefined || took_ms === undefined
      ? work.grades
      : withTime(work.grades, grade, there, took_ms);
  const still = others({ ...work, inHand }, job);
  return { ...state, work: { ...work, grades, ...(still.length > 0 ? { inHand: still } : {}) } };
}

function withTime(
  grades: Work['grades'],
  grade: string,
  role: Role,
  tookMs: number,
): Work['grades'] {
  const times = grades.find((each) => each.grade === grade) ?? { grade, homeMs: [], awayMs: [] };
  const key = role === 'home' ? 'homeMs' : 'awayMs';
  const more = { ...times, [key]: latest([...times[key], tookMs]) };
  return [...grades.filter((each) => each.grade !== grade), more].slice(-GRADES_MAX);
}

function latest(records: readonly number[]): readonly number[] {
  return records.slice(-RECORDS_MAX);
}

/**
 * Before the outcome itself is applied. Of a request that nobody could confirm for a while nobody
 * knows how long it took.
 */
export function withTrip(state: State, entry: Ended): State {
  const { request, work = NO_WORK } = state;
  if (request?.id !== entry.request || request.verdict !== 'away') return state;
  if (entry.outcome !== 'confirmed' || request.phase === 'unconfirmed') return state;
  return { ...state, work: { ...work, tripsMs: latest([...work.tripsMs, entry.took_ms]) } };
}

/** A job that began in another boot ended with it. */
export function jobsInHand({ work }: State, at: Stamp): readonly JobInHand[] {
  return (work?.inHand ?? []).filter((each) => each.at.boot === at.boot);
}

/**
 * What so many of a policy's jobs would take, by the mean of what is remembered: as many of them side
 * by side as the queue has workers, and then as many again.
 */
export function estimate(
  jobs: number,
  { grades, workers = 1 }: JobsRule,
  margin: number,
  { grades: all, tripsMs }: Work = NO_WORK,
): Estimate {
  const matching = all.filter(({ grade }) => grades?.includes(grade) ?? true);
  const homeMs = mean(matching.flatMap((times) => times.homeMs));
  const awayMs = mean(matching.flatMap((times) => times.awayMs));
  const moveMs = mean(tripsMs);
  const turns = Math.ceil(jobs / workers);
  return {
    margin,
    ...(homeMs === undefined ? {} : { homeMs: turns * homeMs }),
    ...(awayMs === undefined ? {} : { awayMs: turns * awayMs }),
    ...(moveMs === undefined ? {} : { moveMs }),
  };
}

function mean(records: readonly number[]): number | undefined {
  if (records.length === 0) return undefined;
  return records.reduce((sum, each) => sum + each, 0) / records.length;
}
