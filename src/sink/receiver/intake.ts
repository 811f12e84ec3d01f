/**
 * What all connections come to: records are read, those that were sent again are left out, and the rest
 * goes to the store, in the order in which it came.
 */
import type { Clock } from '../../core/clock.ts';
import type { Arrival, Store } from './arrival.ts';
import type { Counts } from './counts.ts';
import type { Received } from './protocol.ts';
import type { Rates } from './rates.ts';
import { arrivalOf, type Sender } from './reading.ts';
import { type Seen, unlessAgain } from './seen.ts';

export interface IntakeParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly seen: Seen;
  readonly rates: Rates;
  readonly counts: Counts;
}

export interface Taken {
  /** Resolves when these records, and all before them, are safe. */
  readonly safe: Promise<void>;
  /** For how many milliseconds the connection mustn't be read on. */
  readonly delayMs: number;
}

const SAME_TIME_MS = 2;

export class Intake {
  readonly #parts: IntakeParts;
  #safe: Promise<void> = Promise.resolve();
  #wall = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  take(received: readonly Received[], sender: Sender): Taken {
    const { clock, store, seen, rates, counts } = this.#parts;
    const wallMs = this.#wallMs(clock);
    const lines = new Map<string, number>();
    const fresh: Arrival[] = [];
    for (const each of received) {
      const arrival = arrivalOf(each, sender, wallMs);
      lines.set(arrival.name, (lines.get(arrival.name) ?? 0) + 1);
      // A torn one comes again whole, and must not pass for another.
      const stored = each.flaw === 'torn' ? arrival : unlessAgain(arrival, seen);
      if (!stored) continue;
      fresh.push(stored);
      if (stored.marks.length > 0) counts.marked += 1;
    }
    counts.again += received.length - fresh.length;
    // One that came again may still be on its way to the disk, to another file perhaps: it is safe when
    // all before it are.
    if (fresh.length > 0) this.#safe = both(this.#safe, store.append(fresh));
    return { safe: this.#safe, delayMs: rates.delayMs(lines) };
  }

  /** Reading the clock as a whole costs more than a record: what comes together is of one time. */
  #wallMs(clock: Clock): number {
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lookedMs >= SAME_TIME_MS) {
      this.#wall = clock.now().wallMs;
      this.#lookedMs = nowMs;
    }
    return this.#wall;
  }
}

async function both(before: Promise<void>, after: Promise<void>): Promise<void> {
  await before;
  await after;
}
