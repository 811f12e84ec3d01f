/**
 * A record as the thesis's client sent it: `VM: TEXT [name=value …]`, one line. A value with blanks,
 * quotes, brackets or nothing in it stands in quotes, so that the fields can be told apart again; the
 * last bracket of a line is always theirs.
 */
import type { LogRecord } from '../../wire/log-record.ts';
import { escapeText } from '../escape.ts';

/** A record older than this when it is sent says when it happened. */
const LATE_MS = 1000;

export function plainLine(record: LogRecord, nowMs: number): string {
  const { vm, text, fields, timeMs } = record;
  const late = Math.abs(nowMs - timeMs) > LATE_MS;
  const all = late ? [...fields, ['at', new Date(timeMs).toISOString()] as const] : fields;
  const written = all.map(([name, value]) => `${nameOf(name)}=${quoted(value)}`);
  const needed = written.length > 0 || text.endsWith(']');
  return escapeText(`${vm}: ${text}`) + (needed ? ` [${written.join(' ')}]` : '');
}

function nameOf(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}

function quoted(value: string): string {
  const visible = escapeText(value);
  if (/^[^\s"[\]]+$/u.test(visible)) return visible;
  return `"${visible.replace(/["\\]/g, '\\$&')}"`;
}
