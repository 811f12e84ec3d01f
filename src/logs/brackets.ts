/**
 * The brackets at the end of a line in the text form: `[name=value name="a \"b\" c"]`. The last one is
 * the sink's own where it holds `peer=`, or nothing but marks; the one before is the guest's.
 */
import type { Field } from './record.ts';

export interface Bracket {
  readonly fields: readonly Field[];
  /** Where the text before it ends. */
  readonly from: number;
}

/** A value may hold ` [` too: so many beginnings are tried, from the end. */
const TRIES_MAX = 32;
const FIELDS_MAX = 100;
/** Of another program a name is its element's and its own, each of 32: `timeQuality.tzKnown`, `x@1.a`. */
const FIELD = /([\w.@-]{1,72})=(?:"((?:[^"\\]|\\.)*)"|([^\s"[\]]+))( |\])/y;

/** The bracket that ends the first `end` characters of `line`; undefined where none does. */
export function bracketBefore(line: string, end: number): Bracket | undefined {
  if (line.charCodeAt(end - 1) !== 0x5d) return undefined;
  let from = end;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    from = line.lastIndexOf(' [', from - 1);
    if (from < 0) return undefined;
    const fields = fieldsWithin(line, from + 2, end);
    if (fields) return { fields, from };
  }
  return undefined;
}

function fieldsWithin(line: string, begin: number, end: number): Field[] | undefined {
  if (begin === end - 1) return [];
  const fields: Field[] = [];
  FIELD.lastIndex = begin;
  while (fields.length < FIELDS_MAX) {
    const found = FIELD.exec(line);
    if (!found || FIELD.lastIndex > end) return undefined;
    const [, name = '', quoted, bare = '', after] = found;
    fields.push([name, quoted === undefined ? bare : quoted.replace(/\\(.)/gs, '$1')]);
    if (after === ']') return FIELD.lastIndex === end ? fields : undefined;
  }
  return undefined;
}

const SINKS_OWN: ReadonlySet<string> = new Set(['peer', 'boot', 'seq', 'mark']);

/** Whether these are the sink's notes: a guest's own fields never hold them all. */
export function areNotes(fields: readonly Field[]): boolean {
  if (fields.length === 0 || !fields.every(([name]) => SINKS_OWN.has(name))) return false;
  return fields[0]?.[0] === 'peer' || fields.every(([name]) => name === 'mark');
}
