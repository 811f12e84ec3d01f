/**
 * Working hours, from the text of DESIGN.md §5 alone and as naively as can be: an edge of a window is
 * found by walking over the minutes. It must not import anything of src/, nor luxon.
 */

export interface Hours {
  readonly windows: readonly DayWindow[];
  /** From and to, both included, as [month, day]. */
  readonly closed: readonly (readonly [from: MonthDay, to: MonthDay])[];
  readonly zone: string;
}

export interface DayWindow {
  /** 1 is Monday. */
  readonly days: readonly number[];
  /** Minutes of the day; an end beyond 1440 lies on the next day. */
  readonly opens: number;
  readonly closes: number;
}

export type MonthDay = readonly [month: number, day: number];

const MINUTE = 60;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `time`: seconds since 1970. */
export function isOpen(hours: Hours, time: number): boolean {
  const today = Math.floor(localTime(hours.zone, time) / DAY);
  return spans(hours, today - 2, today + 1).some(([from, to]) => from <= time && time < to);
}

/** The moments in (from, to] at which a window opens or closes, and no other holds it open. */
export function changes(hours: Hours, from: number, to: number): readonly number[] {
  const known = CHANGES.get(hours);
  if (known?.from === from && to <= known.to) return known.found.filter((time) => time <= to);
  const later = to + DAY;
  const edges = spans(hours, Math.floor(from / DAY) - 3, Math.floor(later / DAY) + 2).flat();
  const found = edges.filter((time) => {
    const differs = isOpen(hours, time) !== isOpen(hours, time - MINUTE);
    return time > from && time <= later && differs;
  });
  CHANGES.set(hours, { from, to: later, found });
  return found.filter((time) => time <= to);
}

const CHANGES = new WeakMap<Hours, { from: number; to: number; found: readonly number[] }>();

type Span = readonly [from: number, to: number];

function spans(hours: Hours, firstDay: number, lastDay: number): Span[] {
  const days = Array.from({ length: lastDay - firstDay + 1 }, (_, n) => firstDay + n);
  return days.flatMap((day) => spansOf(hours, day));
}

/** “A window belongs to the day it opens”; “the end is outside”. */
function spansOf(hours: Hours, day: number): readonly Span[] {
  const { zone, windows } = hours;
  const known = SPANS.get(hours) ?? new Map<number, readonly Span[]>();
  SPANS.set(hours, known);
  const found =
    known.get(day) ??
    windows
      .filter((window) => opensOn(hours, window, day))
      .map(
        ({ opens, closes }): Span => [
          firstComing(zone, day * DAY + opens * MINUTE),
          lastComing(zone, day * DAY + closes * MINUTE),
        ],
      );
  known.set(day, found);
  return found;
}

const SPANS = new WeakMap<Hours, Map<number, readonly Span[]>>();

function opensOn({ closed }: Hours, { days }: DayWindow, day: number): boolean {
  // 1970 began on a Thursday.
  const weekday = ((day + 3) % 7) + 1;
  const date = new Date(day * DAY * 1000);
  const yearDay = (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  const number = ([month, dayOfMonth]: MonthDay) => month * 100 + dayOfMonth;
  const isClosed = closed.some(([from, to]) => {
    const [first, last] = [number(from), number(to)];
    if (first <= last) return first <= yearDay && yearDay <= last;
    return yearDay >= first || yearDay <= last;
  });
  return days.includes(weekday) && !isClosed;
}

/** No change of the clocks is greater. */
const NEAR = 2 * HOUR;

/** “A time that comes twice means its first coming for an opening …” */
const firstComing = remembered((zone, local) => comings(zone, local)[0] ?? Number.NaN);

/** “… and its second for a closing.” */
const lastComing = remembered((zone, local) => comings(zone, local).at(-1) ?? Number.NaN);

/** “A time that doesn't exist means the first one that does.” */
function comings(zone: string, local: number): number[] {
  const usual = offsetAt(zone, local);
  const near = local - usual - NEAR;
  // As on nearly every day: the clocks aren't changed.
  if (offsetAt(zone, near) === usual && offsetAt(zone, near + 2 * NEAR) === usual) {
    return [local - usual];
  }
  const minutes = Array.from({ length: (2 * NEAR) / MINUTE }, (_, n) => near + n * MINUTE);
  const found = minutes.filter((time) => localTime(zone, time) === local);
  const next = minutes.find((time) => localTime(zone, time) > local);
  return found.length > 0 || next === undefined ? found : [next];
}

function localTime(zone: string, time: number): number {
  return time + offsetAt(zone, time);
}

function offsetAt(zone: string, time: number): number {
  return offset(zone, Math.floor(time / QUARTER) * QUARTER);
}

/** No clock of today's is changed but at a quarter of an hour. */
const offset = remembered((zone, time) => {
  const parts = formatOf(zone).formatToParts(time * 1000);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const month = of('month') - 1;
  const local = Date.UTC(of('year'), month, of('day'), of('hour'), of('minute'), of('second'));
  return local / 1000 - time;
});

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone);
  if (known) return known;
  const figures = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-GB', {
    ...figures,
    ...clock,
    timeZone,
    hourCycle: 'h23',
  });
  FORMATS.set(timeZone, format);
  return format;
}

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** Walking takes its time, and the same days come again and again. */
function remembered(find: (zone: string, time: number) => number) {
  const known = new Map<string, Map<number, number>>();
  return (zone: string, time: number): number => {
    const ofZone = known.get(zone) ?? new Map<number, number>();
    known.set(zone, ofZone);
    const found = ofZone.get(time) ?? find(zone, time);
    ofZone.set(time, found);
    return found;
  };
}
