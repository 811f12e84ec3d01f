/**
 * The one clock of the program. It is made where the program is put together and passed in;
 * nothing else reads time. Only the interface is here: core itself never calls it.
 */
import type { Stamp } from './time.ts';

export interface Clock {
  /** This moment. */
  now(): Stamp;
  /** Milliseconds on a clock that never steps and may stand still while the machine is frozen. */
  monotonicMs(): number;
  /** Resolves after `ms` on the monotonic clock, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after `ms`, 24 days at most; what it gives back keeps that from happening. */
  after(ms: number, call: () => void): () => void;
}
