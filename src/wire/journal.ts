/**
 * One line of the journal (DESIGN.md §8): an envelope around an entry's own fields. What the
 * fields of each type are is core's business; here is only what every line has.
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isLine(value) ? value : undefined;
}

function isLine(value: unknown): value is JournalLine {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const line = value as Readonly<Record<string, unknown>>;
  return (
    Number.isInteger(line['v']) &&
    Number.isInteger(line['seq']) &&
    typeof line['time'] === 'string' &&
    typeof line['vm'] === 'string' &&
    typeof line['type'] === 'string' &&
    isBoot(line['boot'])
  );
}

function isBoot(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const boot = value as Readonly<Record<string, unknown>>;
  return typeof boot['id'] === 'string' && Number.isFinite(boot['ms']);
}
