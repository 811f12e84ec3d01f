/**
 * What the conf room has to know of the plugins: their names and options tables. They are handed
 * in where the program is put together, so that this room imports none of them.
 */
import type { OptionsTable } from '../core/options.ts';
import type { Policy } from '../core/policy.ts';
import type { Worse } from '../core/words.ts';

export interface ProbeTable {
  readonly kind: string;
  readonly help: string;
  worse(options: Readonly<Record<string, unknown>>): Worse;
  readonly options: OptionsTable;
  unit(options: Readonly<Record<string, unknown>>, intervalMs: number): string;
  /** What in options that are right each by itself doesn't go together. */
  conflict?(
    options: Readonly<Record<string, unknown>>,
  ): { readonly key: string; readonly problem: string } | undefined;
}

export interface MigratorTable {
  readonly kind: string;
  readonly help: string;
  readonly options: OptionsTable;
  /** What in options that are right each by itself doesn't go together. */
  conflict?(
    options: Readonly<Record<string, unknown>>,
  ): { readonly key: string; readonly problem: string } | undefined;
  caution?(options: Readonly<Record<string, unknown>>): string | undefined;
}

export interface LocatorTable {
  readonly kind: string;
  readonly help: string;
  readonly options: OptionsTable;
  /** What the conf must hold besides: a [provider], or a site with `broadcast` or `cidr`, one site alone that asks it. */
  readonly needs?: 'provider' | 'networks' | 'one site';
}

/** What a [queue] says of its jobs. */
export interface QueueTable {
  readonly options: OptionsTable;
  /** What is wrong with values that are right each for itself, by key; `url` is the page's. */
  contradictions(
    options: Readonly<Record<string, unknown>>,
    url: string,
  ): readonly { readonly key: string; readonly text: string }[];
  /** Keys that nothing heeds beside the others, whether they are given or not. */
  unheeded(
    options: Readonly<Record<string, unknown>>,
  ): readonly { readonly key: string; readonly text: string }[];
  /** Why this guest can't claim the page at this address. */
  misnamed(place: { readonly url: string; readonly vm: string }): string | undefined;
}

export interface Plugins {
  readonly probes: readonly ProbeTable[];
  readonly policies: readonly Policy[];
  readonly migrators: readonly MigratorTable[];
  readonly locators: readonly LocatorTable[];
  readonly queue: QueueTable;
}
