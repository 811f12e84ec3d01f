/**
 * Conf values about time of day and year: windows, closed days, zones. Like option-types.ts: pure,
 * bounded, and never throwing.
 */
import { isZone } from './local-time.ts';
import { bad, good } from './option-types.ts';
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';
import { DAY_MINUTES, type DayRange, type Window } from './windows.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** February has its 29th: a range may end there. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const WINDOWS_MAX = 100;
const ZONE_MAX = 64;

const WINDOW = /^(?:([a-z]+)(?:\s*-\s*([a-z]+))?\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})$/i;

/** `Mon-Fri 09:00-16:00, Sat 10:00-14:00`; without a day, every day. */
export const windows: OptionType<readonly Window[]> = {
  name: 'windows',
  parse: (text) => each(text, 'windows', windowFrom),
};

/** `05-17, 12-24..12-26`: month and day. */
export const closedDays: OptionType<readonly DayRange[]> = {
  name: 'days of the year',
  parse: (text) => each(text, 'ranges', rangeFrom),
};

/** An IANA name, `Europe/Oslo`. */
export const zone: OptionType<string> = {
  name: 'time zone',
  parse(text) {
    const known = text.length <= ZONE_MAX && isZone(text);
    return known ? good(text) : bad(`${quoted(text)} is not a time zone such as Europe/Oslo`);
  },
};

function each<T>(text: string, what: string, parse: (part: string) => Parsed<T>) {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > WINDOWS_MAX) return bad(`holds more than ${WINDOWS_MAX} ${what}`);
  if (parts.includes('')) return bad('holds an empty entry between two commas, or at an end');
  const values: T[] = [];
  for (const part of parts) {
    const parsed = parse(part);
    if (!parsed.ok) return parsed;
    values.push(parsed.value);
  }
  return good<readonly T[]>(values);
}

function windowFrom(text: string): Parsed<Window> {
  const match = WINDOW.exec(text);
  if (!match) return bad(`${quoted(text)} is not a window such as Mon-Fri 09:00-16:00`);
  const [, first, last, from = '', to = ''] = match;
  const weekdays = weekdaysFrom(first, last);
  if (!weekdays.ok) return weekdays;
  const opens = minuteFrom(from);
  if (!opens.ok) return opens;
  const closes = minuteFrom(to);
  if (!closes.ok) return closes;
  return windowOf(weekdays.value, opens.value, closes.value, text);
}

function windowOf(
  weekdays: readonly number[],
  opens: number,
  closes: number,
  text: string,
): Parsed<Window> {
  if (opens === closes) {
    return bad(`${quoted(text)} opens and closes at once; a whole day is 00:00-24:00`);
  }
  if (opens === DAY_MINUTES)
    return bad(`${quoted(text)} opens at 24:00; that is 00:00 a day later`);
  return good({ weekdays, opens, closes: closes > opens ? closes : closes + DAY_MINUTES });
}

/** `Fri-Mon` goes over the weekend. */
function weekdaysFrom(first?: string, last = first): Parsed<readonly number[]> {
  if (first === undefined) return good(EVERY_DAY);
  const [from, to] = [first, last ?? first].map((day) => WEEKDAYS.indexOf(day.toLowerCase()) + 1);
  const wrong = from ? last : first;
  if (!from || !to) return bad(`${quoted(wrong ?? '')} is not a day: Mon, Tue, Wed … or Mon-Fri`);
  const length = ((to - from + 7) % 7) + 1;
  return good(Array.from({ length }, (_, i) => ((from - 1 + i) % 7) + 1));
}

function minuteFrom(text: string): Parsed<number> {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  const minute = hours * 60 + minutes;
  const fits = minutes < 60 && minute <= DAY_MINUTES;
  return fits ? good(minute) : bad(`${quoted(text)} is not a time of day from 00:00 to 24:00`);
}

function rangeFrom(text: string): Parsed<DayRange> {
  const match = /^(\d{1,2}-\d{1,2})(?:\s*\.\.\s*(\d{1,2}-\d{1,2}))?$/.exec(text);
  if (!match?.[1]) {
    return bad(`${quoted(text)} is not a day such as 05-17, nor days such as 12-24..12-26`);
  }
  const from = monthDayFrom(match[1]);
  if (!from.ok) return from;
  const to = monthDayFrom(match[2] ?? match[1]);
  return to.ok ? good({ from: from.value, to: to.value }) : to;
}

function monthDayFrom(text: string): Parsed<number> {
  const [month = 0, day = 0] = text.split('-').map(Number);
  const fits = day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0);
  return fits ? good(month * 100 + day) : bad(`${quoted(text)} is not a month and a day of it`);
}
