/**
 * How arrivals stand in a file, a line each, and how what they are known by is read back from one.
 * The forms are told apart by a line's first character, so a file may change from one to another.
 */
import type { Arrival, Arriving, Known } from '../arrival.ts';
import { eachOf } from '../reading.ts';
import type { Format } from './formats.ts';
import { jsonForm, knownOfJson } from './json-form.ts';
import { knownOfRfc5424, rfc5424Form } from './rfc5424-form.ts';
import { knownOfText, textForm } from './text-form.ts';

/** A whole line, or those of a run, each with its newline. */
export type Form = (arriving: Arriving) => string;

/** `zone` is an IANA name for the dates of the text form. */
export function formOf(format: Format, zone?: string): Form {
  if (format === 'text') return textForm(zone);
  return lineByLine(format === 'json' ? jsonForm() : rfc5424Form());
}

function lineByLine(form: (arrival: Arrival) => string): Form {
  return (arriving) => eachOf(arriving).map(form).join('');
}

/** What ends a line that a crash left torn. In no form is that a line with a number. */
export const TORN_MARK = ' [mark="torn: the sink was stopped"]';

/** Undefined where a line, given without its newline, has no number or isn't a whole line of ours. */
export function knownOf(line: string): Known | undefined {
  if (line.endsWith(TORN_MARK)) return undefined;
  if (line.startsWith('{')) return knownOfJson(line);
  return line.startsWith('<') ? knownOfRfc5424(line) : knownOfText(line);
}
