/**
 * A record as a message of RFC 5424, valid whatever is in the record, and framed by its length (RFC
 * 6587 3.4.1, RFC 5425 4.3). Pure. Every part is one line of what can be seen (escape.ts).
 */
import type { LogRecord } from '../../wire/log-record.ts';
import { escapeText } from '../escape.ts';

/** Facility daemon, severity informational. */
const PRIORITY = 30;
const APP = 'vmmanage';
/** 32473 is the number that RFC 5612 keeps for examples: nobody's, as DESIGN.md §8 says. */
const ELEMENT = 'vmmanage@32473';
/** What the element says of its own accord; a field that is called so gets another name. */
const OWN: ReadonlySet<string> = new Set(['boot', 'seq']);

/** RFC 5424 6: the longest names of a host and of a parameter. */
const MOST = { host: 255, name: 32 } as const;
const NIL = '-';
/** RFC 3339 has four digits for a year. */
const YEARS = {
  firstMs: Date.parse('0000-01-01T00:00:00Z'),
  endMs: Date.UTC(10_000, 0, 1),
} as const;

export function rfc5424(record: LogRecord): string {
  const { timeMs, vm, boot, text, fields, passedOn } = record;
  const { priority = PRIORITY, seq = record.seq } = passedOn ?? {};
  const own = `boot="${escaped(boot)}" seq="${seq}"`;
  const more = fields.map(([name, value]) => ` ${nameOf(name)}="${escaped(value)}"`).join('');
  const header = `<${priority}>1 ${timeOf(timeMs)} ${hostOf(vm)} ${APP} - -`;
  const message = escapeText(text);
  return `${header} [${ELEMENT} ${own}${more}]${message === '' ? '' : ` ${message}`}`;
}

/** With its length in octets in front. */
export function counted(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

function timeOf(timeMs: number): string {
  const sayable = timeMs >= YEARS.firstMs && timeMs < YEARS.endMs;
  return sayable ? new Date(timeMs).toISOString() : NIL;
}

function hostOf(vm: string): string {
  return vm.replace(/[^!-~]/gu, '_').slice(0, MOST.host) || NIL;
}

function nameOf(name: string): string {
  const fit = name.replace(/[^!-~]|[="\]]/gu, '_').slice(0, MOST.name) || '_';
  return OWN.has(fit) ? `${fit}_` : fit;
}

function escaped(value: string): string {
  return escapeText(value).replace(/["\\\]]/g, '\\$&');
}
