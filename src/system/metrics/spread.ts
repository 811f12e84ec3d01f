/** How values are spread: how many lay below each of a few bounds. Keeps no value itself. */

export interface SpreadSeen {
  /** For each bound, from the lowest on, how many values lay at or below it. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly count: number;
  readonly sum: number;
}

export class Spread {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  /** `bounds` grow. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  note(value: number): void {
    this.#count += 1;
    this.#sum += value;
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  seen(): SpreadSeen {
    let below = 0;
    const buckets = this.#bounds.map((bound, index) => {
      below += this.#counts[index] ?? 0;
      return [bound, below] as const;
    });
    return { buckets, count: this.#count, sum: this.#sum };
  }
}
