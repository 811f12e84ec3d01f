/** A record out of what the forms have in common. */
import { logEventOf } from '../core/log-events.ts';
import { bracketBefore } from '../sink/formats/brackets.ts';
import { timeOf } from '../sink/formats/time-stamp.ts';
import type { Field, LogLine } from './record.ts';

export interface Parts {
  readonly timeMs: number | undefined;
  readonly name: string;
  readonly text: string;
  readonly fields: readonly Field[];
  readonly atMs?: number | undefined;
  readonly peer?: string | undefined;
  readonly boot?: string | undefined;
  readonly seq?: number | undefined;
  readonly priority?: number | undefined;
  readonly marks?: readonly string[];
}

export function lineOf(parts: Parts): LogLine {
  const { timeMs, name, text, fields, atMs, peer, boot, seq, priority, marks = [] } = parts;
  const event = logEventOf(text);
  return { timeMs, name, text, fields, event, atMs, peer, boot, seq, priority, marks };
}

/** What is no log line: its text, and nothing known of it. */
export function unread(text: string): LogLine {
  return { timeMs: undefined, name: '', text, fields: [], event: 'other', marks: [] };
}

/** `at=` is a time of its own, not a field. */
export function withoutAt(fields: readonly Field[]): { fields: readonly Field[]; atMs?: number } {
  const at = fields.find(([name]) => name === 'at');
  const atMs = at === undefined ? undefined : timeOf(at[1]);
  if (atMs === undefined) return { fields };
  return { fields: fields.filter((field) => field !== at), atMs };
}

/** A whole number from 0, of a dozen digits or fewer more. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A plain line's text in the forms that keep fields apart: its fields are in its text still. */
export function partedText(text: string, fields: readonly Field[]) {
  const bracket = fields.length === 0 ? bracketBefore(text) : undefined;
  if (!bracket) return { text, fields };
  return { text: text.slice(0, bracket.from), ...withoutAt(bracket.fields) };
}
