/**
 * Plain lines that can be taken together: they follow each other, hold nothing but what can be seen, and
 * begin with the same name. A run comes to what its lines come to one by one (`linesOf`), at a fraction of
 * the cost: no text is made of each, and none is looked at twice. Pure.
 */
import { guestNameBefore } from '../guest-name.ts';
import type { Received } from './protocol.ts';

export interface Run {
  readonly lines: number;
  /** Whom each of them names; undefined where none names anybody. */
  readonly claimed: string | undefined;
}

const NEWLINE = 0x0a;
const BLANK = 0x20;
const TILDE = 0x7e;
/** The longest name, the colon and the blank. */
const NAME_BYTES = 64 + 2;

/** The run that begins at `from`; undefined where not even one line is fit for one. */
export function runAt(chunk: Buffer, from: number, limit: number): Received | undefined {
  const claimed = nameAt(chunk, from);
  const head = claimed === undefined ? 0 : claimed.length + 2;
  let [lines, end] = [0, from];
  while (end < chunk.length) {
    const next = endOfLine(chunk, end, limit);
    if (next < 0 || !isNamedAlike(chunk, from, end, head)) break;
    lines += 1;
    end = next;
  }
  if (lines === 0) return undefined;
  return { bytes: chunk.subarray(from, end), form: 'plain', run: { lines, claimed } };
}

/** Behind the newline of the line at `from`; -1 where it is empty, too long, not whole or not all visible. */
function endOfLine(chunk: Buffer, from: number, limit: number): number {
  const most = Math.min(chunk.length, from + limit + 1);
  let at = from;
  // One comparison for both bounds: what is below the first is a very large number.
  while (at < most && ((chunk[at] as number) - BLANK) >>> 0 <= TILDE - BLANK) at += 1;
  return at < most && at > from && chunk[at] === NEWLINE ? at + 1 : -1;
}

/** Whether the line at `at` begins with the `head` bytes at `from`, or, where these are none, with no name. */
function isNamedAlike(chunk: Buffer, from: number, at: number, head: number): boolean {
  if (at === from) return true;
  if (head === 0) return nameAt(chunk, at) === undefined;
  for (let i = 0; i < head; i += 1) if (chunk[from + i] !== chunk[at + i]) return false;
  return true;
}

function nameAt(chunk: Buffer, at: number): string | undefined {
  return guestNameBefore(chunk.toString('latin1', at, at + NAME_BYTES));
}

/** Each line as it would have been received alone. */
export function linesOf(received: Received): readonly Received[] {
  const { bytes, form, run } = received;
  if (!run) return [received];
  const lines: Received[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, from);
    lines.push({ bytes: bytes.subarray(from, end), form });
    from = end + 1;
  }
  return lines;
}
