/**
 * Readings that the provider hasn't taken yet: numbered, bounded, the oldest dropped and counted. In
 * memory alone: the history on disk is the guest's own record, and outlives this.
 */
import { isPresent, type Reading } from '../../core/words.ts';
import { oneLine } from '../../system/said.ts';
import type { PushedReading } from '../../wire/provider.ts';
import { iso } from '../past.ts';

export class Backlog {
  /** Never taken, since the daemon began: too many waited, or the provider refused them. */
  dropped = 0;
  #waiting: PushedReading[] = [];
  #n = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Whether one waits that is to be told at once. */
  get urgent(): boolean {
    return this.#waiting.some(({ crossed }) => crossed !== undefined);
  }

  add(reading: Reading, unit: string, crossed: readonly string[]): void {
    this.#n += 1;
    const { probe, at } = reading;
    const said = isPresent(reading)
      ? { value: reading.value }
      : { missing: oneLine(reading.missing) };
    const marked = crossed.length > 0 ? { crossed } : {};
    this.#waiting.push({ n: this.#n, time: iso(at.wallMs), probe, unit, ...said, ...marked });
  }

  /** Drops the oldest beyond `most`; how many those were. */
  bound(most: number): number {
    const over = Math.max(0, this.#waiting.length - most);
    this.#waiting.splice(0, over);
    this.dropped += over;
    return over;
  }

  oldest(most: number): readonly PushedReading[] {
    return this.#waiting.slice(0, most);
  }

  /** These need no further push. */
  taken(readings: readonly PushedReading[]): void {
    const last = readings.at(-1)?.n ?? 0;
    this.#waiting = this.#waiting.filter(({ n }) => n > last);
  }

  /** These will never be taken. */
  refused(readings: readonly PushedReading[]): void {
    const before = this.#waiting.length;
    this.taken(readings);
    this.dropped += before - this.#waiting.length;
  }

  clear(): void {
    this.#waiting = [];
  }
}
