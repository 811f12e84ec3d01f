/**
 * The thesis's line: `EPOCH DATE NAME: TEXT [FIELDS] [SINK'S NOTES]`. Files of earlier sinks have no
 * notes, and other programs' lines may have neither name nor fields.
 */
import { bracketBefore } from '../sink/formats/brackets.ts';
import { lineOf, unread, wholeNumber, withoutAt } from './build.ts';
import type { Field, LogLine } from './record.ts';

/** What has to be read of a line to know whether the rest is worth reading. */
export interface Head {
  readonly timeMs: number;
  readonly name: string;
  /** Where the date ends: what the guest sent begins here. */
  readonly sent: number;
  /** Where the text begins, behind the name. */
  readonly from: number;
}

const DATE = /(\d{1,12}) [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,10} \d{1,6} /y;
const NAME = /([A-Za-z0-9_-][A-Za-z0-9._-]{0,63}): /y;
/** Of a sink that had no notes yet. */
const OLD_MARK = / \[((?:cut|torn): [^[\]"]{1,60})\]$/;
const SINKS_OWN: ReadonlySet<string> = new Set(['peer', 'boot', 'seq', 'mark']);

export function textHead(line: string): Head | undefined {
  DATE.lastIndex = 0;
  const date = DATE.exec(line);
  if (!date) return undefined;
  NAME.lastIndex = DATE.lastIndex;
  const name = NAME.exec(line);
  const from = name ? NAME.lastIndex : DATE.lastIndex;
  return { timeMs: Number(date[1]) * 1000, name: name?.[1] ?? '', sent: DATE.lastIndex, from };
}

export function parseText(line: string, head = textHead(line)): LogLine {
  if (!head) return unread(line);
  const last = bracketBefore(line);
  const notes = last && areNotes(last.fields) ? last : undefined;
  const rest = notes ? line.slice(0, Math.max(notes.from, head.from)) : line;
  const old = notes ? null : OLD_MARK.exec(rest);
  const said = old ? rest.slice(0, Math.max(old.index, head.from)) : rest;
  const own = notes || old ? bracketBefore(said) : last;
  const { timeMs, name, from } = head;
  const text = said.slice(from, own && own.from >= from ? own.from : said.length);
  const marks = old?.[1] === undefined ? [] : [old[1]];
  const noted = notesOf(notes?.fields ?? [], marks);
  // A client that names nobody goes by its address.
  const known = name === '' ? (noted.peer ?? '') : name;
  return lineOf({ timeMs, name: known, text, ...withoutAt(own?.fields ?? []), ...noted });
}

/** Whether these are the sink's notes: a guest's own fields never hold them all. */
function areNotes(fields: readonly Field[]): boolean {
  if (fields.length === 0 || !fields.every(([name]) => SINKS_OWN.has(name))) return false;
  return fields[0]?.[0] === 'peer' || fields.every(([name]) => name === 'mark');
}

function notesOf(fields: readonly Field[], marks: readonly string[]) {
  const value = (of: string) => fields.find(([name]) => name === of)?.[1];
  const marked = fields.filter(([name]) => name === 'mark').map(([, mark]) => mark);
  return {
    peer: value('peer'),
    boot: value('boot'),
    seq: wholeNumber(value('seq')),
    marks: [...marks, ...marked],
  };
}
