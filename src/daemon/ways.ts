/** Opens the migrators of a conf, and makes one locator of theirs. */
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Answer, Sighting } from '../core/sighting.ts';
import { siteOf } from '../core/targets.ts';
import type {
  Locator,
  Migrator,
  MigratorContext,
  MigratorKind,
  OpenedMigrator,
  Standing,
} from '../migrators/migrator.ts';
import type { Ways } from './mover.ts';

export function openWays(
  loaded: Loaded,
  kinds: readonly MigratorKind[],
  clock: Clock,
  standing: () => Standing,
): Ways {
  const opened = new Map<string, OpenedMigrator>();
  for (const { name, kind, options } of loaded.migrators) {
    opened.set(
      name,
      find(kinds, kind).open(options, { ...contextFor(name, loaded, clock), standing }),
    );
  }
  const migratorFor = (host: string): Migrator => {
    const site = siteOf(host, loaded.rules)?.name ?? '';
    const found = opened.get(loaded.migratorOf[site] ?? '');
    if (!found) throw new Error(`no migrator for site ${site}`);
    return found.migrator;
  };
  const all = [...opened.values()];
  return {
    migratorFor,
    locator: together(all.map(({ locator }) => locator)),
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

/** What is to be said of the migrators of a conf, once each. */
export function cautionsOf(loaded: Loaded, kinds: readonly MigratorKind[]): string[] {
  const said = loaded.migrators.flatMap(({ kind, options }) => {
    const caution = find(kinds, kind).caution?.(options);
    return caution === undefined ? [] : [`${kind}: ${caution}`];
  });
  return [...new Set(said)];
}

function find(kinds: readonly MigratorKind[], name: string): MigratorKind {
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (!kind) throw new Error(`no migrator kind ${name}`);
  return kind;
}

function contextFor(name: string, loaded: Loaded, clock: Clock): MigratorContext {
  const sites = loaded.rules.sites.filter((site) => loaded.migratorOf[site.name] === name);
  return {
    clock,
    vm: loaded.rules.vm,
    hosts: sites.flatMap(({ hosts, base }) => (base === undefined ? hosts : [...hosts, base])),
    addressOf: (host) => loaded.hosts[host]?.address ?? host,
    stateFolder: loaded.vm.state,
  };
}

/** With several sites every locator is asked; if two see the guest, nobody is believed. */
export function together(locators: readonly Locator[]): Locator {
  const [only] = locators;
  if (locators.length === 1 && only) return only;
  return {
    async locate(signal) {
      return combine(await Promise.all(locators.map((locator) => locator.locate(signal))));
    },
  };
}

function combine(sightings: readonly Sighting[]): Sighting {
  const answers: Answer[] = sightings.flatMap((sighting) => sighting.answers);
  // The original goes on running at home, and rests.
  const clone = sightings.find((seen) => seen.kind === 'at' && seen.clone);
  if (clone) return { ...clone, answers };
  const moving = sightings.find(({ kind }) => kind === 'moving');
  if (moving?.kind === 'moving') return { ...moving, answers };
  const hosts = new Set(sightings.flatMap((seen) => (seen.kind === 'at' ? [seen.host] : [])));
  const [host] = hosts;
  if (hosts.size !== 1 || host === undefined) return { kind: 'unknown', answers };
  return { kind: 'at', host, answers };
}
