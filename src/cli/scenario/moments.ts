/**
 * Moments of a scenario: `35m` and `1h30m` after its first reading, or times of the guest's clock:
 * `17:00`, `Mon 17:00`, `2026-10-25 02:30+01:00`. Pure.
 */
import { DateTime, FixedOffsetZone } from 'luxon';
import { bad, good } from '../../core/option-types.ts';
import type { Parsed } from '../../core/options.ts';
import { quoted } from '../../core/text.ts';

/** From the first reading of a scenario to its last. */
export interface Axis {
  readonly startMs: number;
  readonly endMs: number;
  readonly zone: string;
  /** Whether it says when it begins: otherwise times of the clock mean nothing. */
  readonly dated: boolean;
}

/** Both ends included; a single moment has the same twice. */
export interface When {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const AMOUNT = '\\d{1,9}(?:\\.\\d{1,6})?';
const SPAN = new RegExp(`^${UNITS.map(([unit]) => `(?:(${AMOUNT})${unit})?`).join('')}$`);

const CLOCK =
  /^(?:([A-Za-z]{3,9})\s+)?(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2}):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?$/;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `35m`, `35m..1h`, `35m..` or `..17:00`; none: from the first reading to the last. */
export function parseWhen(text: string, axis: Axis): Parsed<When> {
  if (text === '') return good({ fromMs: axis.startMs, toMs: axis.endMs });
  const [first = '', last, ...more] = text.split('..').map((part) => part.trim());
  if (more.length > 0 || text === '..') return bad(`${quoted(text)} is no span such as 5m..35m`);
  const from = first === '' ? good(axis.startMs) : parseMoment(first, axis);
  if (!from.ok) return from;
  const to = last === '' ? good(axis.endMs) : parseMoment(last ?? first, axis);
  if (!to.ok) return to;
  if (to.value < from.value) return bad(`${quoted(text)} ends before it begins`);
  return good({ fromMs: from.value, toMs: to.value });
}

function parseMoment(text: string, axis: Axis): Parsed<number> {
  const clock = CLOCK.exec(text);
  if (clock) return axis.dated ? onClock(text, clock, axis) : bad(undated(text));
  const afterMs = parseAfter(text);
  if (!afterMs.ok) return afterMs;
  const atMs = axis.startMs + afterMs.value;
  return atMs <= axis.endMs ? good(atMs) : bad(`${quoted(text)} ${outside(axis)}`);
}

function undated(text: string): string {
  return `${quoted(text)} is a time of the clock: say when the test begins, as in start = Mon 2026-01-05 08:00`;
}

function outside({ startMs, endMs }: Axis): string {
  return `lies outside the series, which goes from 0m to ${offsetText(endMs - startMs)}`;
}

function parseAfter(text: string): Parsed<number> {
  if (text === '0') return good(0);
  const match = SPAN.exec(text);
  if (match && text !== '') {
    return good(UNITS.reduce((sum, [, ms], i) => sum + Number(match[i + 1] ?? 0) * ms, 0));
  }
  if (/^\d+$/.test(text)) return bad(`${quoted(text)} has no unit: write ${text}m or ${text}s`);
  return bad(`${quoted(text)} is no moment such as 35m, 1h30m, 17:00 or Mon 17:00`);
}

/** The one such moment between the first reading and the last. */
function onClock(text: string, clock: RegExpExecArray, axis: Axis): Parsed<number> {
  const wanted = wantedFrom(text, clock);
  if (!wanted.ok) return wanted;
  const found = comingsIn(wanted.value, axis);
  const [only, second] = found;
  if (only === undefined) return bad(`${quoted(text)} ${neverComes(axis)}`);
  if (second === undefined) return good(only);
  const all = found.slice(0, 2).map((ms) => dated(ms, axis.zone));
  return bad(`${quoted(text)} comes more than once: write ${all.join(' or ')}`);
}

function neverComes(axis: Axis): string {
  const [from, to] = [axis.startMs, axis.endMs].map((ms) => dated(ms, axis.zone));
  return `doesn't come in the series, which goes from ${from} to ${to} (${axis.zone})`;
}

