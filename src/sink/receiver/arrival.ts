/**
 * One record as the sink has it: what came in, from whom, and what it says of itself. What a protocol
 * received becomes one of these, and a store writes it down.
 */
export interface Arrival {
  /** When it came, by the sink's clock, in milliseconds since 1970. */
  readonly wallMs: number;
  /** The address that it came from, without a port. */
  readonly peer: string;
  /** Whose record it is: its certificate's name, else the name that it gives itself, else its address. */
  readonly name: string;
  /** When it happened by the record itself, where it says so. */
  readonly timeMs: number | undefined;
  /** What one that is sent again is known by, where it says so; see wire/log-record.ts. */
  readonly boot: string | undefined;
  readonly seq: number | undefined;
  /** RFC 5424's facility × 8 + severity; 30, daemon.info, where it has none. */
  readonly priority: number;
  /**
   * What can be seen, as one line (escape.ts), without the name that it gives itself. Of a plain line
   * that names nobody it is all, and `name` is then `peer`.
   */
  readonly text: string;
  /** In the order in which they came; of a plain line none, whose fields are still in its text. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What the sink says of it: `cut: over the limit`, `claims nii9`, `seq 17 again, with another text`. */
  readonly marks: readonly string[];
}

/** Plain lines that came together and name the same guest; see run.ts. What they come to is their lines. */
export interface ArrivalRun extends Pick<Arrival, 'wallMs' | 'peer' | 'name'> {
  readonly lines: number;
  /** As they came, with a newline between two: whom they name stands in each. */
  readonly text: string;
}

/** A record of our own sender whose fields are still as they came; see own.ts. */
export interface OwnArrival extends Omit<Arrival, 'fields'> {
  readonly timeMs: number;
  /** `timeMs` as it came, in UTC with milliseconds. */
  readonly time: string;
  readonly boot: string;
  readonly seq: number;
  /** `name="value"` of RFC 5424, each with a blank before it, without an escape. */
  readonly parameters: string;
}

export type Arriving = Arrival | OwnArrival | ArrivalRun;

export function isRun(arriving: Arriving): arriving is ArrivalRun {
  return 'lines' in arriving;
}

export function isOwn(arriving: Arriving): arriving is OwnArrival {
  return 'parameters' in arriving;
}

/** What one that is sent again is known by (DESIGN.md §8). */
export interface Known {
  readonly name: string;
  readonly boot: string;
  readonly seq: number;
  readonly text: string;
}

/** Where arrivals are kept. What may wait in it is the caller's business: see `pendingBytes`. */
export interface Store {
  /** Bytes accepted and not yet safe. */
  readonly pendingBytes: number;
  /**
   * Resolves when all of them are safe: written, and with `sync` on the disk. In their order. Never
   * rejects before `close`: a disk that fails is tried again. Where they aren't
   * `awaited` (they are by default), they may be kept some milliseconds for others.
   */
  append(arrivals: readonly Arriving[], awaited?: boolean): Promise<void>;
  /** Opens its files anew (SIGHUP), after what was accepted so far. */
  reopen(): Promise<void>;
  /** Writes what is left, for `withinMs` at most; resolves to the number of records that were lost. */
  close(withinMs: number): Promise<number>;
}
