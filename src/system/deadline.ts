/**
 * A bound on how long something may take. `AbortSignal.any` with a signal that lives as long as
 * the daemon keeps some 2 kB for each call for ever (Node 20.20), so it isn't used for that.
 */
import type { Clock } from '../core/clock.ts';

/** Nobody reads it; without one, each abort makes an exception with a stack, once a reading. */
const NO_REASON = 'no reason';

/**
 * The bound of what is done again and again, one at a time. The signal is the same for all until it
 * aborts: to make one each time costs as much as a short piece of work itself. So whoever is given it
 * has to take its listeners away again.
 */
export class Deadline {
  readonly #parents: readonly AbortSignal[];
  readonly #clock: Clock;
  readonly #abort = () => this.#own.abort(NO_REASON);
  #own = new AbortController();

  /** Each piece of work is aborted, too, when one of `parents` aborts. */
  constructor(parents: AbortSignal | readonly AbortSignal[], clock: Clock) {
    this.#parents = [parents].flat();
    this.#clock = clock;
    for (const each of this.#parents) each.addEventListener('abort', this.#abort);
  }

  /** Runs `work` with a signal that aborts after `ms`. Settles as `work` does. */
  async run<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#own.signal.aborted) this.#own = new AbortController();
    if (this.#parents.some(({ aborted }) => aborted)) this.#abort();
    const cancel = this.#clock.after(ms, this.#abort);
    try {
      return await work(this.#own.signal);
    } finally {
      cancel();
    }
  }

  /** Lets go of the parents. */
  end(): void {
    for (const each of this.#parents) each.removeEventListener('abort', this.#abort);
  }
}

/**
 * Runs `work` once with a signal that aborts after `ms` or when `parent` (one of them) does, and lets
 * go of all when the work has ended. Settles as `work` does.
 */
export async function withDeadline<T>(
  ms: number,
  parent: AbortSignal | readonly AbortSignal[],
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(parent, clock);
  try {
    return await deadline.run(ms, work);
  } finally {
    deadline.end();
  }
}

/** What `promise` gives, or undefined as soon as `signal` aborts; it leaves no listener behind. */
export function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => resolve(undefined);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