/** When a scenario begins: a date and a time, in the zone unless it has an offset of its own. */
export function parseStart(text: string, zone: string): Parsed<number> {
  const clock = CLOCK.exec(text);
  if (!clock?.[2]) return bad(`${quoted(text)} is no moment such as Mon 2026-01-05 08:00`);
  const wanted = wantedFrom(text, clock);
  if (!wanted.ok) return wanted;
  const [only, second] = comingsOn(wanted.value, DateTime.fromISO(clock[2], { zone }));
  if (only === undefined) return bad(`${quoted(text)} is a time that there isn't in ${zone}`);
  if (second === undefined) return good(only);
  const both = [only, second].map((ms) => dated(ms, zone));
  return bad(`${quoted(text)} comes twice, as the clocks go back: write ${both.join(' or ')}`);
}

interface Wanted {
  readonly weekday: number | undefined;
  readonly date: string | undefined;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes east of UTC. */
  readonly offset: number | undefined;
}

function wantedFrom(text: string, match: RegExpExecArray): Parsed<Wanted> {
  const [, dayName, date, hours, minutes, seconds = '0', zone] = match;
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (hour > 23 || minute > 59 || second > 59) return bad(`${quoted(text)} is no time of a day`);
  const day = date === undefined ? undefined : DateTime.fromISO(date, { zone: 'utc' });
  if (day?.isValid === false) return bad(`${quoted(date ?? '')} is a day that there isn't`);
  const weekday = dayName === undefined ? undefined : weekdayOf(dayName);
  if (weekday === 0) return bad(`${quoted(dayName ?? '')} is not a day: ${DAYS.join(', ')}`);
  if (day && weekday !== undefined && day.weekday !== weekday) {
    return bad(`${date} is a ${DAYS[day.weekday - 1]}, not a ${dayName}`);
  }
  return good({ weekday, date, hour, minute, second, offset: offsetFrom(zone) });
}

/** 1 is Monday, 7 Sunday; 0 for what is no day. */
function weekdayOf(name: string): number {
  return DAYS.findIndex((day) => day.toLowerCase() === name.toLowerCase()) + 1;
}

function offsetFrom(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  return zone === 'Z' ? 0 : FixedOffsetZone.parseSpecifier(`UTC${zone}`).offset(0);
}

function comingsIn(wanted: Wanted, { startMs, endMs, zone }: Axis): number[] {
  const found: number[] = [];
  const lastDay = DateTime.fromMillis(endMs, { zone }).startOf('day');
  let day = DateTime.fromMillis(startMs, { zone }).startOf('day');
  for (; day <= lastDay; day = day.plus({ days: 1 })) {
    const isDay = wanted.date === undefined || wanted.date === day.toISODate();
    const isWeekday = wanted.weekday === undefined || wanted.weekday === day.weekday;
    if (isDay && isWeekday) found.push(...comingsOn(wanted, day));
  }
  return found.filter((ms) => ms >= startMs && ms <= endMs);
}

/** None where the clocks go forward over it, two where they go back over it. */
function comingsOn({ hour, minute, second, offset }: Wanted, day: DateTime): number[] {
  const at = day.set({ hour, minute, second, millisecond: 0 });
  if (at.hour !== hour || at.minute !== minute) return [];
  const all = at.getPossibleOffsets().toSorted((a, b) => a.toMillis() - b.toMillis());
  const meant = all.filter((each) => offset === undefined || each.offset === offset);
  return meant.map((each) => each.toMillis());
}

function dated(ms: number, zone: string): string {
  return DateTime.fromMillis(ms, { zone }).setLocale('en').toFormat('yyyy-MM-dd HH:mmZZ');
}

/** Exactly, as `parseWhen` takes it: `0m`, `35m`, `1h30m`, `2m30s`. */
export function offsetText(ms: number): string {
  if (ms === 0) return '0m';
  let rest = ms;
  const parts = UNITS.map(([unit, size]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return n === 0 ? '' : `${n}${unit}`;
  });
  return parts.join('');
}

/** `35m`; where the scenario says when it begins, with the time of the clock: `35m (Mon 08:35)`. */
export function momentText(ms: number, axis: Axis): string {
  const after = offsetText(ms - axis.startMs);
  return axis.dated ? `${after} (${clockText(ms, axis)})` : after;
}

/** `Mon 08:35`, with its seconds where there are any. */
export function clockText(ms: number, { zone }: Axis): string {
  const at = DateTime.fromMillis(ms, { zone }).setLocale('en');
  return at.toFormat(at.second === 0 ? 'EEE HH:mm' : 'EEE HH:mm:ss');
}

export function whenText({ fromMs, toMs }: When, axis: Axis): string {
  if (fromMs === toMs) return `at ${momentText(fromMs, axis)}`;
  return `from ${momentText(fromMs, axis)} to ${momentText(toMs, axis)}`;
}
