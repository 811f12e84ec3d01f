/**
 * What stands before each line of the text form: epoch seconds, and the date as `date` prints it in
 * the C locale and in the sink's zone.
 */
import { DateTime } from 'luxon';
import { abbreviation, zoneNames } from './zone.ts';

/** Of a line that came at `wallMs`: `1242232480 Wed May 13 18:34:40 CEST 2009 `. */
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

/** date(1): `%a %b %e %H:%M:%S %Z %Y`, the day padded with a blank. */
function cDate(time: DateTime, zone: string): string {
  const day = String(time.day).padStart(2);
  return `${time.toFormat('ccc LLL')} ${day} ${time.toFormat('HH:mm:ss')} ${zone} ${time.year}`;
}
