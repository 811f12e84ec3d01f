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
  const abort = () => own.abort(NO_REASON);
  const parents = [parent].flat();
  const cancel = clock.after(ms, abort);
  for (const each of parents) {
    if (each.aborted) abort();
    else each.addEventListener('abort', abort, { once: true });
  }
  try {
    return await work(own.signal);
  } finally {
    cancel();
    for (const each of parents) each.removeEventListener('abort', abort);
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
