/**
 * The thesis's form of a line: `EPOCH DATE NAME: TEXT [FIELDS] [SINK'S NOTES]`. The last bracket is
 * always the sink's own: whoever sent a record, it can't write that one.
 */
import { bracketBefore, fieldName, inQuotes, lastBracket, quoted } from '../../formats/brackets.ts';
import { guestNameBefore } from '../../guest-name.ts';
import {
  type Arrival,
  type ArrivalRun,
  type Arriving,
  isOwn,
  isRun,
  type Known,
  type OwnArrival,
} from '../arrival.ts';
import { wholeOf } from '../own.ts';
import { datePrefix } from './date.ts';
import { isNumbered, isTorn, known, oneWord } from './known.ts';
import { timeWriter } from './times.ts';

/** A record whose own time differs by more from that of its arrival says so. */
const LATE_MS = 1000;

/** Parameters of RFC 5424 that stand in a bracket as they are but for the quotes. */
const ALIKE = /^(?: [\w.@-]+="[!#-Z^-~]+")+$/;

const HEAD =
  /^\d{1,12} [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [^ ]{1,16} \d{4,6} ([^ ]+): /;

export function textForm(zone?: string): (arriving: Arriving) => string {
  const prefix = datePrefix(zone);
  const origin = originWriter();
  const timeOf = timeWriter();
  return (arriving) => {
    const before = prefix(arriving.wallMs);
    if (isRun(arriving)) return ofRun(arriving, before, origin(arriving));
    const text = isOwn(arriving) ? saidByOwn(arriving, timeOf) : said(arriving, timeOf);
    return `${before}${text} [${origin(arriving)}${notes(arriving)}]\n`;
  };
}

/** Plain lines stand as they came, whomever they name. */
function ofRun({ text }: ArrivalRun, before: string, origin: string): string {
  const after = ` [${origin}]\n`;
  const between = `${after}${before}`.replaceAll('$', '$$$$');
  return `${before}${text.replace(/\n/g, between)}${after}`;
}

/** What the record says itself. A plain line stands as it came. */
function said(arrival: Arrival, timeOf: (ms: number) => string): string {
  const { text, fields, timeMs, wallMs } = arrival;
  const named = isNamed(arrival) ? `${oneWord(arrival.name)}: ${text}` : text;
  const late = timeMs !== undefined && Math.abs(wallMs - timeMs) > LATE_MS;
  if (fields.length === 0 && !late) {
    // A plain line's last bracket holds its fields already; another's is text.
    const plain = timeMs === undefined && !isNumbered(arrival);
    return text.endsWith(']') && !plain ? `${named} []` : named;
  }
  let written = '';
  // Not `[name, value]`, which asks an iterator for each.
  for (const field of fields) written += ` ${fieldName(field[0])}=${quoted(field[1])}`;
  if (late) written += ` at=${timeOf(timeMs)}`;
  return `${named} [${written.slice(1)}]`;
}

/** The same of one of ours, of whose fields mostly nothing but the quotes has to go. */
function saidByOwn(own: OwnArrival, timeOf: (ms: number) => string): string {
  const { name, text, parameters, wallMs, timeMs, time } = own;
  if (!ALIKE.test(parameters)) return said(wholeOf(own), timeOf);
  const late = Math.abs(wallMs - timeMs) > LATE_MS ? ` at=${time}` : '';
  return `${name}: ${text} [${withoutQuotes(parameters)}${late}]`;
}

/** Without the blank before them too. Not by `replace`, which takes thrice as long. */
function withoutQuotes(parameters: string): string {
  let written = '';
  for (let from = 1; from < parameters.length; ) {
    const opening = parameters.indexOf('"', from);
    const closing = parameters.indexOf('"', opening + 1);
    written += parameters.slice(from, opening);
    written += parameters.slice(opening + 1, closing);
    from = closing + 1;
  }
  return written;
}

/** One that names nobody stands without, unless its text would be read as naming somebody. */
function isNamed(arrival: Arrival): boolean {
  const { name, peer, text } = arrival;
  return name !== peer || isNumbered(arrival) || guestNameBefore(text) !== undefined;
}

type Origin = Pick<Arrival, 'peer'> & { readonly boot?: string | undefined };

/** Many records that follow each other are of one boot of one guest. */
function originWriter(): (of: Origin) => string {
  let last: Origin = { peer: '', boot: undefined };
  let written = '';
  return ({ peer, boot }) => {
    if (written !== '' && peer === last.peer && boot === last.boot) return written;
    last = { peer, boot };
    written = `peer=${quoted(peer)}${boot === undefined ? '' : ` boot=${quoted(boot)}`}`;
    return written;
  };
}

function notes({ seq, marks }: Pick<Arrival, 'seq' | 'marks'>): string {
  let written = seq === undefined ? '' : ` seq=${seq}`;
  for (const mark of marks) written += ` mark=${inQuotes(mark)}`;
  return written;
}

export function knownOfText(line: string): Known | undefined {
  const last = bracketBefore(line);
  const head = HEAD.exec(line);
  if (!last || !head) return undefined;
  const [peer, boot, seq, ...marks] = last.fields;
  if (peer?.[0] !== 'peer' || boot?.[0] !== 'boot' || seq?.[0] !== 'seq') return undefined;
  if (marks.some(([name, mark]) => name !== 'mark' || isTorn(mark))) return undefined;
  const text = line.slice(head[0].length, last.from);
  // The record's own fields, which aren't needed.
  const end = lastBracket(text);
  return known(head[1], boot[1], seq[1], end < 0 ? text : text.slice(0, end));
}
