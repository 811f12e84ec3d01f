/**
 * Records as our own sender writes them (formats/rfc5424.ts), read without making anything of what only
 * some of who store them look at. It is an optimisation of one meaning, `arrivalOf`: what isn't quite of
 * this shape is left to that. Pure.
 */
import { elementsAt } from '../formats/structured-data.ts';
import { PRIORITY_MAX } from '../formats/syslog.ts';
import { timeOf } from '../formats/time-stamp.ts';
import { isGuestName } from '../guest-name.ts';
import type { Arrival, OwnArrival } from './arrival.ts';
import type { Received } from './protocol.ts';
import type { Sender } from './reading.ts';

/** `2009-05-13T16:34:40.123Z` */
const TIME_LENGTH = 24;
const SEQ_DIGITS_MAX = 15;
const NO_MARKS: readonly string[] = [];

const VISIBLE = /^[ -[^-~\]]*$/;
/** Up to the number: `<30>1 TIME HOST vmmanage - - [vmmanage@32473 boot="…" seq="`. */
const HEAD =
  /^(<(\d{1,3})>1 )[^ ]{24}( ([^ ]{1,64}) vmmanage - - \[vmmanage@32473 boot="([^"\]]{1,64})" seq=")/;
/** Behind the number. */
const PARAMETERS = /"(?: [!#-<>-Z^-~]{1,32}="[^"\]]*"){0,62}\] /y;

const NIL = '-';
const ZERO = 0x30;
const BLANK = 0x20;

/** What stands before and behind the time, the same for many records that follow each other. */
interface Head {
  readonly before: string;
  readonly behind: string;
  readonly priority: number;
  readonly claimed: string;
  readonly boot: string;
}

let last: Head = { before: '\n', behind: '', priority: 0, claimed: '', boot: '' };

/** Undefined where it is of another shape, holds an escape or what can't be seen, or needs a mark. */
export function ownArrivalOf(
  { bytes, flaw, form }: Received,
  { peer, certificate }: Sender,
  wallMs: number,
): OwnArrival | undefined {
  if (form !== 'syslog' || flaw !== undefined) return undefined;
  const message = bytes.toString('latin1');
  if (!VISIBLE.test(message)) return undefined;
  const head = headOf(message);
  if (!head || (certificate !== undefined && certificate !== head.claimed)) return undefined;
  const timeAt = head.before.length;
  const time = message.slice(timeAt, timeAt + TIME_LENGTH);
  const timeMs = time.endsWith('Z') ? timeOf(time) : undefined;
  const seqAt = timeAt + TIME_LENGTH + head.behind.length;
  const seqEnd = endOfNumber(message, seqAt);
  PARAMETERS.lastIndex = seqEnd;
  if (timeMs === undefined || seqEnd < 0 || !PARAMETERS.test(message)) return undefined;
  const textAt = PARAMETERS.lastIndex;
  // What begins with another blank has it taken away.
  if (message.charCodeAt(textAt) === BLANK) return undefined;
  return {
    wallMs,
    peer,
    name: head.claimed,
    time,
    timeMs,
    boot: head.boot,
    seq: Number(message.slice(seqAt, seqEnd)),
    priority: head.priority,
    text: message.slice(textAt),
    parameters: message.slice(seqEnd + 1, textAt - 2),
    marks: NO_MARKS,
  };
}

/** With its fields. */
export function wholeOf({ time: _, parameters, ...rest }: OwnArrival): Arrival {
  const [element] = elementsAt(`[-${parameters}]`, 0)?.elements ?? [];
  return { ...rest, fields: element?.parameters ?? [] };
}

function headOf(message: string): Head | undefined {
  const { before, behind } = last;
  if (message.startsWith(before) && message.startsWith(behind, before.length + TIME_LENGTH)) {
    return last;
  }
  const found = HEAD.exec(message);
  if (!found) return undefined;
  const [, begin = '', digits, end = '', claimed = '', boot = ''] = found;
  const priority = Number(digits);
  if (priority > PRIORITY_MAX || claimed === NIL || !isGuestName(claimed)) return undefined;
  last = { before: begin, behind: end, priority, claimed, boot };
  return last;
}

/** Of one without a leading zero; -1 where none is there. */
function endOfNumber(message: string, from: number): number {
  let at = from;
  while (isDigit(message.charCodeAt(at))) at += 1;
  const fits = at > from && at - from <= SEQ_DIGITS_MAX;
  return fits && (message.charCodeAt(from) !== ZERO || at === from + 1) ? at : -1;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}
