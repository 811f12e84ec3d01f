/**
 * One line of the journal (DESIGN.md §8): an envelope around an entry's own fields. What the
 * fields of each type are is core's business; here is only what every line has.
 */
import { type Check, number, openObject, parsed } from './shapes.ts';

/**
 * What a version writes the one before it must be able to go by, since a package may be put back. A new
 * field, or a new type that an older version may pass over, leaves the number as it is. A type that it must
 * not pass over names the `request` that it is about, and the number grows by one; a field never changes
 * what it is. daemon/journal-versions.ts says what a reader makes of it.
 */
export const JOURNAL_VERSION = 1;

export interface Envelope {
  readonly v: number;
  /** Grows by one with each line, over restarts and rotations. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly vm: string;
  /** The boot id, and milliseconds since that boot. */
  readonly boot: { readonly id: string; readonly ms: number };
  readonly type: string;
}

export type JournalLine = Envelope & Readonly<Record<string, unknown>>;

/** The line without its newline. */
export function formatJournalLine(envelope: Omit<Envelope, 'type'>, entry: object): string {
  return JSON.stringify({ ...envelope, ...entry });
}

/** A line that isn't whole or has no proper envelope gives undefined; nothing is guessed. */
export function parseJournalLine(text: string): JournalLine | undefined {
  const value = parsed(text);
  return isLine(value) ? (value as JournalLine) : undefined;
}

const text: Check = (value) => typeof value === 'string';
const integer: Check = (value) => Number.isInteger(value);

const isLine = openObject({
  ...{ v: integer, seq: integer, time: text, vm: text, type: text },
  boot: openObject({ id: text, ms: number }),
});
