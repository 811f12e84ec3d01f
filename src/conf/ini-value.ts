/**
 * One value of an ini file, from text and to text. The quoting is the `ini` package's; what it would
 * cut or turn into something else without a word (a `;` in a password, `'5'`, a broken quote) is
 * refused here before it is asked.
 */
import { safe, unsafe } from 'ini';
import { bad, good } from '../core/option-types.ts';
import type { Parsed } from '../core/options.ts';

/** `raw` is what follows the first `=` of a line, without its line end. */
export function decodeValue(raw: string): Parsed<string> {
  const trimmed = raw.trimStart();
  if (trimmed.startsWith('"')) return decodeQuoted(trimmed, /^"(?:[^"\\]|\\.)*"/);
  if (trimmed.startsWith("'")) return decodeQuoted(trimmed, /^'[^']*'/);
  return decodeBare(raw);
}

function decodeQuoted(text: string, shape: RegExp): Parsed<string> {
  const whole = shape.exec(text)?.[0];
  if (whole === undefined) return bad('has a quote that is never closed');
  const rest = text.slice(whole.length);
  if (!/^\s*$|^\s+[;#]/.test(rest)) {
    return bad('goes on after its closing quote; quote the whole value');
  }
  const value = whole.startsWith('"') ? fromJson(whole) : whole.slice(1, -1);
  if (value === undefined) return bad('is not rightly quoted; within "…" a backslash is \\\\');
  return plain(value);
}

/** `unsafe` hands back what isn't JSON as it stands, with its quotes. */
function fromJson(text: string): string | undefined {
  const value: unknown = unsafe(text);
  return typeof value === 'string' && value !== text ? value : undefined;
}

function decodeBare(raw: string): Parsed<string> {
  const sign = /[;#]/.exec(raw)?.index ?? raw.length;
  const isComment = sign === raw.length || /\s/.test(raw.charAt(sign - 1));
  if (isComment) return plain(unsafe(raw.slice(0, sign)));
  const where = `“${raw.charAt(sign)}”`;
  return bad(`holds ${where}: quote the value, or put a blank before it to begin a comment`);
}

function plain(value: string): Parsed<string> {
  const odd = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value);
  return odd ? bad('holds a control character') : good(value);
}

/** As it stands after `=`, so that `decodeValue` gives `value` again. */
export function encodeValue(value: string): string {
  if (/[;#\\]|^["']/.test(value)) return JSON.stringify(value);
  return safe(value);
}
