/**
 * What a transport is: one way of carrying records to a sink. It keeps no queue and decides on no
 * retry; it says what was taken, and when to stop.
 */
import type { LogRecord } from '../../wire/log-record.ts';

export interface Transport {
  /** Rejects when there is no connection within the transport's bound, or when `signal` aborts. */
  connect(signal: AbortSignal): Promise<Connection>;
}

export interface Connection {
  /** Whether more may be given to it: false once the peer said that it ends, or it broke. */
  readonly open: boolean;
  /** Called once, when `open` becomes false. */
  onEnd: () => void;
  /**
   * Resolves when the records have left for good as far as this transport can tell: the kernel took
   * them, or the sink acknowledged them. Rejects when the connection ended before.
   */
  deliver(records: readonly LogRecord[]): Promise<void>;
  /**
   * Ends in order, within `graceMs`. Resolves to records that were reported as delivered and are now
   * known to have reached nobody, in their order.
   */
  close(graceMs: number): Promise<readonly LogRecord[]>;
}
