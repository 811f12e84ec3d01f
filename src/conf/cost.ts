/** [cost], and what an hour costs at each host: its own price, else that of its kind. */
import type { OptionsOf } from '../core/options.ts';
import type { Context } from './context.ts';
import type { CostSettings, HostSettings } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import { checkKeys, readSettings } from './settings.ts';
import type { BuiltSite } from './sites.ts';
import { COST } from './tables.ts';

export interface BuiltCost {
  readonly settings: CostSettings;
  /** Host → price of an hour, where there is one. */
  readonly prices: Readonly<Record<string, number>>;
}

export function buildCost(
  set: SectionSet,
  sites: readonly BuiltSite[],
  hosts: Readonly<Record<string, HostSettings>>,
  context: Context,
): BuiltCost | undefined {
  const section = checkKeys(set.the('cost'), [COST], context.findings);
  const values = readSettings(section, COST, context);
  if (!values) return undefined;
  const prices = sites.flatMap(({ site }) => [
    ...site.hosts.map((host) => [host, hosts[host]?.cost ?? ofSite(site.role, values)] as const),
    ...(site.base === undefined
      ? []
      : [[site.base, hosts[site.base]?.cost ?? values.base] as const]),
  ]);
  const known = prices.filter(([, price]) => price !== undefined);
  return {
    settings: { currency: values.currency },
    prices: Object.fromEntries(known) as Record<string, number>,
  };
}

function ofSite(role: 'home' | 'away', { array, away }: OptionsOf<typeof COST>) {
  return role === 'away' ? (away ?? array) : array;
}
