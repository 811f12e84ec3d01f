/**
 * What the guest's whereabouts cost: the prices of hosts, and the budget gate's arithmetic (DESIGN.md
 * §6). A budget's day is a calendar day of its zone.
 */
import type { Conf, Site } from './conf.ts';
import { comingsOn, dayAt } from './local-time.ts';
import type { State, Stay } from './state.ts';
import { currentHost, isBase, openHosts, type Wanted } from './targets.ts';
import type { Stamp } from './time.ts';

export const HOUR_MS = 3_600_000;
/** A day on which the clocks go back has 25 hours. */
const LONGEST_DAY_MS = 25 * HOUR_MS;

/** One look at the hosts a minute gives no more than these in a day. */
const STAYS_MAX = 1440;

/** Those that the present day may still have to pay for. */
export function withStay(stays: readonly Stay[], stay: Stay): readonly Stay[] {
  const oldestMs = stay.toMs - LONGEST_DAY_MS;
  return [...stays.filter(({ toMs }) => toMs >= oldestMs), stay].slice(-STAYS_MAX);
}

/** What an hour at a host costs; undefined where the conf doesn't say, which `check` tells. */
export function priceOf(host: string | undefined, { prices }: Conf): number | undefined {
  return host !== undefined && Object.hasOwn(prices, host) ? prices[host] : undefined;
}

/** `other`: the conf doesn't name it, or not any more. */
export type PlaceKind = 'base' | 'array' | 'away' | 'other';

export function kindOf(host: string, conf: Conf): PlaceKind {
  if (isBase(host, conf)) return 'base';
  const role = siteWith(host, conf)?.role;
  if (role === undefined) return 'other';
  return role === 'home' ? 'array' : 'away';
}

/** Unlike `siteOf`: a host that the conf doesn't name belongs to none. */
export function siteWith(host: string, { sites }: Conf): Site | undefined {
  return sites.find(({ hosts, base }) => base === host || hosts.includes(host));
}

/** Since the day began; the hours of a move in flight belong to where it began. */
export function spentToday(state: State, conf: Conf, at: Stamp, zone: string): number {
  const host = currentHost(state, conf);
  const dayMs = dayStartMs(zone, dayAt(zone, at.wallMs));
  const fromMs = state.place?.since.wallMs ?? dayMs;
  const present = host === undefined ? [] : [{ host, fromMs, toMs: at.wallMs }];
  return [...state.stays, ...present].reduce((sum, stay) => {
    const ms = Math.min(stay.toMs, at.wallMs) - Math.max(stay.fromMs, dayMs);
    return sum + (Math.max(0, ms) / HOUR_MS) * (priceOf(stay.host, conf) ?? 0);
  }, 0);
}

/** What is asked for, and whether a person insists. */
interface Insisting extends Wanted {
  readonly force?: boolean;
}

/** The first host that may be tried, wasn't yet, and is paid for by the day's budget. */
export function nextTarget(
  asking: Insisting,
  tried: readonly string[],
  state: State,
  conf: Conf,
  at: Stamp,
): string | undefined {
  const open = openHosts(asking, state, conf, at).filter((host) => !tried.includes(host));
  const leftToday = budgetLeft(asking, state, conf, at);
  return open.find((host) => (priceOf(host, conf) ?? 0) <= leftToday);
}

/** What the day's budget leaves for the next hour of a `move` or `away`; it holds nothing else. */
export function budgetLeft(
  { verdict, force }: Insisting,
  state: State,
  conf: Conf,
  at: Stamp,
): number {
  const { budget } = conf.constraints;
  if (!budget || force || (verdict !== 'move' && verdict !== 'away')) return Infinity;
  return budget.perDay - spentToday(state, conf, at, budget.zone);
}

/** Milliseconds until the next day, and the next budget, begins. */
export function dayLeftMs({ wallMs }: Stamp, zone: string): number {
  return dayStartMs(zone, dayAt(zone, wallMs) + 1) - wallMs;
}

function dayStartMs(zone: string, day: number): number {
  return comingsOn(zone, day)(0).firstMs;
}

/** Sums of a thousandth of a cent are noise of the arithmetic; never a negative zero. */
export function roundedMoney(sum: number): number {
  return Number(sum.toFixed(6)) + 0;
}

/** `4.1`, `0.05`: no more digits than money has. */
export function moneyText(amount: number): string {
  return String(Number(amount.toFixed(2)));
}
