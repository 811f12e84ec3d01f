/**
 * A line of the central log in the thesis's form: epoch seconds, the date as `date` prints it in the
 * C locale and in the sink's zone, and what the guest sent, made fit for one line.
 */
import { DateTime } from 'luxon';
import { escapeBytes } from '../escape.ts';
import type { Received } from './protocol.ts';
import { abbreviation, zoneNames } from './zone.ts';

/** Stands at the end of a line that didn't come whole. */
const FLAWS = { cut: ' [cut: over the limit]', torn: ' [torn: the connection broke]' } as const;

/** What stands before each line received at `wallMs`: `1242232480 Wed May 13 18:34:40 CEST 2009 `. */
export type Prefix = (wallMs: number) => string;

/** `zone` is an IANA name, or `local` for the sink's own. */
export function datePrefix(zone = 'local'): Prefix {
  const names = zoneNames(DateTime.fromMillis(0, { zone }).zoneName ?? 'UTC');
  let cached = { second: Number.NaN, text: '' };
  return (wallMs) => {
    const second = Math.floor(wallMs / 1000);
    if (second !== cached.second) {
      const time = DateTime.fromSeconds(second, { zone, locale: 'en-US' });
      cached = { second, text: `${second} ${cDate(time, abbreviation(time, names))} ` };
    }
    return cached.text;
  };
}

/** One line without its newline. */
export function outputLine(prefix: string, { bytes, flaw }: Received): string {
  return `${prefix}${escapeBytes(bytes)}${flaw ? FLAWS[flaw] : ''}`;
}

/** date(1): `%a %b %e %H:%M:%S %Z %Y`, the day padded with a blank. */
function cDate(time: DateTime, zone: string): string {
  const day = String(time.day).padStart(2);
  return `${time.toFormat('ccc LLL')} ${day} ${time.toFormat('HH:mm:ss')} ${zone} ${time.year}`;
}
