/**
 * Reads a message of syslog, RFC 5424 or RFC 3164 as it is written by logger, rsyslog, syslog-ng and
 * Cisco's devices. Strict: what is neither is nobody's, and kept whole by whoever asked. Pure; it
 * takes text in which everything can be seen (escape.ts), and changes nothing of what it reads.
 */
import { elementsAt } from './structured-data.ts';
import { timeOf } from './time-stamp.ts';

export interface SyslogMessage {
  /** Facility × 8 + severity. */
  readonly priority: number;
  /** In milliseconds since 1970, where the time has a year and a zone. */
  readonly timeMs: number | undefined;
  /** A time without them, as it was written: `May 13 18:34:40`. */
  readonly localTime: string | undefined;
  readonly host: string | undefined;
  readonly app: string | undefined;
  readonly process: string | undefined;
  readonly messageId: string | undefined;
  readonly elements: readonly Element[];
  readonly text: string;
}

/** An element of structured data (RFC 5424, 6.3). */
export interface Element {
  readonly id: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export const PRIORITY_MAX = 191;
const NIL = '-';
/** As escape.ts writes the byte order mark that may stand before the text. */
const ESCAPED_MARK = '\\xef\\xbb\\xbf';

const VERSION = '1 ';
/** TIMESTAMP HOSTNAME APP-NAME PROCID MSGID: as long as RFC 5424, 6 lets each of them be. */
const HEADER_LENGTHS = [32, 255, 48, 128, 32] as const;
const BLANK = 0x20;
const ZERO = 0x30;
const OPENING = 0x3c;
const TILDE = 0x7e;

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const LOCAL_TIME = `(?:${MONTHS}) (?: \\d|\\d\\d)(?: \\d{4})? \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?`;
const FULL_TIME = '\\d{4}-\\d\\d-\\d\\dT[\\d:.Z+-]{9,21}';
/** As syslog-ng's loggen writes it. */
const UNZONED_TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?= )';
const HOST = '[A-Za-z0-9._:-]{1,255}';

/** `May 13 18:34:40 HOST …`, or with the time as RFC 5424 writes it, as rsyslog forwards by default. */
const HEADER_3164 = new RegExp(
  `(?:(${LOCAL_TIME}|${UNZONED_TIME})|(${FULL_TIME})) (?:(${HOST}) (?:: (?=%))?)?`,
  'y',
);
/** `TAG: `, `TAG[PID]: `. */
const TAG = /([^\s:%[\]][^\s:[\]]{0,63})(?:\[([^\s[\]]{1,128})\])?:(?: |$)/y;
/** `29: host: *Mar  1 00:00:01.123 UTC: %SYS-5-CONFIG_I: …`, each part but the last where it is told. */
const CISCO = new RegExp(
  `(?:\\d{1,10}: )?(?:(${HOST}): )?(?:[.*]?(${LOCAL_TIME})(?: [A-Z]{1,5})? ?: ?)?(?=: ?%|%[A-Z0-9_]+-(?:[A-Z0-9_]+-)*\\d-[A-Z0-9_]+:)(?:: ?)?`,
  'y',
);

/** Undefined where the text is no message of either kind. */
export function parseSyslog(text: string): SyslogMessage | undefined {
  const end = text.charCodeAt(0) === OPENING ? text.indexOf('>', 1) : -1;
  const priority = end > 1 && end <= 4 ? priorityIn(text, end) : -1;
  if (priority < 0 || priority > PRIORITY_MAX) return undefined;
  const at = end + 1;
  return rfc5424(text, at, priority) ?? cisco(text, at, priority) ?? rfc3164(text, at, priority);
}

/** -1 where something else than digits stands between `<` and the `>` at `end`. */
function priorityIn(text: string, end: number): number {
  let priority = 0;
  for (let at = 1; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    priority = priority * 10 + digit;
  }
  return priority;
}

function rfc5424(text: string, from: number, priority: number): SyslogMessage | undefined {
  const header = text.startsWith(VERSION, from) ? headerAt(text, from + VERSION.length) : undefined;
  if (!header) return undefined;
  const [time = NIL, host, app, process, messageId] = header.words;
  const timeMs = time === NIL ? undefined : timeOf(time);
  if (time !== NIL && timeMs === undefined) return undefined;
  const data = elementsAt(text, header.end);
  if (!data) return undefined;
  const { end, elements } = data;
  if (end < text.length && text[end] !== ' ') return undefined;
  return {
    priority,
    timeMs,
    localTime: undefined,
    host: told(host),
    app: told(app),
    process: told(process),
    messageId: told(messageId),
    elements,
    text: withoutMark(text.slice(end + 1)),
  };
}

/** The words before the structured data, and where that begins. */
function headerAt(text: string, from: number): { words: string[]; end: number } | undefined {
  const words: string[] = [];
  let at = from;
  for (const most of HEADER_LENGTHS) {
    const end = endOfWord(text, at, most);
    if (end < 0) return undefined;
    words.push(text.slice(at, end));
    at = end + 1;
  }
  return { words, end: at };
}

/** Where the blank stands that ends a word of visible ASCII; -1 where there is none so long. */
function endOfWord(text: string, from: number, most: number): number {
  let at = from;
  for (; at <= from + most; at += 1) {
    const code = text.charCodeAt(at);
    // Not a number at the end of the text.
    if (!(code > BLANK && code <= TILDE)) break;
  }
  return at > from && at <= from + most && text.charCodeAt(at) === BLANK ? at : -1;
}

function rfc3164(text: string, from: number, priority: number): SyslogMessage | undefined {
  HEADER_3164.lastIndex = from;
  const header = HEADER_3164.exec(text);
  if (!header) return undefined;
  const [, localTime, time, named] = header;
  const timeMs = time === undefined ? undefined : timeOf(time);
  if (time !== undefined && timeMs === undefined) return undefined;
  // `May 13 18:34:40 su: failed`: what is written on the machine itself has no host.
  const isTag = named?.endsWith(':') ?? false;
  const host = isTag ? undefined : named;
  const rest = HEADER_3164.lastIndex - (isTag && named ? named.length + 1 : 0);
  TAG.lastIndex = rest;
  const tag = TAG.exec(text);
  return {
    ...message(priority, host, text.slice(tag ? TAG.lastIndex : rest)),
    timeMs,
    localTime,
    app: tag?.[1],
    process: tag?.[2],
  };
}

function cisco(text: string, from: number, priority: number): SyslogMessage | undefined {
  CISCO.lastIndex = from;
  const header = CISCO.exec(text);
  if (!header) return undefined;
  const [, host, localTime] = header;
  return { ...message(priority, host, text.slice(CISCO.lastIndex)), localTime };
}

function message(priority: number, host: string | undefined, text: string): SyslogMessage {
  const unknown = undefined;
  const none = { timeMs: unknown, localTime: unknown, app: unknown, process: unknown };
  return { ...none, priority, host, messageId: unknown, elements: [], text };
}

function told(value: string | undefined): string | undefined {
  return value === NIL ? undefined : value;
}

/** Without the byte order mark, and without the blank that rsyslog's templates leave at the beginning. */
function withoutMark(text: string): string {
  if (text.startsWith(ESCAPED_MARK)) return text.slice(ESCAPED_MARK.length);
  return text.startsWith(' ') ? text.slice(1) : text;
}
