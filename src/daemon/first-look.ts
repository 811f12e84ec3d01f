/**
 * What home looks for at its start: a clone that acts by a hand-over of which its journal knows nothing, as
 * after a restore of the machine from an older snapshot. Nothing begins at home while there is one.
 */
import type { Clock } from '../core/clock.ts';
import type { CloneSite } from '../migrators/clone/site.ts';
import { withDeadline } from '../system/deadline.ts';

/** A cloud that can't be asked for so long keeps home from its jobs no longer. */
const ANSWER_MS = 30_000;

export class FirstLook {
  readonly #clock: Clock;
  /** Monotonic; since the first look, which a copy of the guest puts off. */
  #untilMs: number | undefined;
  #found = false;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why nothing may begin yet; undefined once it may. `isNeeded`: a request that the journal knows. */
  async look(
    sites: readonly CloneSite[],
    isNeeded: (request: string) => boolean,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#isOver) return undefined;
    this.#untilMs ??= this.#clock.monotonicMs() + ANSWER_MS;
    const leftMs = Math.max(0, this.#untilMs - this.#clock.monotonicMs());
    const boundMs = this.#found ? ANSWER_MS : leftMs;
    const found = await withDeadline(boundMs, signal, this.#clock, (bound) =>
      Promise.all(sites.map((site) => site.unknownActor(isNeeded, bound).catch(said))),
    );
    const actor = found.find((each) => each !== undefined && 'instance' in each);
    if (actor && 'instance' in actor) {
      this.#found = true;
      return `instance ${actor.instance} acts, by a hand-over that this journal doesn't know; it is told to end`;
    }
    const failed = found.find((each) => each !== undefined && 'failed' in each);
    const mayWait = this.#found || this.#clock.monotonicMs() < this.#untilMs;
    if (failed && 'failed' in failed && mayWait) {
      return `nobody can tell yet whether a clone acts: ${failed.failed}`;
    }
    this.#isOver = true;
    return undefined;
  }
}

function said(error: unknown): { readonly failed: string } {
  return { failed: error instanceof Error ? error.message : String(error) };
}
