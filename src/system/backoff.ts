/**
 * How long to wait before trying again: doubling, up to a bound, with jitter where many may try at
 * once. It waits for nothing itself.
 */
export interface Retry {
  readonly firstMs: number;
  readonly maxMs: number;
}

export class Backoff {
  readonly #retry: Retry;
  readonly #random: () => number;
  #nextMs: number;

  /** `random` spreads a wait over its upper half; without it waits are exact. */
  constructor(retry: Retry, random: () => number = () => 1) {
    this.#retry = retry;
    this.#random = random;
    this.#nextMs = retry.firstMs;
  }

  /** The wait before the next try. */
  nextMs(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#retry.maxMs);
    return ms * (0.5 + this.#random() / 2);
  }

  /** It worked: the next wait is the first again. */
  reset(): void {
    this.#nextMs = this.#retry.firstMs;
  }
}
