/**
 * What the guest's whereabouts cost on one calendar day: the budget gate's arithmetic (DESIGN.md
 * §6). A day is a day of UTC, as on the bills of most providers, so that it always has 24 hours.
 */
import type { Conf } from './conf.ts';
import type { State, Stay } from './state.ts';
import { currentHost } from './targets.ts';
import type { Stamp } from './time.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One look at the hosts a minute gives no more than these in a day. */
const STAYS_MAX = 1440;

/** Those that the present day or the one before may still have to pay for. */
export function withStay(stays: readonly Stay[], stay: Stay): readonly Stay[] {
  const oldestMs = dayStart(stay.toMs) - DAY_MS;
  return [...stays.filter(({ toMs }) => toMs >= oldestMs), stay].slice(-STAYS_MAX);
}

/** What an hour at a host costs; a host without a price costs nothing here, which `check` tells. */
export function hourAt(host: string | undefined, { prices }: Conf): number {
  return (host === undefined ? undefined : prices[host]) ?? 0;
}

/** Since the day began; the hours of a move in flight belong to where it began. */
export function spentToday(state: State, conf: Conf, at: Stamp): number {
  const host = currentHost(state, conf);
  const sinceMs = state.place?.since.wallMs ?? dayStart(at.wallMs);
  const present = host === undefined ? [] : [{ host, fromMs: sinceMs, toMs: at.wallMs }];
  return [...state.stays, ...present].reduce(
    (sum, stay) => sum + hoursToday(stay, at.wallMs) * hourAt(stay.host, conf),
    0,
  );
}

function hoursToday({ fromMs, toMs }: Stay, nowMs: number): number {
  return Math.max(0, Math.min(toMs, nowMs) - Math.max(fromMs, dayStart(nowMs))) / HOUR_MS;
}

function dayStart(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}

/** Milliseconds until the next day, and the next budget, begins. */
export function dayLeftMs({ wallMs }: Stamp): number {
  return dayStart(wallMs) + DAY_MS - wallMs;
}

/** `4.1`, `0.05`: no more digits than money has. */
export function moneyText(amount: number): string {
  return String(Number(amount.toFixed(2)));
}
