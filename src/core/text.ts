/** How spans, values and foreign text are written for people. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `250ms`, `4.1s`, `45s`, `14m09s`, `3h05m`, `2d04h`; a span below zero counts as none. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, Math.round(ms));
  if (span < SECOND) return span === 0 ? '0s' : `${span}ms`;
  if (span < 10 * SECOND) return `${Number((span / SECOND).toFixed(1))}s`;
  if (span < MINUTE) return pair(span, SECOND, 's');
  if (span < HOUR) return pair(span, MINUTE, 'm', SECOND, 's');
  if (span < DAY) return pair(span, HOUR, 'h', MINUTE, 'm');
  return pair(span, DAY, 'd', HOUR, 'h');
}

/** Rounded to the smaller unit; the smaller one is left out when it is zero. */
function pair(span: number, big: number, bigName: string, small?: number, smallName = ''): string {
  if (small === undefined) return `${Math.round(span / big)}${bigName}`;
  const rounded = Math.round(span / small) * small;
  const rest = (rounded % big) / small;
  const head = `${Math.floor(rounded / big)}${bigName}`;
  return rest === 0 ? head : `${head}${String(rest).padStart(2, '0')}${smallName}`;
}

const QUOTED_MAX = 60;

/** A value in a sentence: in quotes, cut to a bearable length, and safe for a terminal. */
export function quoted(value: string): string {
  const whole = value.length <= QUOTED_MAX;
  return `“${printable(whole ? value : `${value.slice(0, QUOTED_MAX)}…`)}”`;
}

/** A word as a shell takes it, in a line that a person copies. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Text without control characters, bidirectional overrides and broken surrogates. */
export function printable(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => {
    const code = (c.codePointAt(0) ?? 0).toString(16);
    return `\\u{${code}}`;
  });
}

/** `76/min`, `40%`, `12 workers`, `12`. */
export function quantity(value: number, unit: string): string {
  const number = String(Number(value.toPrecision(6)));
  return unit === '' || /^[/%]/.test(unit) ? `${number}${unit}` : `${number} ${unit}`;
}
