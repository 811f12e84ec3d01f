/**
 * What a transport is: one way of carrying records to a sink. It keeps no queue and decides on no
 * retry; it says what has left, and when to stop.
 */
import type { LogRecord } from '../../wire/log-record.ts';

export interface Transport {
  /** Rejects when there is no connection within the transport's bound, or when `signal` aborts. */
  connect(signal: AbortSignal): Promise<Connection>;
}

export interface Connection {
  /** Whether it lasts: false once the peer said that it ends, or it broke. */
  readonly open: boolean;
  /** Whether more may be given to it now; false also while too much is under way. */
  readonly ready: boolean;
  /** Why it ended, where that wasn't in order. */
  readonly problem: string | undefined;
  /** Called once, when `open` becomes false. */
  onEnd: () => void;
  /**
   * Called with how many more of the records given to it, oldest first, have left for good as far as
   * this transport can tell: the kernel took them, or the sink acknowledged them.
   */
  onLeft: (count: number) => void;
  /** Sends them behind what it was given before. */
  give(records: readonly LogRecord[]): void;
  /**
   * Ends in order, within `graceMs`; until then more may leave. Resolves to records that were told to
   * have left and are now known to have reached nobody, in their order.
   */
  close(graceMs: number): Promise<readonly LogRecord[]>;
}
