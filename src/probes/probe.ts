/**
 * What a probe is. A kind is one file: its options table, a few lines that read, and a parser that
 * takes text or rows. A probe never throws: what went wrong is a missing measurement with a reason.
 */
import type { Clock } from '../core/clock.ts';
import type { OptionsOf, OptionsTable } from '../core/options.ts';
import type { Worse } from '../core/words.ts';
import type { Shared } from './shared.ts';

/**
 * `raw` is what the service answered, for `vmmanage probe -v`; bounded, without secrets. `first`:
 * the service answered as it should, and there is nothing to compare with so far.
 */
export type Measurement =
  | { readonly value: number; readonly raw?: string }
  | { readonly missing: string; readonly first?: true; readonly raw?: string };

/** With an answer that is put into words for who reads it alone: a daemon never does. */
export function withRaw(measured: Measurement, raw: () => string): Measurement {
  return {
    ...measured,
    get raw() {
      return raw();
    },
  };
}

export interface Probe {
  /** Measures once. Settles by `signal` at the latest, with a missing measurement. */
  read(signal: AbortSignal): Promise<Measurement>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

export interface ProbeContext {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** What the probes that are open together share; nothing where it is left out. */
  readonly shared?: Shared;
}

export interface Conflict {
  readonly key: string;
  /** Completes the sentence `[probe NAME] key: …`. */
  readonly problem: string;
}

export interface ProbeKind<T extends OptionsTable = OptionsTable> {
  readonly kind: string;
  readonly help: string;
  /** Which side is worse unless the conf says otherwise; it may hang on what is measured. */
  worse(options: OptionsOf<T>): Worse;
  /** Beyond those that every probe has (interval, timeout, max_errors). */
  readonly options: T;
  /** What the value counts: `/min`, `workers`. */
  unit(options: OptionsOf<T>, intervalMs: number): string;
  /** What in options that are right each by itself doesn't go together. */
  conflict?(options: OptionsOf<T>): Conflict | undefined;
  /** What its service needs once so that it can be read: lines for people, what is typed indented. */
  setup?(options: OptionsOf<T>): readonly string[];
  open(options: OptionsOf<T>, context: ProbeContext): Probe;
}
