/** The time stamp of RFC 5424 (6.2.3): that of RFC 3339 with `T`, `Z` and no leap seconds. Pure. */

const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;
const FRACTION_AT = 19;
/** Date.UTC takes those before it for years of the last century. */
const YEAR_MIN = 100;
const MINUTE_MS = 60_000;
const MINUTES_OF_DAY = 24 * 60;

const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Many records that follow each other are of the same millisecond, and each is read once. */
let last: { readonly text: string; readonly timeMs: number | undefined } = {
  text: '',
  timeMs: undefined,
};

/** In milliseconds since 1970; undefined where there is no such time. */
export function timeOf(text: string): number | undefined {
  if (text !== last.text) last = { text, timeMs: read(text) };
  return last.timeMs;
}

function read(text: string): number | undefined {
  if (!SHAPE.test(text)) return undefined;
  const month = pair(text, 5);
  const day = pair(text, 8);
  const minutes = minutesAt(text, 11);
  const second = pair(text, 17);
  const offset = offsetOf(text);
  if (minutes === undefined || offset === undefined || second > 59) return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  if (year < YEAR_MIN) return undefined;
  const date = Date.UTC(year, month - 1, day);
  // The 30th of February is in March.
  if (month < 1 || month > 12 || new Date(date).getUTCDate() !== day) return undefined;
  return date + (minutes - offset) * MINUTE_MS + second * 1000 + milliseconds(text);
}

function pair(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/** `hh:mm`; undefined where no day has it. */
function minutesAt(text: string, at: number): number | undefined {
  const minutes = pair(text, at) * 60 + pair(text, at + 3);
  return pair(text, at + 3) < 60 && minutes < MINUTES_OF_DAY ? minutes : undefined;
}

function milliseconds(text: string): number {
  if (text.charCodeAt(FRACTION_AT) !== DOT) return 0;
  let sum = 0;
  for (let at = FRACTION_AT + 1, weight = 100; weight >= 1; at += 1, weight /= 10) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
    sum += digit * weight;
  }
  return sum;
}

/** Minutes east of Greenwich. */
function offsetOf(text: string): number | undefined {
  if (text.endsWith('Z')) return 0;
  const minutes = minutesAt(text, text.length - 5);
  if (minutes === undefined) return undefined;
  return text.charCodeAt(text.length - 6) === MINUS ? -minutes : minutes;
}
