/**
 * Counters as probes offer them: the options `as` and `per`, the unit, and the last sample, which is
 * all that has to be kept from one reading to the next. What may be vouched for, delta.ts decides.
 */
import { choice, durationText, durationWithin } from '../core/option-types.ts';
import { option, optional } from '../core/options.ts';
import { type Difference, difference, type Sample } from './delta.ts';
import type { ProbeContext } from './probe.ts';

/** The option `as`, with what is meant where it is left out. */
export function valueOr(usual: 'delta' | 'value') {
  return option(choice('delta', 'value'), usual, {
    help: 'delta: how much it grew since the last reading; value: as it stands.',
  });
}

export const PER = optional(durationWithin({ min: 1 }), {
  example: '1m',
  help: 'The time that a delta is scaled to; the interval where it is left out.',
});

const UNITS = new Map([
  [1_000, '/s'],
  [60_000, '/min'],
  [3_600_000, '/h'],
]);

export function perUnit(perMs: number): string {
  return UNITS.get(perMs) ?? `/${durationText(perMs)}`;
}

/** A difference over more would tell of the past rather than of now. */
export const LONGEST_INTERVALS = 3;

export class Growth {
  readonly #context: ProbeContext;
  readonly #perMs: number;
  #before: Sample | undefined;

  constructor(context: ProbeContext, perMs = context.intervalMs) {
    this.#context = context;
    this.#perMs = perMs;
  }

  /** How much the counter grew since the last call. */
  since(seen: Omit<Sample, 'atMs'>): Difference {
    const { clock, intervalMs } = this.#context;
    const before = this.#before;
    this.#before = { ...seen, atMs: clock.monotonicMs() };
    return difference(before, this.#before, this.#perMs, LONGEST_INTERVALS * intervalMs);
  }
}
