/**
 * One record of the central log, as the guest queues it (DESIGN.md §8). How it looks on the wire
 * is the business of each transport in the sink room.
 */
export interface LogRecord {
  /** When it happened, in milliseconds since 1970. */
  readonly timeMs: number;
  readonly vm: string;
  /** The boot id of the guest, and a number that grows by one with each record of the spool. */
  readonly boot: string;
  readonly seq: number;
  /** The thesis's texts where it had one: `Requesting migration of VM: just moving`. */
  readonly text: string;
  /** In the order in which they are printed: `request`, `policy`, `from`, `to` … */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Of one that a sink passes on, what it was where it came from; `seq` is then its place in the spool. */
  readonly passedOn?: {
    /** RFC 5424's facility × 8 + severity. */
    readonly priority: number;
    /** The number that it had, which is the one to be sent; where it had none, `seq` is. */
    readonly seq?: number;
  };
}
