/**
 * Options tables: one row per conf key with its type, default and sentence. Parsing, defaults,
 * `check`, the sample conf and the reference all come from these rows; there is no second list.
 * They stand in core because every plugin, the pure policies too, declares one.
 */

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** How a value is written in the conf. `problem` completes the sentence `[section] key: …`. */
export interface OptionType<T> {
  /** A few words for the reference: `duration`, `yes or no`, `list of hosts`. */
  readonly name: string;
  /** Text as it stands in the conf, unquoted and trimmed, to a value. Never throws. */
  parse(text: string): Parsed<T>;
}

export interface Option<T> {
  readonly type: OptionType<T>;
  /** Written as in the conf, and parsed by `type` like any other value. */
  readonly default?: string;
  readonly required?: true;
  /** Never printed, logged or journaled. */
  readonly secret?: true;
  /** What a tenant would write; shown in the sample conf where there is no default. */
  readonly example?: string;
  /** One sentence for the sample conf and the reference. */
  readonly help: string;
  /** Only carries the type of the parsed value. */
  readonly value?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a table mixes value types; OptionsOf recovers each.
export type OptionsTable = Readonly<Record<string, Option<any>>>;

/** The parsed values of a table; durations are milliseconds, sizes are bytes. */
export type OptionsOf<T extends OptionsTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never;
};

interface Words {
  readonly help: string;
  readonly example?: string;
  readonly secret?: true;
}

/** An option that has a default. */
export function option<T>(type: OptionType<T>, text: string, words: Words): Option<T> {
  return { type, default: text, ...words };
}

/** An option that may be left out. */
export function optional<T>(type: OptionType<T>, words: Words): Option<T | undefined> {
  return { type, ...words };
}

/** An option that must be given. */
export function required<T>(type: OptionType<T>, words: Words): Option<T> {
  return { type, required: true, ...words };
}
