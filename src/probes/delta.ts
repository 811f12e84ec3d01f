/**
 * The difference of a counter between two readings, scaled by the time that really passed. Pure:
 * it reads no clock and knows no server; what it can't vouch for is missing, never a number.
 */

/** A counter as it was seen once. */
export interface Sample {
  readonly count: number;
  /** How long its server had been up. */
  readonly uptimeS: number;
  /** Which connection it was seen on: while one lasts, so does its server. */
  readonly session: number;
  /** When it was seen, on the monotonic clock. */
  readonly atMs: number;
}

export type Difference =
  | { readonly value: number }
  | { readonly missing: string; readonly first?: true };

/** What the first reading of any difference is. */
export const FIRST = { missing: 'first reading of a difference', first: true } as const;

/** Uptime is a difference of whole seconds of the wall clock: up to one more or less than it was. */
const ROUNDING_S = 1;
/** The monotonic clock's resolution: less than this is no time at all. */
const CLOCK_STEP_MS = 0.001;

/**
 * How much the counter grew from `before` to `now`, per `perMs`. A difference over more than
 * `longestMs` would tell of the past rather than of now.
 */
export function difference(
  before: Sample | undefined,
  now: Sample,
  perMs: number,
  longestMs: number,
): Difference {
  if (before === undefined) return FIRST;
  const passedMs = now.atMs - before.atMs;
  if (restarted(before, now, passedMs)) return { missing: 'the server was restarted' };
  if (now.count < before.count) return { missing: 'the counter went back' };
  if (passedMs < CLOCK_STEP_MS) return { missing: 'no time has passed since the last reading' };
  if (passedMs > longestMs) return { missing: 'first reading after a gap' };
  return { value: ((now.count - before.count) * perMs) / passedMs };
}

/**
 * A server that ran through is up as much longer as time has passed; more, after a freeze. On
 * another connection it has to prove that it was up at the first reading already: a quick restart
 * of a young server hides in the rounding.
 */
function restarted(before: Sample, now: Sample, passedMs: number): boolean {
  const passedS = passedMs / 1000;
  if (now.uptimeS < before.uptimeS) return true;
  if (now.session !== before.session && now.uptimeS - ROUNDING_S < passedS) return true;
  return now.uptimeS < before.uptimeS + passedS - 2 * ROUNDING_S;
}
