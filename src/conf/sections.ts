/** What lexing leaves of a conf: its sections and keys, each with the place it came from. */

/** `key = value` of a file. */
export interface Entry {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  /** Unquoted, without its comment; no control characters. */
  readonly value: string;
  /** Others than the file's owner and group can read it. */
  readonly exposed: boolean;
  /** The value couldn't be read, which is told already; nothing more is said of it. */
  readonly broken?: true;
  /** The key as the tenant wrote it, where a flat file was translated. */
  readonly written?: string;
}

/** A `[kind]` or `[kind name]`; keys before any section stand in one whose kind is empty. */
export interface Section {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly name: string | undefined;
  /** `kind` or `kind name`. */
  readonly title: string;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Its header couldn't be read, which is told already; its kind is a guess. */
  readonly odd?: true;
  /** Translated from the thesis's flat keys. */
  readonly flat?: true;
}

export function titleOf(kind: string, name: string | undefined): string {
  return name === undefined ? kind : `${kind} ${name}`;
}

/** A section that no file opens: everything in it is a default. */
export function absentSection(kind: string, file: string, name?: string): Section {
  return { file, line: 0, kind, name, title: titleOf(kind, name), entries: new Map() };
}
