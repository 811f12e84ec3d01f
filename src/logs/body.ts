/** A record as the text form shows it behind its date: `NAME: TEXT [FIELDS] [SINK'S NOTES]`. */
import { quoted } from '../sink/formats/brackets.ts';
import type { Field, LogLine } from './record.ts';

/** A record whose own time differs by more from the sink's shows it. */
const LATE_MS = 1000;

export function bodyOf(line: LogLine): string {
  const { name, text } = line;
  const fields = bracket([...line.fields, ...lateness(line)]);
  const notes = bracket(notesOf(line));
  return `${name === '' ? '' : `${name}: `}${text}${fields}${notes}`;
}

function lateness({ timeMs, atMs }: LogLine): Field[] {
  if (timeMs === undefined || atMs === undefined) return [];
  return Math.abs(timeMs - atMs) > LATE_MS ? [['at', instant(atMs)]] : [];
}

function notesOf({ peer, boot, seq, marks }: LogLine): Field[] {
  const known: [string, string | number | undefined][] = [
    ['peer', peer],
    ['boot', boot],
    ['seq', seq],
  ];
  const notes = known.flatMap(([name, value]): Field[] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return [...notes, ...marks.map((mark): Field => ['mark', mark])];
}

function bracket(fields: readonly Field[]): string {
  if (fields.length === 0) return '';
  return ` [${fields.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')}]`;
}

/** RFC 3339 in UTC, with milliseconds. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
