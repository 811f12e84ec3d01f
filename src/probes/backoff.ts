/**
 * When to try again after failures: at the next reading first, then less and less often up to a
 * bound. Pure: it is told the time. It says only whether, never does.
 */

/** However long the interval is, a service that came back is found within this time. */
const MOST_MS = 60_000;
const MOST_INTERVALS = 8;

export class Backoff {
  readonly #intervalMs: number;
  #failures = 0;
  #readyAtMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Whether a reading that begins at `nowMs` should try. */
  ready(nowMs: number): boolean {
    return nowMs >= this.#readyAtMs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#readyAtMs = Number.NEGATIVE_INFINITY;
  }

  /** A reading that began at `nowMs` has failed. */
  failed(nowMs: number): void {
    const longestMs = Math.min(MOST_MS, MOST_INTERVALS * this.#intervalMs);
    const waitMs = Math.min(longestMs, this.#intervalMs * 2 ** this.#failures);
    this.#failures += 1;
    // Half an interval less, so that the reading due then isn't passed over for a millisecond.
    this.#readyAtMs = nowMs + waitMs - this.#intervalMs / 2;
  }
}
