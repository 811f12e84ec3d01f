/** From the bytes of one line to what it says; no more of it is read than is asked for. */
import { escapeBytes } from '../sink/escape.ts';
import { bodyOf } from './body.ts';
import { parseJson } from './json-form.ts';
import type { Form, LogLine } from './record.ts';
import { parseRfc5424 } from './rfc5424-form.ts';
import { parseText, textHead } from './text-form.ts';

/** Longer lines are read so far. A sink cuts them at 8 KiB, before what can't be seen is escaped. */
const LINE_MAX_BYTES = 1024 * 1024;

/** A line whose time and sender are known; the rest is read when somebody asks. */
export interface Seen {
  readonly timeMs: number | undefined;
  /** `''`: not known before `line` is read. */
  readonly name: string;
  /** As it stands in the file, where that is the form in which it is shown. */
  readonly whole: string | undefined;
  /** What follows the date where it is shown. */
  body(): string;
  line(): LogLine;
}

/** A file's form, by its first line that isn't empty. */
export function formOf(start: Uint8Array): Form {
  const text = Buffer.from(start).toString('latin1').trimStart();
  if (text.startsWith('{')) return 'json';
  return /^<\d{1,3}>1 /.test(text) ? 'rfc5424' : 'text';
}

/** Nothing that comes of it holds what can't be seen: it is escaped (sink/escape.ts). */
export function readLine(bytes: Buffer, form: Form): Seen {
  const bounded = withoutReturn(bytes.subarray(0, LINE_MAX_BYTES));
  if (form === 'text') return seenText(escapeBytes(bounded));
  const line = form === 'json' ? parseJson(bounded.toString()) : parseRfc5424(escapeBytes(bounded));
  const { timeMs, name } = line;
  const whole = timeMs === undefined ? line.text : undefined;
  return { timeMs, name, whole, body: () => bodyOf(line), line: () => line };
}

function seenText(whole: string): Seen {
  const head = textHead(whole);
  return {
    timeMs: head?.timeMs,
    name: head?.name ?? '',
    whole,
    body: () => whole.slice(head?.sent ?? 0),
    line: () => parseText(whole, head),
  };
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
}
