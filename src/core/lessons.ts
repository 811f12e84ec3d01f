/**
 * What the guest has itself seen on each host: whether its service recovered after arriving, and
 * how long that took (`order = learned`, DESIGN.md §6). Scoring is pure; what is remembered comes
 * from the journal's `learned` entries alone.
 */
import type { Learned } from './entries.ts';
import type { Lesson, State } from './state.ts';
import { formatSpan } from './text.ts';
import type { Stamp } from './time.ts';

/** Older ones have faded beside so many newer ones. */
const LESSONS_PER_HOST = 10;

/** With less left than one lesson three half-lives old, a host is as good as unknown. */
const KNOWN_WEIGHT = 1 / 8;

/** A recovery after so long is worth three quarters of one at once. */
const SLOW_MS = 3_600_000;

export function withLesson(state: State, entry: Learned, { wallMs }: Stamp): State {
  const { host, recovered, after_ms: afterMs, policy } = entry;
  const lesson = { wallMs, recovered, afterMs, policy };
  const lessons = [...(state.lessons[host] ?? []), lesson].slice(-LESSONS_PER_HOST);
  return { ...state, lessons: { ...state.lessons, [host]: lessons } };
}

/**
 * From -1 (never helped) to 1 (always helped, at once), drawn towards 0 where little is known;
 * undefined where nothing is, or what was has faded.
 */
export function score(
  lessons: readonly Lesson[],
  nowMs: number,
  halfLifeMs: number,
): number | undefined {
  let weights = 0;
  let sum = 0;
  for (const lesson of lessons) {
    const weight = 0.5 ** (Math.max(0, nowMs - lesson.wallMs) / halfLifeMs);
    weights += weight;
    sum += weight * worth(lesson);
  }
  return weights < KNOWN_WEIGHT ? undefined : sum / (weights + 1);
}

function worth({ recovered, afterMs }: Lesson): number {
  return recovered ? 1 - afterMs / (afterMs + SLOW_MS) / 2 : -1;
}

/** Unknown hosts first, then those that helped most; ties stay in the order given. */
export function byLessons(
  hosts: readonly string[],
  lessons: State['lessons'],
  nowMs: number,
  halfLifeMs: number,
): readonly string[] {
  const rank = (host: string) => score(lessons[host] ?? [], nowMs, halfLifeMs) ?? Infinity;
  const ranked = hosts.map((host) => ({ host, rank: rank(host) }));
  return ranked.toSorted((a, b) => compare(b.rank, a.rank)).map(({ host }) => host);
}

/** A difference of two infinities would be none. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** `helped 2 of 3, last seen 4h ago`; `not tried yet`. */
export function lessonsText(lessons: readonly Lesson[], nowMs: number, halfLifeMs: number): string {
  const last = lessons.at(-1);
  if (!last) return 'not tried yet';
  const helped = lessons.filter(({ recovered }) => recovered).length;
  const age = formatSpan(nowMs - last.wallMs);
  const faded = score(lessons, nowMs, halfLifeMs) === undefined ? ', faded' : '';
  return `helped ${helped} of ${lessons.length}, last seen ${age} ago${faded}`;
}
