/**
 * Fields in a bracket at the end of a line: ` [name=value …]`, quoted as in sender/plain-text.ts. A
 * bracket is read from its end, so that nothing that stands before it can be taken for it.
 */
import { escapeText } from '../escape.ts';

/** What needs no quotes and no escape. */
const BARE = /^[!#-Z\\^-~]+$/;
const NAME = /[\w.@-]/;
const FIT_NAME = /^[\w.@-]+$/;
const BARE_END = /[\s"[\]]/u;
const FIELD = /([\w.@-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"[\]]+))( |\])/suy;
/** More than a record of ours can have. */
const FIELDS_MAX = 4096;

export function quoted(value: string): string {
  if (BARE.test(value)) return value;
  const visible = escapeText(value);
  return /^[^\s"[\]]+$/u.test(visible) ? visible : inQuotes(visible);
}

export function inQuotes(visible: string): string {
  return `"${visible.replace(/["\\]/g, '\\$&')}"`;
}

export function fieldName(name: string): string {
  return FIT_NAME.test(name) ? name : fitted(name);
}

function fitted(name: string): string {
  return name.replace(/[^\w.@-]/g, '_') || '_';
}

export interface Bracket {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Where the text before it ends. */
  readonly from: number;
}

/** The bracket that ends the first `end` characters of `line`; undefined where none does. */
export function bracketBefore(line: string, end = line.length): Bracket | undefined {
  const from = lastBracket(end === line.length ? line : line.slice(0, end));
  const fields = from < 0 ? undefined : fieldsWithin(line, from + 2, end);
  return fields && { fields, from };
}

/** Undefined where something else stands between `begin` and the closing bracket at `end`. */
function fieldsWithin(line: string, begin: number, end: number): Bracket['fields'] | undefined {
  if (begin === end - 1) return [];
  const fields: (readonly [string, string])[] = [];
  FIELD.lastIndex = begin;
  while (fields.length < FIELDS_MAX) {
    const found = FIELD.exec(line);
    if (!found || FIELD.lastIndex > end) return undefined;
    const [, name = '', inside, bare = '', after] = found;
    fields.push([name, inside === undefined ? bare : inside.replace(/\\(.)/gsu, '$1')]);
    if (after === ']') return FIELD.lastIndex === end ? fields : undefined;
  }
  return undefined;
}

/**
 * Where the bracket begins that `line` ends with: the index of the blank before it; -1 where it ends
 * in none. From the end there is one reading only: inside quotes each quote has an odd number of
 * backslashes before it, and the one that opens them has the `=`.
 */
export function lastBracket(line: string): number {
  if (!line.endsWith(']')) return -1;
  const quick = line.lastIndexOf(' [');
  if (quick < 0) return -1;
  // Without quotes, a value has neither blank nor bracket in it.
  if (line.indexOf('"', quick) < 0) return quick;
  for (let at = line.length - 1; at > 0; at -= 1) {
    at = startOfName(line, startOfValue(line, at));
    if (at < 2) return -1;
    if (line[at - 1] === '[') return line[at - 2] === ' ' ? at - 2 : -1;
    if (line[at - 1] !== ' ') return -1;
  }
  return -1;
}

/** Of the value that ends before `end`, the index of the `=` before it; -1 where there is none. */
function startOfValue(line: string, end: number): number {
  let at = end - 1;
  if (line[at] === '"') {
    do at = line.lastIndexOf('"', at - 1);
    while (at > 0 && backslashesBefore(line, at) % 2 === 1);
    return at > 0 && line[at - 1] === '=' ? at - 1 : -1;
  }
  while (at >= 0 && line[at] !== '=' && !BARE_END.test(line[at] ?? '')) at -= 1;
  // A bare value may have a `=` in it; its name has none.
  for (let next = at - 1; next >= 0 && !BARE_END.test(line[next] ?? ''); next -= 1) {
    if (line[next] === '=') at = next;
  }
  return line[at] === '=' ? at : -1;
}

/** Of the name that ends before the `=` at `equals`; -1 where there is none. */
function startOfName(line: string, equals: number): number {
  let at = equals;
  while (at > 0 && NAME.test(line[at - 1] ?? '')) at -= 1;
  return equals < 0 || at === equals ? -1 : at;
}

function backslashesBefore(line: string, at: number): number {
  let count = 0;
  while (line[at - 1 - count] === '\\') count += 1;
  return count;
}
