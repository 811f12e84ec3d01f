/**
 * The lines of a conf file: bytes to lines of text, with a bound on everything. What isn't text is
 * refused as a whole, with the line where that shows.
 */
import type { Parsed } from '../core/options.ts';

export const FILE_MAX_BYTES = 256 * 1024;
const LINE_MAX_CHARS = 8192;

export interface Refusal {
  readonly line: number;
  readonly text: string;
}

/** Line ends may be LF or CRLF, and a byte order mark may stand in front. */
export function toLines(bytes: Uint8Array): readonly string[] | Refusal {
  if (bytes.length > FILE_MAX_BYTES) {
    return { line: 0, text: `is larger than ${FILE_MAX_BYTES / 1024} KiB, too large for a conf` };
  }
  const lines: string[] = [];
  for (const piece of split(bytes)) {
    const text = toText(piece, lines.length === 0);
    if (!text.ok) return { line: lines.length + 1, text: text.problem };
    lines.push(text.value);
  }
  return lines;
}

function* split(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  while (from <= bytes.length) {
    const end = bytes.indexOf(0x0a, from);
    yield bytes.subarray(from, end === -1 ? bytes.length : end);
    from = end === -1 ? bytes.length + 1 : end + 1;
  }
}

function toText(piece: Uint8Array, first: boolean): Parsed<string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: !first }).decode(piece);
  } catch {
    return { ok: false, problem: 'is not UTF-8 text' };
  }
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (line.length > LINE_MAX_CHARS) {
    return { ok: false, problem: `the line is longer than ${LINE_MAX_CHARS} characters` };
  }
  // A tab is the one control character that people type.
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line.replaceAll('\t', ' '))) {
    return { ok: false, problem: 'the line holds a control character; a conf is plain text' };
  }
  return { ok: true, value: line };
}
