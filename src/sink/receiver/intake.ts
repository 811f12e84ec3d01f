/**
 * What all connections come to: records are read, those that were sent again are left out, and the rest
 * goes to the store, in the order in which it came.
 */
import type { Clock } from '../../core/clock.ts';
import { type Arriving, isRun, type Store } from './arrival.ts';
import type { Counts } from './counts.ts';
import { ownArrivalOf } from './own.ts';
import type { Received } from './protocol.ts';
import type { Rates } from './rates.ts';
import { arrivalOf, arrivalsOf, type Sender } from './reading.ts';
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
  /** How many they are. */
  readonly records: number;
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

  /** `awaited`: whether somebody waits until they are safe. */
  take(received: readonly Received[], sender: Sender, awaited = true): Taken {
    const { clock, seen, rates, counts } = this.#parts;
    const wallMs = this.#wallMs(clock);
    const lines = new Tally();
    const fresh: Arriving[] = [];
    /** Of what came again, the first may still be on its way to the disk. */
    const until = new Set<Promise<void>>();
    for (const each of received) {
      if (each.run) {
        for (const arriving of arrivalsOf(each, sender, wallMs)) {
          lines.add(arriving.name, isRun(arriving) ? arriving.lines : 1);
          fresh.push(arriving);
        }
        continue;
      }
      const arrival = ownArrivalOf(each, sender, wallMs) ?? arrivalOf(each, sender, wallMs);
      lines.add(arrival.name, 1);
      // A torn one comes again whole, and must not pass for another.
      const stored = each.flaw === 'torn' ? arrival : unlessAgain(arrival, seen);
      if (stored) fresh.push(stored);
      else {
        counts.again += 1;
        until.add(this.#pending.get(arrival.name) ?? SAFE);
      }
    }
    if (fresh.length > 0) until.add(this.#append(fresh, awaited));
    return { safe: allOf(until), records: lines.sum, delayMs: rates.delayMs(lines.byName) };
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

  #append(fresh: readonly Arriving[], awaited: boolean): Promise<void> {
    const safe = this.#parts.store.append(fresh, awaited);
    const numbered = new Tally();
    for (const each of fresh) {
      if (isRun(each)) continue;
      if (each.marks.length > 0) this.#parts.counts.marked += 1;
      if (each.seq !== undefined) numbered.add(each.name, 1);
    }
    for (const name of numbered.byName.keys()) this.#await(name, safe);
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

/** How many of each name. Those that follow each other are mostly of one, and a map is asked once for them. */
class Tally {
  readonly #byName = new Map<string, number>();
  #name: string | undefined;
  #count = 0;
  sum = 0;

  add(name: string, count: number): void {
    this.sum += count;
    if (name !== this.#name) {
      this.#settle();
      this.#name = name;
    }
    this.#count += count;
  }

  get byName(): ReadonlyMap<string, number> {
    this.#settle();
    return this.#byName;
  }

  #settle(): void {
    if (this.#name === undefined) return;
    this.#byName.set(this.#name, (this.#byName.get(this.#name) ?? 0) + this.#count);
    this.#name = undefined;
    this.#count = 0;
  }
}

/** Safe when all of them are; mostly there is one. */
async function allOf(all: ReadonlySet<Promise<void>>): Promise<void> {
  for (const each of all) await each;
}
