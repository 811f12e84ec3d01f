/** Opens the migrators and the locators of a conf. */
import { networkInterfaces } from 'node:os';
import type { Loaded } from '../conf/loaded.ts';
import { sitePartOf } from '../conf/site-part.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/conf.ts';
import { hostsOf, siteOf } from '../core/targets.ts';
import type { KnownSite, LocatorContext, LocatorKind } from '../migrators/locators/locator.ts';
import type {
  Migrator,
  MigratorContext,
  MigratorKind,
  OpenedMigrator,
  Standing,
} from '../migrators/migrator.ts';
import type { Ways } from './mover.ts';
import { askProvider } from './provider/ask.ts';
import { type NamedLocator, type TellContradiction, Witnesses } from './witnesses.ts';

export interface WayKinds {
  readonly migrators: readonly MigratorKind[];
  readonly locators: readonly LocatorKind[];
}

export function openWays(
  loaded: Loaded,
  kinds: WayKinds,
  clock: Clock,
  standing: () => Standing,
  tell?: TellContradiction,
): Ways {
  const opened = new Map<string, OpenedMigrator>();
  for (const { name, kind, options } of loaded.migrators) {
    const found = find('migrator', kinds.migrators, kind);
    const context = contextFor(name, loaded, clock, kinds.migrators);
    opened.set(name, found.open(options, { ...context, standing }));
  }
  const migratorFor = (host: string): Migrator => {
    const site = siteOf(host, loaded.rules)?.name ?? '';
    const found = opened.get(loaded.migratorOf[site] ?? '');
    if (!found) throw new Error(`no migrator for site ${site}`);
    return found.migrator;
  };
  const all = [...opened.values()];
  const own = [...opened].map(([name, { locator }]) => ({ id: migratorId(name), name, locator }));
  const locators = [...own, ...openLocators(loaded, kinds.locators, clock)];
  return {
    migratorFor,
    locator: new Witnesses(locators, groundsOf(loaded), clock, tell),
    underway: async (request) => {
      const answers = await Promise.all(all.map(({ migrator }) => migrator.underway(request)));
      return answers.includes(true);
    },
    stop: async (request) => {
      await Promise.all(all.map(({ stopper }) => stopper?.stop(request)));
    },
    cloneSites: all.flatMap(({ cloneSite }) => (cloneSite ? [cloneSite] : [])),
  };
}

function openLocators(loaded: Loaded, kinds: readonly LocatorKind[], clock: Clock): NamedLocator[] {
  return loaded.locators.map(({ name, kind, options }) => {
    const context = locatorContextFor(name, loaded, clock);
    return {
      id: locatorId(name),
      name,
      locator: find('locator', kinds, kind).open(options, context),
    };
  });
}

function migratorId(name: string): string {
  return `migrator ${name}`;
}

function locatorId(name: string): string {
  return `locator ${name}`;
}

/** Each site, with the locator of its migrator and those that it names. */
function groundsOf({ rules, migratorOf, locatorsOf }: Loaded) {
  return rules.sites.map((site) => ({
    name: site.name,
    hosts: hostsOf(site),
    locators: [
      migratorId(migratorOf[site.name] ?? ''),
      ...(locatorsOf[site.name] ?? []).map(locatorId),
    ],
  }));
}

/** What is to be said of the migrators of a conf, once each. */
export function cautionsOf(loaded: Loaded, kinds: readonly MigratorKind[]): string[] {
  const said = loaded.migrators.flatMap(({ kind, options }) => {
    const caution = find('migrator', kinds, kind).caution?.(options);
    return caution === undefined ? [] : [`${kind}: ${caution}`];
  });
  return [...new Set(said)];
}

function find<K extends { readonly kind: string }>(
  what: string,
  kinds: readonly K[],
  name: string,
): K {
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (!kind) throw new Error(`no ${what} kind ${name}`);
  return kind;
}

function contextFor(
  name: string,
  loaded: Loaded,
  clock: Clock,
  kinds: readonly MigratorKind[],
): MigratorContext {
  const sites = loaded.rules.sites.filter((site) => loaded.migratorOf[site.name] === name);
  const names = sites.map((site) => site.name);
  return {
    ...commonContext(sites, loaded, clock),
    ...{ stateFolder: loaded.vm.state, sitePart: sitePartOf(loaded, names, kinds) },
  };
}

function locatorContextFor(name: string, loaded: Loaded, clock: Clock): LocatorContext {
  const { rules, locatorsOf, networks, provider } = loaded;
  const sites = rules.sites.filter((site) => locatorsOf[site.name]?.includes(name));
  const known = sites.map(
    (site): KnownSite => ({ cidrs: [], ...networks[site.name], name: site.name }),
  );
  return {
    ...commonContext(sites, loaded, clock),
    sites: known,
    addresses: () => Object.values(networkInterfaces()).flatMap((each) => each ?? []),
    ...(provider ? { askProvider: (signal) => askProvider(provider, clock, signal) } : {}),
  };
}

function commonContext(sites: readonly Site[], loaded: Loaded, clock: Clock) {
  return {
    clock,
    vm: loaded.rules.vm,
    hosts: sites.flatMap(hostsOf),
    addressOf: (host: string) => loaded.hosts[host]?.address ?? host,
  };
}
