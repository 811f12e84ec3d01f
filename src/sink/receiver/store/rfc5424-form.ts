/**
 * Each record as RFC 5424, a line each. The sink's notes are the first element, so that one of the
 * same name that came with the record can't be taken for it.
 */
import { escapeText } from '../../escape.ts';
import { fieldName } from '../../formats/brackets.ts';
import type { Arrival, Known } from '../arrival.ts';
import { isNumbered, isTorn, known, oneWord } from './known.ts';
import { timeWriter } from './times.ts';

const OWN = 'vmmanage@32473';
const NOTES = 'sink@32473';
/** HOSTNAME and SD-NAME are bounded by RFC 5424. */
const MOST = { name: 255, field: 32 } as const;

/** What needs no escape in a value. */
const PLAIN = /^[ !#-[^-~]*$/;
const PARAM = '[^ =\\]"]+="(?:[^"\\\\\\]]|\\\\.)*"';
const ELEMENT = `\\[[^ =\\]"]+(?: ${PARAM})*\\]`;
const VALUE = '"((?:[^"\\\\\\]]|\\\\.)*)"';
const LINE = new RegExp(
  `^<\\d{1,3}>1 [^ ]+ ([^ ]+) [^ ]+ - - \\[${NOTES}((?: ${PARAM})*)\\]` +
    `\\[${OWN} boot=${VALUE} seq="(\\d{1,16})"(?: ${PARAM})*\\](?:${ELEMENT})* (.*)$`,
  'su',
);
const MARK = /(?<= mark=")(?:[^"\\\]]|\\.)*/gsu;

export function rfc5424Form(): (arrival: Arrival) => string {
  const [timeOf, ownTimeOf] = [timeWriter(), timeWriter()];
  return (arrival) => {
    const { priority, timeMs, wallMs, name, text } = arrival;
    const time = ownTimeOf(timeMs ?? wallMs);
    const host = oneWord(name).slice(0, MOST.name);
    const app = isNumbered(arrival) ? 'vmmanage' : '-';
    const elements = `${notes(arrival, timeOf(wallMs))}${own(arrival)}`;
    return `<${priority}>1 ${time} ${host} ${app} - - ${elements} ${text}\n`;
  };
}

function notes({ peer, marks }: Arrival, received: string): string {
  let written = `[${NOTES} peer=${quoted(peer)} received="${received}"`;
  for (const mark of marks) written += ` mark=${quoted(mark)}`;
  return `${written}]`;
}

/** All fields stand in one element, those of another under `id.name`. */
function own(arrival: Arrival): string {
  const { boot, seq, fields } = arrival;
  const numbered = isNumbered(arrival);
  if (!numbered && fields.length === 0) return '';
  let written = numbered ? `[${OWN} boot=${quoted(boot ?? '')} seq="${seq}"` : `[${OWN}`;
  for (const [name, value] of fields) written += ` ${paramName(name)}=${quoted(value)}`;
  return `${written}]`;
}

/** `boot` and `seq` are what a record is known by, and no other field may be called so. */
function paramName(name: string): string {
  const fit = fieldName(name).slice(0, MOST.field);
  return fit === 'boot' || fit === 'seq' ? `${fit}_` : fit;
}

function quoted(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return `"${escapeText(value).replace(/["\\\]]/g, '\\$&')}"`;
}

function unquoted(value: string): string {
  return value.replace(/\\(["\\\]])/g, '$1');
}

export function knownOfRfc5424(line: string): Known | undefined {
  const found = LINE.exec(line);
  if (!found || (found[2]?.match(MARK) ?? []).some(isTorn)) return undefined;
  return known(found[1], found[3] && unquoted(found[3]), found[4], found[5]);
}
