/**
 * Moments of the past as people write them: `2009-05-13T18:34:40Z`, `2009-05-13 18:34`, `14:02`,
 * `yesterday 14:02`, `Tue 14:02:09` as `explain` prints them, and spans ago, as in `2h`.
 */
import { DateTime } from 'luxon';
import { duration } from '../core/option-types.ts';

const CLOCKS = ['H:mm', 'H:mm:ss'];
/** Fewer digits are too likely a mistake. */
const EPOCH = /^@?(\d{9,11})$/;
const WORD = /^[A-Za-z]+$/;
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Milliseconds since 1970; undefined where it isn't a moment, or none of the past. */
export function parseMoment(text: string, nowMs: number, zone: string): number | undefined {
  const ms = agoMs(text, nowMs) ?? wrote(text, DateTime.fromMillis(nowMs, { zone }));
  return ms === undefined || ms > nowMs ? undefined : ms;
}

/**
 * The same for a moment that a span of time begins or ends with: also a day, `yesterday`, which is its
 * beginning, and seconds since 1970, as log lines begin with them.
 */
export function parseBound(text: string, nowMs: number, zone: string): number | undefined {
  const ms = epochMs(text) ?? beginMs(text, DateTime.fromMillis(nowMs, { zone }));
  if (ms === undefined) return parseMoment(text, nowMs, zone);
  return ms > nowMs ? undefined : ms;
}

function epochMs(text: string): number | undefined {
  const seconds = EPOCH.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function beginMs(word: string, now: DateTime): number | undefined {
  return WORD.test(word) ? dayOf(word.toLowerCase(), now)?.startOf('day').toMillis() : undefined;
}

function agoMs(text: string, nowMs: number): number | undefined {
  // A bare number would be seconds in the conf; here it is too likely a mistake.
  const span = /[a-z]/.test(text) ? duration.parse(text) : undefined;
  return span?.ok ? nowMs - span.value : undefined;
}

function wrote(text: string, now: DateTime): number | undefined {
  const [first = '', second] = text.trim().split(/\s+/);
  if (second === undefined && /^\d{1,2}:/.test(first)) return latest(first, now);
  const day = second === undefined ? undefined : dayOf(first.toLowerCase(), now);
  if (day && second !== undefined) return timeOn(second, day)?.toMillis();
  const whole = DateTime.fromISO(text.trim().replace(' ', 'T'), { zone: now.zone });
  return whole.isValid && text.includes('-') ? whole.toMillis() : undefined;
}

/** The latest such time of day that isn't to come. */
function latest(clock: string, now: DateTime): number | undefined {
  const today = timeOn(clock, now);
  if (!today) return undefined;
  return (today <= now ? today : timeOn(clock, now.minus({ days: 1 })))?.toMillis();
}

function dayOf(word: string, now: DateTime): DateTime | undefined {
  if (word === 'today') return now;
  if (word === 'yesterday') return now.minus({ days: 1 });
  const weekday = WEEKDAYS.indexOf(word.slice(0, 3)) + 1;
  if (weekday === 0) return undefined;
  return now.minus({ days: (now.weekday - weekday + 7) % 7 || 7 });
}

/** Undefined where the clocks skip that time of that day: luxon would give another one. */
function timeOn(clock: string, day: DateTime): DateTime | undefined {
  const date = day.toFormat('yyyy-MM-dd');
  const found = CLOCKS.map((format) =>
    DateTime.fromFormat(`${date} ${clock}`, `yyyy-MM-dd ${format}`, { zone: day.zone }),
  ).find(({ isValid }) => isValid);
  const same = found && found.hour === Number(clock.split(':')[0]);
  return same ? found : undefined;
}
