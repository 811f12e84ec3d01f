/**
 * Makes text and bytes from outside fit for one line of a log (DESIGN.md §11, 8). Everything that
 * can't be seen, breaks a line, drives a terminal or turns the reading direction becomes `\xNN`, byte
 * by byte. A backslash stays as it is, so that escaping twice changes nothing.
 */
import { isUtf8 } from 'node:buffer';

const PLAIN = /^[ -~]*$/;

/** Controls (C0, DEL, C1), format characters (bidi, BOM …), lone surrogates, line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const HEAD_OF_SEQUENCE = 0xc2;
const LONGEST_SEQUENCE = 4;

/** Text as one line. */
export function escapeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSEEN, (unseen) => hexOf(Buffer.from(unseen)));
}

/** Bytes as one line: those that aren't UTF-8 are escaped, the rest is read as UTF-8. */
export function escapeBytes(bytes: Buffer): string {
  const latin = bytes.toString('latin1');
  if (PLAIN.test(latin)) return latin;
  return isUtf8(bytes) ? escapeText(bytes.toString()) : escapeMixed(bytes);
}

function escapeMixed(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    const character = bytes.subarray(at, at + Math.max(length, 1));
    text += length > 0 ? escapeText(character.toString()) : hexOf(character);
    at += character.length;
  }
  return text;
}

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < HEAD_OF_SEQUENCE) return 0;
  for (let length = 2; length <= LONGEST_SEQUENCE; length += 1) {
    const end = at + length;
    if (end <= bytes.length && isUtf8(bytes.subarray(at, end))) return length;
  }
  return 0;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
