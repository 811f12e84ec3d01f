/**
 * One object a line, as the sink's `--format json` writes it. What isn't one is told as its text. JSON
 * can spell what can't be seen: it is escaped here, as the other forms have it escaped.
 */
import { escapeText } from '../sink/escape.ts';
import { timeOf } from '../sink/formats/time-stamp.ts';
import { lineOf, partedText, unread } from './build.ts';
import type { Field, LogLine } from './record.ts';

export function parseJson(line: string): LogLine {
  const of = objectOf(line);
  const timeMs = typeof of?.['time'] === 'string' ? timeOf(of['time']) : undefined;
  if (!of || timeMs === undefined) return unread(escapeText(line));
  const at = text(of['at']);
  return lineOf({
    timeMs,
    name: text(of['name']) ?? '',
    atMs: at === undefined ? undefined : timeOf(at),
    ...partedText(text(of['text']) ?? '', fieldsOf(of['fields'])),
    peer: text(of['peer']),
    boot: text(of['boot']),
    seq: whole(of['seq']),
    priority: whole(of['priority']),
    marks: marksOf(of['marks']),
  });
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? escapeText(value) : undefined;
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

function marksOf(value: unknown): string[] {
  const marks = Array.isArray(value) ? value.map(text) : [];
  return marks.filter((mark) => mark !== undefined);
}

/** A name that came several times has a list of its values. */
function fieldsOf(value: unknown): Field[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, of]) =>
    [of].flat().flatMap((each): Field[] => {
      const shown = text(each);
      return shown === undefined ? [] : [[escapeText(name), shown]];
    }),
  );
}
