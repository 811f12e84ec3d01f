/** What a record that is sent again is recognised by, and the rules for it that all forms share. */
import type { Arrival, Known } from '../arrival.ts';

/** Undefined where one of them is missing or no number. */
export function known(
  name: string | undefined,
  boot: string | undefined,
  seq: string | undefined,
  text: string | undefined,
): Known | undefined {
  const complete = name !== undefined && boot !== undefined && text !== undefined;
  if (!complete || seq === undefined || !/^\d{1,16}$/.test(seq)) return undefined;
  const number = Number(seq);
  return Number.isSafeInteger(number) ? { name, boot, seq: number, text } : undefined;
}

/** What didn't come whole isn't what will be sent again. */
export function isTorn(mark: string): boolean {
  return mark.startsWith('torn');
}

/** A name as one word: what isn't visible ASCII is written byte by byte. */
export function oneWord(name: string): string {
  if (/^[!-~]+$/.test(name)) return name;
  const bytes = Array.from(Buffer.from(name || '-'));
  return bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? char(byte) : hex(byte))).join('');
}

/** Whether it has what a record that is sent again is known by. */
export function isNumbered({ boot, seq }: Arrival): boolean {
  return boot !== undefined && seq !== undefined;
}

function char(byte: number): string {
  return String.fromCharCode(byte);
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
