/**
 * Counts what is said again in the same words, rather than say it again: once at first, and after a
 * minute how often it came since. It remembers a bounded number of texts, and says nothing itself.
 */
import type { Clock } from '../core/clock.ts';

const MINUTE_MS = 60_000;
const TEXTS_MAX = 100;

interface Said {
  readonly atMs: number;
  /** How often it came since. */
  more: number;
  /** Keeps the count from being said. */
  cancel(): void;
}

export class Repeats {
  readonly #clock: Clock;
  readonly #say: (text: string) => void;
  /** By text, what was said longest ago first. */
  readonly #said = new Map<string, Said>();

  constructor(clock: Clock, say: (text: string) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  /** Says it, or counts it where it was said within the last minute. */
  take(text: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#forget(nowMs);
    const said = this.#said.get(text);
    if (said === undefined) return this.#begin(text, nowMs);
    said.more += 1;
    // No timer before it is needed: most is said once, and whoever sleeps costs nothing.
    if (said.more > 1) return;
    said.cancel = this.#clock.after(said.atMs + MINUTE_MS - nowMs, () => {
      this.#tell(text, said);
      this.#note(text, said.atMs + MINUTE_MS);
    });
  }

  /** Says what was counted so far. */
  end(): void {
    for (const [text, said] of this.#said) this.#tell(text, said);
    this.#said.clear();
  }

  #begin(text: string, atMs: number): void {
    const [oldest] = this.#said;
    if (oldest && this.#said.size >= TEXTS_MAX) this.#tell(...oldest);
    this.#note(text, atMs);
    this.#say(text);
  }

  #note(text: string, atMs: number): void {
    this.#said.set(text, { atMs, more: 0, cancel: () => undefined });
  }

  #tell(text: string, { more, cancel }: Said): void {
    cancel();
    this.#said.delete(text);
    const times = more === 1 ? 'once more' : `${more} times more`;
    if (more > 0) this.#say(`${text} (${times} in the last minute)`);
  }

  /** What was said a minute ago and not since. */
  #forget(nowMs: number): void {
    for (const [text, { atMs, more }] of this.#said) {
      if (nowMs - atMs < MINUTE_MS) return;
      if (more === 0) this.#said.delete(text);
    }
  }
}
