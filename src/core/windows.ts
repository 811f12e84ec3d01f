/**
 * Windows of a week (`workhours`, `quiet`) in a zone, without the closed days of the year: whether an
 * instant lies inside one, since when, and until when (DESIGN.md §5). Instants are wall time.
 *
 * A window belongs to the day it opens: closing that day takes the whole window away, and a window of
 * the evening before goes on into a closed day. The end is outside. An opening that comes twice counts
 * from its first coming, a closing from its second; one that doesn't exist comes with the first
 * local time that does.
 */
import { comingsOn, dayAt, monthDayOf, weekdayOf, yearOf, yearStartMs } from './local-time.ts';

export interface Window {
  /** 1 is Monday, 7 Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes of the day. */
  readonly opens: number;
  /** After `opens`; beyond 1440 it closes on the next day. */
  readonly closes: number;
}

/** Days of the year, both included, as `MMDD` numbers; over the new year where `from` is later. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
}

export interface Calendar {
  readonly windows: readonly Window[];
  /** Days on which no window opens. */
  readonly closed: readonly DayRange[];
  /** IANA name. */
  readonly zone: string;
}

/** A stretch of time without a change. */
export interface Span {
  readonly inside: boolean;
  /** When it began; absent: before the year before. */
  readonly fromMs?: number;
  /** When it ends; absent: not in this year nor the next. */
  readonly untilMs?: number;
}

export const DAY_MINUTES = 1440;

/**
 * The span around an instant. The latest answer of each calendar is kept beside it: nearly every
 * reading lies in the span of the one before, and the zone's rules are slow to ask.
 */
export function spanAt(calendar: Calendar, wallMs: number): Span {
  const latest = LATEST.get(calendar);
  if (latest && wallMs >= latest.fromMs && wallMs < latest.untilMs) return latest.span;
  const known = spanAround(calendar, wallMs);
  LATEST.set(calendar, known);
  return known.span;
}

export function isInside(calendar: Calendar, wallMs: number): boolean {
  return spanAt(calendar, wallMs).inside;
}

/** Whether a window opens or closes between two instants; the clock may have been set back. */
export function changedBetween(calendar: Calendar, oneMs: number, otherMs: number): boolean {
  const { fromMs } = spanAt(calendar, Math.max(oneMs, otherMs));
  return fromMs !== undefined && Math.min(oneMs, otherMs) < fromMs;
}

/** An answer, and for which instants `spanAround` would give the very same. */
interface Known {
  readonly span: Span;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Not a memory: an entry only ever says what would be computed anew. */
const LATEST = new WeakMap<Calendar, Known>();

/** How far a search goes hangs on the year alone, so that every instant of it gets one answer. */
function spanAround(calendar: Calendar, wallMs: number): Known {
  const days = new Days(calendar);
  const year = yearOf(wallMs);
  const fromMs = days.changeBefore(wallMs, yearStartMs(year - 1));
  const untilMs = days.changeAfter(wallMs, yearStartMs(year + 2));
  const span = {
    inside: days.hold(wallMs),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
  return {
    span,
    fromMs: Math.max(fromMs ?? -Infinity, yearStartMs(year)),
    untilMs: Math.min(untilMs ?? Infinity, yearStartMs(year + 1)),
  };
}

interface Opened {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * A window closes before the second midnight after its day; where the clocks go back over midnight
 * a day comes again, so that the windows of two days to either side may lie around an instant.
 */
const REACH = 2;

/** A calendar's days, as far as somebody asked about them. */
class Days {
  readonly #calendar: Calendar;
  readonly #opened = new Map<number, readonly Opened[]>();

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  hold(wallMs: number): boolean {
    const day = this.#at(wallMs);
    for (let near = day - REACH; near <= day + REACH; near += 1) {
      const around = ({ fromMs, untilMs }: Opened) => wallMs >= fromMs && wallMs < untilMs;
      if (this.#openedOn(near).some(around)) return true;
    }
    return false;
  }

  /** The first change after an instant, and before the horizon. */
  changeAfter(wallMs: number, horizonMs: number): number | undefined {
    const inside = this.hold(wallMs);
    const last = this.#at(horizonMs) + REACH;
    for (let day = this.#at(wallMs) - REACH; day <= last; day += 1) {
      const edges = this.#edges(day).filter((edge) => edge > wallMs && edge < horizonMs);
      const change = edges.find((edge) => this.hold(edge) !== inside);
      if (change !== undefined) return change;
    }
    return undefined;
  }

  /** The last change up to an instant, and not before the horizon. */
  changeBefore(wallMs: number, horizonMs: number): number | undefined {
    const inside = this.hold(wallMs);
    const first = this.#at(horizonMs) - REACH;
    for (let day = this.#at(wallMs) + REACH; day >= first; day -= 1) {
      const edges = this.#edges(day).filter((edge) => edge <= wallMs && edge >= horizonMs);
      const change = edges.findLast(
        (edge) => this.hold(edge) === inside && this.hold(edge - 1) !== inside,
      );
      if (change !== undefined) return change;
    }
    return undefined;
  }

  /** When the windows of a day open and close, in order. */
  #edges(day: number): number[] {
    const edges = this.#openedOn(day).flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]);
    return edges.toSorted((a, b) => a - b);
  }

  #openedOn(day: number): readonly Opened[] {
    const known = this.#opened.get(day);
    if (known) return known;
    const opened = openedOn(this.#calendar, day);
    this.#opened.set(day, opened);
    return opened;
  }

  #at(wallMs: number): number {
    return dayAt(this.#calendar.zone, wallMs);
  }
}

/** A window that a change of the clocks leaves no time for doesn't open. */
function openedOn({ windows, closed, zone }: Calendar, day: number): readonly Opened[] {
  const weekday = weekdayOf(day);
  const open = windows.filter(({ weekdays }) => weekdays.includes(weekday));
  if (open.length === 0 || isClosed(closed, day)) return [];
  const coming = comingsOn(zone, day);
  const opened = open.map(({ opens, closes }) => ({
    fromMs: coming(opens).firstMs,
    untilMs: coming(closes).lastMs,
  }));
  return opened.filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

function isClosed(closed: readonly DayRange[], day: number): boolean {
  if (closed.length === 0) return false;
  const monthDay = monthDayOf(day);
  return closed.some(({ from, to }) =>
    from <= to ? monthDay >= from && monthDay <= to : monthDay >= from || monthDay <= to,
  );
}

/** Whether the windows leave no minute of a week out; closed days aside. */
export function coversWeek({ windows }: Pick<Calendar, 'windows'>): boolean {
  const minutes = new Set<number>();
  for (const { weekdays, opens, closes } of windows) {
    for (const weekday of weekdays) {
      const start = (weekday - 1) * DAY_MINUTES;
      for (let minute = opens; minute < closes; minute += 1) {
        minutes.add((start + minute) % (7 * DAY_MINUTES));
      }
    }
  }
  return minutes.size === 7 * DAY_MINUTES;
}

/** Whether every day of the year is closed. */
export function coversYear(closed: readonly DayRange[]): boolean {
  // A leap year: 1972 began 730 days after 1970 did.
  return Array.from({ length: 366 }, (_, i) => 730 + i).every((day) => isClosed(closed, day));
}
