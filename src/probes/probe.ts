/**
 * What a probe is. A kind is one file: its options table, a few lines that read, and a parser that
 * takes text or rows. A probe never throws: what went wrong is a missing measurement with a reason.
 */
import type { Clock } from '../core/clock.ts';
import type { OptionsOf, OptionsTable } from '../core/options.ts';
import type { Worse } from '../core/words.ts';

/** `raw` is what the service answered, for `vmmanage probe -v`; bounded, without secrets. */
export type Measurement =
  | { readonly value: number; readonly raw?: string }
  | { readonly missing: string; readonly raw?: string };

export interface Probe {
  /** Measures once. Settles by `signal` at the latest, with a missing measurement. */
  read(signal: AbortSignal): Promise<Measurement>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

export interface ProbeContext {
  readonly clock: Clock;
  readonly intervalMs: number;
}

export interface ProbeKind<T extends OptionsTable = OptionsTable> {
  readonly kind: string;
  readonly help: string;
  /** Which side is worse unless the conf says otherwise. */
  readonly worse: Worse;
  /** Beyond those that every probe has (interval, timeout, max_errors). */
  readonly options: T;
  /** What the value counts: `/min`, `workers`. */
  unit(options: OptionsOf<T>, intervalMs: number): string;
  open(options: OptionsOf<T>, context: ProbeContext): Probe;
}
