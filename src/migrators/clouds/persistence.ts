/**
 * Trying again what may work in a moment: a throttled call, a server's own fault, no answer. The
 * tries and the waits between them are bounded here, the whole by the caller's signal.
 */
import type { Clock } from '../../core/clock.ts';
import { Backoff } from '../../system/backoff.ts';
import { CloudFailure } from './failure.ts';

const TRIES = 5;
/** 7.5 s in all at most. */
const WAITS = { firstMs: 500, maxMs: 4_000 };

export interface Patience {
  readonly clock: Clock;
  /** From 0 to below 1: many guests that were throttled together mustn't come back together. */
  readonly random: () => number;
  /** Which failures are worth another try. */
  readonly again?: (failure: CloudFailure) => boolean;
}

/** What `work` gives, or its last failure. */
export async function persistently<T>(
  work: () => Promise<T>,
  { clock, random, again = passes }: Patience,
  signal: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(WAITS, random);
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const lasting = !(error instanceof CloudFailure) || !again(error);
      if (lasting || tries === TRIES || signal.aborted) throw error;
      await clock.sleep(backoff.nextMs(), signal);
      if (signal.aborted) throw error;
    }
  }
}

export function passes({ kind }: CloudFailure): boolean {
  return kind !== 'refused';
}
