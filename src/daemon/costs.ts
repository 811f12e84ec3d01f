/**
 * Hours and cost per base, array and site, and per policy (the thesis's C_t = ΣC_b + ΣC_a), from
 * the guest's whereabouts and the conf's present prices. Pure.
 */
import type { Conf, Site } from '../core/conf.ts';
import { isBase, toldByConf } from '../core/targets.ts';
import { iso } from './past.ts';
import type { Spell } from './whereabouts.ts';

export type PlaceKind = 'base' | 'array' | 'away' | 'other';

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

const HOUR_MS = 3_600_000;

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
  const priced = stretches.filter(({ host }) => conf.prices[host] !== undefined);
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
  const price = conf.prices[host];
  return {
    ...{ host, kind: kindOf(host, conf), ...sumOf(stretches, conf) },
    ...(site === undefined ? {} : { site }),
    ...(price === undefined ? {} : { price }),
  };
}

function kindOf(host: string, conf: Conf): PlaceKind {
  if (isBase(host, conf)) return 'base';
  const role = siteWith(host, conf)?.role;
  if (role === undefined) return 'other';
  return role === 'home' ? 'array' : 'away';
}

/** Unlike `siteOf`: a host that the conf doesn't name any more belongs to none. */
function siteWith(host: string, { sites }: Conf): Site | undefined {
  return sites.find(({ hosts, base }) => base === host || hosts.includes(host));
}

/** What the same hours would have cost in the home array, at its hosts' mean price. */
function staying(hours: number, cost: number, conf: Conf): Pick<CostReport, 'staying'> {
  const prices = conf.sites
    .filter(({ role }) => role === 'home')
    .flatMap(({ hosts }) => hosts.map((host) => conf.prices[host]))
    .filter((price) => price !== undefined);
  if (prices.length === 0) return {};
  const price = prices.reduce((sum, each) => sum + each) / prices.length;
  const instead = hours * price;
  const shown = { price: rounded(price), cost: rounded(instead), saving: rounded(instead - cost) };
  return { staying: shown };
}

function sumOf(stretches: readonly Stretch[], { prices }: Conf): Sum {
  const cost = stretches.reduce((sum, { host, hours }) => sum + hours * (prices[host] ?? 0), 0);
  return { hours: rounded(hoursOf(stretches)), cost: rounded(cost) };
}

function hoursOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { hours }) => sum + hours, 0);
}

/** To what a bill could show; never a negative zero. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000 + 0;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): [string, readonly T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
}
