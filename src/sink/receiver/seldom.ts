/**
 * What everybody may cause is said seldom: once for each key within a while, and only so many keys.
 * It remembers no more than that and says nothing itself.
 */
import type { Clock } from '../../core/clock.ts';

const WHILE_MS = 10 * 60_000;
const KEYS_MAX = 100;

export class Seldom {
  readonly #clock: Clock;
  readonly #said = new Set<string>();
  #sinceMs = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether to say it now, and how many were passed over since something was said last. */
  pass(key: string): { readonly unsaid: number } | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sinceMs >= WHILE_MS) {
      this.#said.clear();
      this.#sinceMs = nowMs;
    }
    if (this.#said.has(key) || this.#said.size >= KEYS_MAX) {
      this.#unsaid += 1;
      return undefined;
    }
    this.#said.add(key);
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    return { unsaid };
  }
}
