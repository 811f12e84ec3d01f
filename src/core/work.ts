/**
 * What the guest remembers of its jobs: the one in hand, how long the finished ones took at home
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

export interface Work {
  readonly inHand?: JobInHand;
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

/** The worker does one job at a time: one that another follows without having ended never did. */
export function withJobBegun(state: State, entry: JobBegan, at: Stamp): State {
  const { job, grade, queue, role } = entry;
  const inHand = {
    ...{ job, grade, at },
    ...(queue === undefined ? {} : { queue }),
    ...(role === undefined ? {} : { role }),
  };
  return { ...state, work: { ...(state.work ?? NO_WORK), inHand } };
}

/** Of a job that failed, or for which the guest changed sites, the time says nothing. */
export function withJobEnded(state: State, { job, grade, ok, took_ms, role }: JobEnded): State {
  const { inHand, ...work } = state.work ?? NO_WORK;
  if (inHand?.job !== job) return state;
  const tells = ok && role !== undefined && role === inHand.role;
  const grades = tells ? withTime(work.grades, grade, role, took_ms) : work.grades;
  return { ...state, work: { ...work, grades } };
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
export function jobInHand({ work }: State, at: Stamp): JobInHand | undefined {
  return work?.inHand?.at.boot === at.boot ? work.inHand : undefined;
}

/** What so many of a policy's jobs would take, by the mean of what is remembered. */
export function estimate(
  jobs: number,
  { grades }: JobsRule,
  margin: number,
  { grades: all, tripsMs }: Work = NO_WORK,
): Estimate {
  const matching = all.filter(({ grade }) => grades?.includes(grade) ?? true);
  const homeMs = mean(matching.flatMap((times) => times.homeMs));
  const awayMs = mean(matching.flatMap((times) => times.awayMs));
  const moveMs = mean(tripsMs);
  return {
    margin,
    ...(homeMs === undefined ? {} : { homeMs: jobs * homeMs }),
    ...(awayMs === undefined ? {} : { awayMs: jobs * awayMs }),
    ...(moveMs === undefined ? {} : { moveMs }),
  };
}

function mean(records: readonly number[]): number | undefined {
  if (records.length === 0) return undefined;
  return records.reduce((sum, each) => sum + each, 0) / records.length;
}
