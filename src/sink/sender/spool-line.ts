/**
 * How a record stands in a file of the spool: one JSON object a line, with the version of its shape.
 * What is read back is data like any other: it is checked before it is believed.
 */
import type { LogRecord } from '../../wire/log-record.ts';

const VERSION = 1;

/** A record that grows beyond these is cut, so that no line of the spool is longer than 256 KiB. */
const MOST = { text: 8192, fields: 32, value: 1024, name: 64 } as const;

export function spoolLine(record: LogRecord): string {
  return `${JSON.stringify({ v: VERSION, ...record })}\n`;
}

/** The record of a line, or undefined where a crash or a power cut damaged it. */
export function parseSpoolLine(line: string): LogRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Every part of the record within its bound; what is cut ends in `…`. */
export function bounded(record: Omit<LogRecord, 'seq'>): Omit<LogRecord, 'seq'> {
  const { timeMs, vm, boot, text, fields, passedOn } = record;
  return {
    timeMs,
    vm: cut(vm, MOST.value),
    boot: cut(boot, MOST.name),
    text: cut(text, MOST.text),
    fields: fields
      .slice(0, MOST.fields)
      .map(([name, value]) => [cut(name, MOST.name), cut(value, MOST.value)] as const),
    ...(passedOn ? { passedOn } : {}),
  };
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function isRecord(value: unknown): value is LogRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { v, timeMs, vm, boot, seq, text, fields, passedOn } = value as Record<string, unknown>;
  const texts = [vm, boot, text].every((each) => typeof each === 'string');
  // Beyond this, a time has no date.
  const timely = typeof timeMs === 'number' && Math.abs(timeMs) <= 8.64e15;
  return (
    v === VERSION &&
    texts &&
    timely &&
    Number.isSafeInteger(seq) &&
    areFields(fields) &&
    isOrigin(passedOn)
  );
}

function isOrigin(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { priority, seq } = value as Record<string, unknown>;
  return Number.isSafeInteger(priority) && (seq === undefined || Number.isSafeInteger(seq));
}

function areFields(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (field) =>
        Array.isArray(field) && field.length === 2 && field.every((x) => typeof x === 'string'),
    )
  );
}
