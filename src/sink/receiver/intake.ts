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
  /** Resolves when these records are safe, those that came again too. */
  readonly safe: Promise<void>;
  /** For how many milliseconds the connection mustn't be read on. */
  readonly delayMs: number;
}

const SAFE = Promise.resolve();
/** What is received within it counts as received at one time. */
const SAME_TIME_MS = 2;

export class Intake {
  readonly #parts: IntakeParts;
  /** By name, when all of it is safe that was accepted. What is safe isn't in it. */
  readonly #pending = new Map<string, Promise<void>>();
  #wall = 0;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  take(received: readonly Received[], sender: Sender): Taken {
    const { clock, seen, rates, counts } = this.#parts;
    const wallMs = this.#wallMs(clock);
    const lines = new Map<string, number>();
    const fresh: Arrival[] = [];
    /** Of what came again, the first may still be on its way to the disk. */
    const awaited = new Set<Promise<void>>();
    for (const each of received) {
      const arrival = arrivalOf(each, sender, wallMs);
      const { name } = arrival;
      lines.set(name, (lines.get(name) ?? 0) + 1);
      // A torn one comes again whole, and must not pass for another.
      const stored = each.flaw === 'torn' ? arrival : unlessAgain(arrival, seen);
      if (stored) {
        fresh.push(stored);
        if (stored.marks.length > 0) counts.marked += 1;
      } else awaited.add(this.#pending.get(name) ?? SAFE);
    }
    counts.again += received.length - fresh.length;
    if (fresh.length > 0) awaited.add(this.#append(fresh));
    return { safe: allOf(awaited), delayMs: rates.delayMs(lines) };
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

  #append(fresh: readonly Arrival[]): Promise<void> {
    const safe = this.#parts.store.append(fresh);
    for (const name of new Set(fresh.map((each) => each.name))) this.#await(name, safe);
    return safe;
  }

  #await(name: string, safe: Promise<void>): void {
    const before = this.#pending.get(name);
    const all = before ? allOf(new Set([before, safe])) : safe;
    this.#pending.set(name, all);
    void all.then(() => {
      if (this.#pending.get(name) === all) this.#pending.delete(name);
    });
  }
}

async function allOf(all: ReadonlySet<Promise<void>>): Promise<void> {
  await Promise.all(all);
}
