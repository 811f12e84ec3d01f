/**
 * Moments for people, in their zone: the time of day, with the day where it isn't today. Which
 * moment is now is told by the caller; no clock is read.
 */
import { DateTime } from 'luxon';
import { formatSpan } from '../../core/text.ts';
import type { HoursReport } from '../../wire/control.ts';

export interface Here {
  /** RFC 3339. */
  readonly now: string;
  /** A luxon zone. */
  readonly zone: string;
}

type Detail = 'minutes' | 'seconds';

/** `03:24:11`, `Tue 14:02:09`, `2009-05-13 18:34:40`; what isn't a time is given as it is. */
export function moment(time: string, { now, zone }: Here, detail: Detail = 'seconds'): string {
  const at = DateTime.fromISO(time, { zone }).setLocale('en');
  if (!at.isValid) return time;
  const clock = at.toFormat(detail === 'seconds' ? 'HH:mm:ss' : 'HH:mm');
  return `${day(at, DateTime.fromISO(now, { zone }))}${clock}`;
}

/** Nothing for today; a weekday within six days of now; else the date. */
function day(at: DateTime, now: DateTime): string {
  if (at.hasSame(now, 'day')) return '';
  const days = Math.abs(at.startOf('day').diff(now.startOf('day'), 'days').days);
  return days <= 6 ? `${at.toFormat('EEE')} ` : `${at.toFormat('yyyy-MM-dd')} `;
}

/**
 * `in workhours until 17:00`, `outside workhours until Mon 07:30`: in the zone that the hours are
 * meant in, which is named where it isn't the reader's: `until 08:00 (Asia/Tokyo)`.
 */
export function hoursText({ inside, until, zone }: HoursReport, here: Here): string {
  const side = inside ? 'in workhours' : 'outside workhours';
  if (until === undefined) return side;
  const own = DateTime.fromISO(here.now, { zone: here.zone }).zoneName;
  const named = zone === own ? '' : ` (${zone})`;
  return `${side} until ${moment(until, { now: here.now, zone }, 'minutes')}${named}`;
}

/** How long ago, never less than none: `8s`, `14m09s`. */
export function ago(time: string, now: string): string {
  return roundSpan(Date.parse(now) - Date.parse(time));
}

/** A span to the second: people compare it with a clock. */
export function roundSpan(ms: number): string {
  return formatSpan(Math.round(ms / 1000) * 1000);
}

/** The span of a limit, in hours up to two days as the conf has it: `24h`, `7d`. */
export function limitSpan(ms: number): string {
  const hours = ms / 3_600_000;
  return Number.isInteger(hours) && hours <= 48 && hours >= 1 ? `${hours}h` : formatSpan(ms);
}

/** A pause as it was felt: `4.1s`. */
export function exactSpan(ms: number): string {
  return formatSpan(ms);
}
