/** What comes out of a simulation, and the figures that are worked out from it. Pure arithmetic. */
import type { Conf } from './conf.ts';
import { HOUR_MS, kindOf, priceOf, roundedMoney } from './spending.ts';
import type { Stay } from './state.ts';
import type { Ask, Outcome } from './words.ts';

export interface Simulated {
  /** Missing ones too. */
  readonly readings: number;
  readonly missing: number;
  /** The first and the last reading. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: readonly Requested[];
  /** In which a verdict stood before a gate; one each time that it changed. */
  readonly held: readonly Withheld[];
  /** Where the guest was, without a gap; a move in flight belongs to the host that it leaves. */
  readonly stays: readonly Stay[];
  /** Policy → how long its readings were beyond the suffering bound. */
  readonly breachMs: Readonly<Record<string, number>>;
}

export interface Requested {
  readonly id: string;
  readonly atMs: number;
  /** Absent where a person asked. */
  readonly policy: string | undefined;
  readonly verdict: Ask;
  readonly from: string;
  readonly to: string;
  readonly value: number | undefined;
  readonly threshold: number | undefined;
  readonly tarry: string | undefined;
  readonly reason: string;
  readonly outcome: Outcome | 'open';
}

export interface Withheld {
  readonly atMs: number;
  readonly policy: string | undefined;
  readonly verdict: Ask;
  readonly gate: string;
  readonly reason: string;
}

/** What the hours cost, in the tenant's own money. */
export interface Outlay {
  readonly base: number;
  readonly array: number;
  readonly away: number;
  readonly total: number;
}

/** Every hour of the clock (UTC) from the first reading to the last, with its requests. */
export function perHour({ requests, fromMs, toMs }: Simulated): { atMs: number; n: number }[] {
  const first = Math.floor(fromMs / HOUR_MS);
  const counts = Array.from({ length: Math.floor(toMs / HOUR_MS) - first + 1 }, () => 0);
  for (const { atMs } of requests) {
    const index = Math.floor(atMs / HOUR_MS) - first;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((n, index) => ({ atMs: (first + index) * HOUR_MS, n }));
}

/** Host → milliseconds there, in the order in which the guest came to them. */
export function msByHost({ stays }: Pick<Simulated, 'stays'>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { host, fromMs, toMs } of stays) {
    sums.set(host, (sums.get(host) ?? 0) + toMs - fromMs);
  }
  return sums;
}

/** At the conf's prices; a host without one costs nothing. */
export function outlay(simulated: Pick<Simulated, 'stays'>, conf: Conf): Outlay {
  const sums = { base: 0, array: 0, away: 0, other: 0 };
  for (const [host, ms] of msByHost(simulated)) {
    sums[kindOf(host, conf)] += (ms / HOUR_MS) * (priceOf(host, conf) ?? 0);
  }
  const { base, array, away } = sums;
  return {
    base: roundedMoney(base),
    array: roundedMoney(array),
    away: roundedMoney(away),
    total: roundedMoney(base + array + away),
  };
}
