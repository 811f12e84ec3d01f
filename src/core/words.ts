/**
 * The vocabulary (DESIGN.md §2). It imports nothing but moments; every other room may import it.
 */
import type { Stamp } from './time.ts';

/** On which side of its bounds an indicator is worse: slow queries `high`, idle workers `low`. */
export type Worse = 'high' | 'low';

/** What a policy says about the state now. */
export type Verdict = 'stay' | 'move' | 'base' | 'away' | 'home';

/** A verdict that asks for something. */
export type Ask = Exclude<Verdict, 'stay'>;

/** One measured value with its time, or a missing one with the reason. */
export type Reading = PresentReading | MissingReading;
export interface PresentReading {
  readonly probe: string;
  readonly at: Stamp;
  readonly value: number;
}
export interface MissingReading {
  readonly probe: string;
  readonly at: Stamp;
  readonly missing: string;
}

/**
 * How long a condition must hold before it counts: `n` consecutive readings, `k` of the last `n`,
 * or a time.
 */
export type Tarry =
  | { readonly kind: 'count'; readonly n: number }
  | { readonly kind: 'window'; readonly k: number; readonly n: number }
  | { readonly kind: 'time'; readonly ms: number };

/** `> 50 for 3`. What tenants write is strict; `>=` is what a number of jobs is held against. */
export interface Condition {
  readonly compare: '>' | '<' | '>=';
  readonly bound: number;
  readonly tarry: Tarry;
}

/** What a site is to the guest: the cheap one, or another where jobs are done faster. */
export type Role = 'home' | 'away';

/** How a request ended. */
export type Outcome = 'confirmed' | 'failed' | 'abandoned';

export function isPresent(reading: Reading): reading is PresentReading {
  return 'value' in reading;
}
