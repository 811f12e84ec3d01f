/**
 * Makes what others said fit for a terminal: no control characters, nothing endless. JSON for
 * programs keeps its values, and is escaped as JSON escapes.
 */
import { printable } from '../../core/text.ts';

const TEXT_MAX = 1000;

/** The same value with every text in it made printable. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(clean) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [printable(name), clean(field)]);
  return Object.fromEntries(fields) as T;
}

function cleanText(text: string): string {
  return printable(text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`);
}

/** Indented; characters that a terminal would obey stand as `\uXXXX`, which means the same. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/[^\P{C}\n]|[\u2028\u2029]/gu, units);
}

/** The same in one line. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  return PLAIN.test(text) ? text : text.replace(/[\p{C}\u2028\u2029]/gu, units);
}

const PLAIN = /^[ -~]*$/;

function units(characters: string): string {
  return Array.from({ length: characters.length }, (_, index) => unit(characters, index)).join('');
}

function unit(text: string, index: number): string {
  return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
