/**
 * A bound on how long something may take. `AbortSignal.any` with a signal that lives as long as
 * the daemon keeps some 2 kB for each call for ever (Node 20.20), so it isn't used for that.
 */
import type { Clock } from '../core/clock.ts';

/** Nobody reads it; without one, each abort makes an exception with a stack, once a reading. */
const NO_REASON = 'no reason';

/**
 * Runs `work` with a signal that aborts after `ms` or when `parent` (one of them) does, and lets go of
 * all when the work has ended. Settles as `work` does.
 */
export async function withDeadline<T>(
  ms: number,
  parent: AbortSignal | readonly AbortSignal[],
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const done = new AbortController();
  const abort = () => own.abort(NO_REASON);
  for (const each of [parent].flat()) {
    if (each.aborted) abort();
    else each.addEventListener('abort', abort, { once: true, signal: done.signal });
  }
  void clock.sleep(ms, done.signal).then(() => done.signal.aborted || abort());
  try {
    return await work(own.signal);
  } finally {
    done.abort(NO_REASON);
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
