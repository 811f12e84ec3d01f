/**
 * Counting how long a condition has held. A count follows from the present readings alone; a
 * missing one never reaches it. Due means: held for its tarry, and by the latest present reading.
 */
import { elapsedMs, type Stamp } from './time.ts';
import type { Condition, Tarry } from './words.ts';

/** What is remembered of the readings seen so far. */
export interface Count {
  /** Whether the latest present reading fulfilled the condition. */
  readonly holds: boolean;
  /** `count`: fulfilling readings in a row. `window`: those among the last n. */
  readonly hits: number;
  /** `window` only: the last n readings, newest last. */
  readonly recent: readonly boolean[];
  /** The first fulfilling reading since the last break, and the latest one. */
  readonly from?: Stamp;
  readonly to?: Stamp;
}

const NONE: Count['recent'] = [];

export const NO_COUNT: Count = { holds: false, hits: 0, recent: NONE };

export function fulfils({ compare, bound }: Condition, value: number): boolean {
  if (compare === '>') return value > bound;
  return compare === '<' ? value < bound : value >= bound;
}

/** The count after one more present reading. */
export function counted(count: Count, tarry: Tarry, holds: boolean, at: Stamp): Count {
  if (tarry.kind === 'window') return countedInWindow(count, tarry.n, holds);
  if (!holds) return NO_COUNT;
  return { holds, hits: count.hits + 1, recent: NONE, from: count.from ?? at, to: at };
}

function countedInWindow(count: Count, n: number, holds: boolean): Count {
  const recent = [...count.recent, holds].slice(-n);
  return { holds, hits: recent.filter(Boolean).length, recent };
}

export function isDue(count: Count, tarry: Tarry): boolean {
  if (!count.holds) return false;
  switch (tarry.kind) {
    case 'count':
      return count.hits >= tarry.n;
    case 'window':
      return count.hits >= tarry.k;
    case 'time':
      return heldMs(count) >= tarry.ms;
  }
}

/** How long a `time` tarry has held so far, in milliseconds. */
export function heldMs(count: Count): number {
  return count.from && count.to ? elapsedMs(count.from, count.to) : 0;
}

/** The tarry after which an indicator without a breach counts as recovered (DESIGN.md §6). */
export function calmTarry(tarry: Tarry): Tarry {
  return tarry.kind === 'window' ? { kind: 'count', n: tarry.n } : tarry;
}
