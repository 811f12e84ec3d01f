/**
 * Local times to instants, in an IANA zone. A day is counted from 1970-01-01 on the zone's own
 * calendar. What the two changes of the clocks mean is decided here, once (DESIGN.md §5).
 */
import { DateTime, IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When a local time comes; it comes twice where the clocks go back over it. */
export interface Coming {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Whether the name is one that this machine has the rules of. */
export function isZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/** The day on which an instant falls. */
export function dayAt(zone: string, wallMs: number): number {
  return Math.floor((wallMs + offsetMs(zone, wallMs)) / DAY_MS);
}

/** 1 is Monday, 7 Sunday. */
export function weekdayOf(day: number): number {
  // 1970-01-01 was a Thursday.
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** `MMDD` as a number: 517 is the 17th of May. */
export function monthDayOf(day: number): number {
  const { month, day: ofMonth } = DateTime.fromMillis(day * DAY_MS, { zone: 'utc' });
  return month * 100 + ofMonth;
}

/** In UTC. */
export function yearOf(wallMs: number): number {
  return DateTime.fromMillis(wallMs, { zone: 'utc' }).year;
}

/** When a year begins, in UTC. */
export function yearStartMs(year: number): number {
  return DateTime.utc(year).toMillis();
}

/**
 * Tells when the local times of a day come, by their minute: from 0, and beyond 1440 on the next
 * day. One that doesn't exist comes when the first one after it does. Days without a change of the
 * clocks near them, nearly all, cost two looks at the zone's rules, whatever is asked.
 */
export function comingsOn(zone: string, day: number): (minute: number) => Coming {
  const startMs = day * DAY_MS;
  const offset = offsetMs(zone, startMs - DAY_MS);
  const steady = offset === offsetMs(zone, startMs + 3 * DAY_MS);
  return (minute) => {
    const localMs = startMs + minute * MINUTE_MS;
    if (!steady) return comingNearChange(zone, localMs);
    return { firstMs: localMs - offset, lastMs: localMs - offset };
  };
}

/** Zones are less than a day from UTC, so a day away from the local time lie both offsets. */
function comingNearChange(zone: string, localMs: number): Coming {
  const before = offsetMs(zone, localMs - DAY_MS);
  const after = offsetMs(zone, localMs + DAY_MS);
  const comings = [localMs - before, localMs - after].filter(
    (atMs) => atMs + offsetMs(zone, atMs) === localMs,
  );
  if (comings.length === 0) comings.push(changeMs(zone, localMs - DAY_MS, localMs + DAY_MS));
  return { firstMs: Math.min(...comings), lastMs: Math.max(...comings) };
}

/** The first instant with another offset than `fromMs` has; `toMs` has another. */
function changeMs(zone: string, fromMs: number, toMs: number): number {
  const before = offsetMs(zone, fromMs);
  let [same, other] = [fromMs, toMs];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetMs(zone, middle) === before) same = middle;
    else other = middle;
  }
  return other;
}

function offsetMs(zone: string, wallMs: number): number {
  return Math.round(IANAZone.create(zone).offset(wallMs) * MINUTE_MS);
}
