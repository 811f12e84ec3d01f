/** Every reading of every probe as numbers, for the charts: a year is a few megabytes. */
import { isPresent, type Reading } from '../../core/words.ts';
import type { Watcher } from './run.ts';

/** Moments in milliseconds, and values; NaN where the reading is missing. */
export interface Series {
  readonly atMs: Float64Array;
  readonly values: Float32Array;
}

const FIRST_ROOM = 4096;

export class Points implements Watcher {
  readonly #growing = new Map<string, Growing>();

  see(reading: Reading): void {
    let series = this.#growing.get(reading.probe);
    if (!series) {
      series = new Growing();
      this.#growing.set(reading.probe, series);
    }
    series.push(reading.at.wallMs, isPresent(reading) ? reading.value : Number.NaN);
  }

  series(): [probe: string, series: Series][] {
    return [...this.#growing].map(([probe, growing]) => [probe, growing.series()]);
  }
}

class Growing {
  #atMs = new Float64Array(FIRST_ROOM);
  #values = new Float32Array(FIRST_ROOM);
  #n = 0;

  push(atMs: number, value: number): void {
    if (this.#n === this.#atMs.length) this.#grow();
    this.#atMs[this.#n] = atMs;
    this.#values[this.#n] = value;
    this.#n += 1;
  }

  series(): Series {
    return { atMs: this.#atMs.subarray(0, this.#n), values: this.#values.subarray(0, this.#n) };
  }

  #grow(): void {
    const [atMs, values] = [this.#atMs, this.#values];
    this.#atMs = new Float64Array(2 * this.#n);
    this.#values = new Float32Array(2 * this.#n);
    this.#atMs.set(atMs);
    this.#values.set(values);
  }
}
