/** What a cloud is handed where the program is put together. */
import type { Clock } from '../../core/clock.ts';

export interface CloudParts {
  readonly clock: Clock;
  /** From 0 to below 1; Math.random where it is left out. */
  readonly random?: () => number;
  /** Where the instance metadata are; for tests. */
  readonly metadataUrl?: string;
  /** Writes out the disks; sync(1) where it is left out. */
  readonly sync?: (clock: Clock, signal: AbortSignal) => Promise<void>;
}
