/** [locator NAME], and who is asked at which site besides its migrator. */

import { didYouMean } from '../core/nearest.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf, ofKind } from './kinds.ts';
import type { Configured, NetworkSettings } from './loaded.ts';
import { LOCATOR } from './locating-tables.ts';
import type { LocatorTable } from './plugins.ts';
import type { SectionSet } from './section-set.ts';
import { absentSection, type Section } from './sections.ts';
import { type Fallback, readSettings } from './settings.ts';
import type { BuiltSite } from './sites.ts';

export interface Locators {
  readonly locators: readonly Configured[];
  readonly locatorsOf: Readonly<Record<string, readonly string[]>>;
  readonly networks: Readonly<Record<string, NetworkSettings>>;
}

/** What looks at `broadcast` and `cidr`. */
const NETWORK = 'network';

/** What tells of one site alone, so that site has to name it. */
const OF_ONE_SITE = 'imds';

/** Whom a site asks that doesn't say: everybody; where a site has a network to be known by, that too. */
export function defaultLocators(set: SectionSet): Fallback | undefined {
  const sites = [...set.of('array'), ...set.of('site')];
  const sections = set.of('locator');
  const named = sites.flatMap(({ entries }) => entries.get('locator')?.value.split(',') ?? []);
  const names = new Set([...sections.map(nameOf), ...named.map((name) => name.trim())]);
  const looksAtIt = sections.some(({ entries }) => entries.get('kind')?.value === NETWORK);
  if (sites.some(hasNetwork) && !looksAtIt) names.add(NETWORK);
  const ofOne = sections.filter(({ entries }) => entries.get('kind')?.value === OF_ONE_SITE);
  for (const name of [OF_ONE_SITE, ...ofOne.map(nameOf)]) names.delete(name);
  return names.size === 0 ? undefined : { text: [...names].join(', ') };
}

function hasNetwork({ entries }: Section): boolean {
  return entries.has('broadcast') || entries.has('cidr');
}

/** A locator without a section is one of that kind, with its defaults. */
export function buildLocators(
  sites: readonly BuiltSite[],
  set: SectionSet,
  tables: readonly LocatorTable[],
  context: Context,
): Locators {
  const building = new Building(sites, set, tables, context);
  for (const section of set.of('locator')) building.section(section);
  for (const site of sites) building.implied(site);
  const locatorsOf = sites.map(({ site, locators }) => [site.name, locators] as const);
  const networks = sites.flatMap(({ site, network }) => (network ? [[site.name, network]] : []));
  return {
    locators: building.locators,
    locatorsOf: Object.fromEntries(locatorsOf),
    networks: Object.fromEntries(networks),
  };
}

class Building {
  readonly locators: Configured[] = [];
  readonly #sites: readonly BuiltSite[];
  readonly #set: SectionSet;
  readonly #tables: readonly LocatorTable[];
  readonly #context: Context;
  readonly #named: readonly string[];
  readonly #implied = new Set<string>();

  constructor(
    sites: readonly BuiltSite[],
    set: SectionSet,
    tables: readonly LocatorTable[],
    context: Context,
  ) {
    this.#sites = sites;
    this.#set = set;
    this.#tables = tables;
    this.#context = context;
    this.#named = set.names('locator');
  }

  section(given: Section): void {
    const { section, kind } = ofKind(given, LOCATOR, this.#tables, this.#context.findings);
    const common = readSettings(section, LOCATOR, this.#context);
    if (!kind || !common) return;
    this.#add(section, nameOf(section), kind);
    const asked = this.#sites.some(({ locators }) => locators.includes(nameOf(section)));
    if (asked || this.#sites.length === 0) return;
    this.#context.findings.warning(placeOf(section), 'no site asks it (locator =)');
  }

  implied({ section, locators }: BuiltSite): void {
    for (const name of locators) {
      if (this.#named.includes(name) || this.#implied.has(name)) continue;
      this.#implied.add(name);
      this.#imply(section, name);
    }
  }

  #imply(site: Section, kind: string): void {
    const { findings, effective } = this.#context;
    const at = placeOf(site, 'locator');
    const table = this.#tables.find((each) => each.kind === kind);
    if (!table) {
      const near = didYouMean(kind, [...this.#named, ...this.#tables.map((each) => each.kind)]);
      return findings.problem(at, `there is no [locator ${kind}]${near}`);
    }
    const section = { ...absentSection('locator', at.file, kind), line: at.line };
    const origin = site.entries.has('locator') ? `${at.file}:${at.line}` : 'default';
    effective.push({ section: section.title, key: 'kind', value: kind, origin });
    this.#add(section, kind, table);
  }

  #add(section: Section, name: string, table: LocatorTable): void {
    const options = readSettings(section, table.options, this.#context);
    const missing = this.#missing(name, table);
    if (missing !== undefined) this.#context.findings.problem(placeOf(section, 'kind'), missing);
    if (options) this.locators.push({ name, kind: table.kind, options });
  }

  #missing(name: string, { kind, needs }: LocatorTable): string | undefined {
    if (needs === 'provider' && !this.#set.wants('provider')) {
      return `${kind} asks the provider, and there is no [provider]`;
    }
    if (needs === undefined || this.#sites.length === 0) return undefined;
    const asking = this.#sites.filter(({ locators }) => locators.includes(name));
    if (needs === 'one site' && asking.length > 1) {
      return `${kind} is of one site: only that may ask it (locator = ${name})`;
    }
    if (needs !== 'networks') return undefined;
    if (asking.length === 0 || asking.some(({ section }) => hasNetwork(section))) return undefined;
    return `${kind} looks at broadcast and cidr, and no site that asks it has either`;
  }
}
