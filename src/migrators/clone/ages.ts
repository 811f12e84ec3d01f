/**
 * How long an instance has been there: by the cloud's clock and by ours, whose steps must neither end
 * an instance nor keep it. All in milliseconds.
 */
import type { Clock } from '../../core/clock.ts';
import type { HandOver } from '../../core/clone.ts';
import { elapsedMs } from '../../core/time.ts';
import { type Instance, isUp } from './cloud.ts';
import { type CloneOptions, lifeMs } from './options.ts';

/** A clone that has outlived its own timer by this is ended from home. */
const LIFE_SLACK_MS = 600_000;
/** So long has one that ends to be gone. */
const ENDING_MS = 120_000;

export class Ages {
  readonly #options: CloneOptions;
  readonly #clock: Clock;
  /** The instance that was seen ending, and since when; monotonic. */
  #ending = { id: '', sinceMs: 0 };

  constructor(options: CloneOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** `mostMs`: since we know of it, by spans. */
  ofLaunch(launchedMs: number | undefined, mostMs: number): number {
    if (launchedMs === undefined) return mostMs;
    const toldMs = this.#clock.now().wallMs - launchedMs;
    return toldMs < 0 ? mostMs : Math.min(toldMs, mostMs);
  }

  /** Where the cloud doesn't tell since when it lives, since it was handed over to. */
  isTooOld({ launchedMs }: Instance, { at }: HandOver): boolean {
    const outMs = elapsedMs(at, this.#clock.now());
    const mostMs = launchedMs === undefined ? outMs : outMs + this.#options.report_timeout;
    return this.ofLaunch(launchedMs, mostMs) > lifeMs(this.#options) + LIFE_SLACK_MS;
  }

  /** Some clouds keep, and charge for, what has shut itself down. */
  lingers(instance: Instance): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (isUp(instance) || this.#ending.id !== instance.id) {
      this.#ending = { id: isUp(instance) ? '' : instance.id, sinceMs: nowMs };
    }
    return !isUp(instance) && nowMs - this.#ending.sinceMs >= ENDING_MS;
  }
}
