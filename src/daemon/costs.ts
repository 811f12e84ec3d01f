/**
 * Hours and cost per base, array and site, and per policy (the thesis's C_t = ΣC_b + ΣC_a), from
 * the guest's whereabouts and the conf's present prices. Pure.
 */
import type { Conf } from '../core/conf.ts';
import {
  HOUR_MS,
  kindOf,
  type PlaceKind,
  priceOf,
  roundedMoney,
  siteWith,
} from '../core/spending.ts';
import { toldByConf } from '../core/targets.ts';
import { iso } from './past.ts';
import type { Spell } from './whereabouts.ts';

export interface Sum {
  readonly hours: number;
  /** Of the hours whose price is known. */
  readonly cost: number;
}

export interface HostCost extends Sum {
  readonly host: string;
  readonly kind: PlaceKind;
  readonly site?: string;
  /** Of an hour; absent: not known, and counted as nothing. */
  readonly price?: number;
}

export interface CostReport {
  readonly from: string;
  readonly to: string;
  readonly currency?: string;
  readonly total: Sum;
  readonly base: Sum;
  readonly array: Sum;
  readonly away: Sum;
  readonly hosts: readonly HostCost[];
  readonly sites: readonly ({ readonly site: string } & Sum)[];
  /** By which policy's request it was there; `by hand`, `by others` and `found there` beside them. */
  readonly policies: readonly ({ readonly policy: string } & Sum)[];
  /** Nobody can tell where the guest was. */
  readonly unknown_hours: number;
  readonly unpriced_hours: number;
  /** The same hours in the home array; absent where its price isn't known. */
  readonly staying?: { readonly price: number; readonly cost: number; readonly saving: number };
}

export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Stretch {
  readonly host: string;
  readonly hours: number;
  readonly by: string;
}

export function costReport(
  spells: readonly Spell[],
  { fromMs, toMs }: Period,
  conf: Conf,
  currency: string | undefined,
): CostReport {
  const beginMs = Math.max(fromMs, Math.min(spells[0]?.fromMs ?? toMs, toMs));
  // Where no locator ever told, the conf's `at =` does.
  const told = spells.some(({ host }) => host !== undefined) ? undefined : toldByConf(conf);
  const stretches = spells.flatMap((spell) => {
    const host = spell.host ?? told;
    const hours = (Math.min(spell.toMs, toMs) - Math.max(spell.fromMs, beginMs)) / HOUR_MS;
    return host === undefined || hours <= 0 ? [] : [{ host, hours, by: spell.by }];
  });
  const known = sumOf(stretches, conf);
  const priced = stretches.filter(({ host }) => priceOf(host, conf) !== undefined);
  const ofKind = (kind: PlaceKind) =>
    sumOf(
      stretches.filter(({ host }) => kindOf(host, conf) === kind),
      conf,
    );
  return {
    ...{ from: iso(beginMs), to: iso(toMs) },
    ...(currency === undefined ? {} : { currency }),
    total: known,
    ...{ base: ofKind('base'), array: ofKind('array'), away: ofKind('away') },
    hosts: grouped(stretches, ({ host }) => host).map(([host, own]) => hostCost(host, own, conf)),
    sites: grouped(stretches, ({ host }) => siteWith(host, conf)?.name ?? '?').map(
      ([site, own]) => ({ site, ...sumOf(own, conf) }),
    ),
    policies: grouped(stretches, ({ by }) => by).map(([policy, own]) => ({
      policy,
      ...sumOf(own, conf),
    })),
    unknown_hours: rounded((toMs - beginMs) / HOUR_MS - hoursOf(stretches)),
    unpriced_hours: rounded(hoursOf(stretches) - hoursOf(priced)),
    ...staying(hoursOf(priced), known.cost, conf),
  };
}

function hostCost(host: string, stretches: readonly Stretch[], conf: Conf): HostCost {
  const site = siteWith(host, conf)?.name;
  const price = priceOf(host, conf);
  return {
    ...{ host, kind: kindOf(host, conf), ...sumOf(stretches, conf) },
    ...(site === undefined ? {} : { site }),
    ...(price === undefined ? {} : { price }),
  };
}

/** What the same hours would have cost in the home array, at its hosts' mean price. */
function staying(hours: number, cost: number, conf: Conf): Pick<CostReport, 'staying'> {
  const prices = conf.sites
    .filter(({ role }) => role === 'home')
    .flatMap(({ hosts }) => hosts.map((host) => priceOf(host, conf)))
    .filter((price) => price !== undefined);
  if (prices.length === 0) return {};
  const price = prices.reduce((sum, each) => sum + each) / prices.length;
  const instead = hours * price;
  return {
    staying: {
      price: roundedMoney(price),
      cost: roundedMoney(instead),
      saving: roundedMoney(instead - cost),
    },
  };
}

function sumOf(stretches: readonly Stretch[], conf: Conf): Sum {
  const costs = stretches.map(({ host, hours }) => hours * (priceOf(host, conf) ?? 0));
  const cost = costs.reduce((sum, each) => sum + each, 0);
  return { hours: rounded(hoursOf(stretches)), cost: roundedMoney(cost) };
}

function hoursOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { hours }) => sum + hours, 0);
}

/** To a third of a second; never a negative zero. */
function rounded(hours: number): number {
  return Math.round(hours * 10_000) / 10_000 + 0;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): [string, readonly T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
}
