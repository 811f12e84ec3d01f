/** [array], or a [site NAME] for each provider, and [host NAME]. */
import type { Site } from '../core/conf.ts';
import { didYouMean } from '../core/nearest.ts';
import { hostName } from '../core/option-types.ts';
import type { OptionsOf } from '../core/options.ts';
import { hostsOf } from '../core/targets.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import type { HostSettings, NetworkSettings } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, type Fallback, readSettings } from './settings.ts';
import { ARRAY, HOST, SITE } from './tables.ts';

/** The name of the site that an [array] is. */
const HOME = 'home';

export interface BuiltSite {
  readonly site: Site;
  readonly section: Section;
  /** The migrator's name as the conf gives it, or the only one's. */
  readonly migrator: string | undefined;
  /** Who is asked besides it, by name. */
  readonly locators: readonly string[];
  readonly network: NetworkSettings | undefined;
}

interface Defaults {
  /** Switches `spread` off (`gates = thesis`). */
  readonly spread: Fallback | undefined;
  /** The migrator of a site that names none. */
  readonly migrator: Fallback | undefined;
  /** The locators of one that names none. */
  readonly locators: Fallback | undefined;
}

/** The home site first. */
export function buildSites(set: SectionSet, defaults: Defaults, context: Context): BuiltSite[] {
  const arrays = set.of('array').map((section) => buildArray(section, defaults, context));
  const sites = buildAll(set.of('site'), defaults, context);
  checkWhich(set, context);
  const built = [...arrays, ...sites].filter((site) => site !== undefined);
  if (set.of('array').length === 0 || set.of('site').length === 0) checkPlaces(built, context);
  return built.toSorted((a, b) => Number(b.site.role === 'home') - Number(a.site.role === 'home'));
}

function checkWhich(set: SectionSet, { findings }: Context): void {
  const [array] = set.of('array');
  const [site] = set.of('site');
  if (array && site) {
    const text = `is the home site already, in ${array.file}:${array.line}: [array] or [site], not both`;
    findings.problem(placeOf(site), `[array] ${text}`);
  }
  if (!set.wants('array') && !set.wants('site')) {
    const text = 'no hosts: an [array] with hosts = is missing';
    findings.problem({ file: set.firstFile, line: 0 }, text);
  }
}

function buildArray(given: Section, defaults: Defaults, context: Context) {
  const section = checkKeys(given, [ARRAY], context.findings);
  const values = readSettings(section, ARRAY, context, (key) => fallback(key, defaults));
  return values && built(section, HOME, 'home', values);
}

function buildAll(sections: readonly Section[], defaults: Defaults, context: Context) {
  const alone = sections.length === 1;
  const sites = sections.map((section) => buildSite(section, alone, defaults, context));
  const homes = sites.filter((site) => site?.site.role === 'home');
  const [first, second] = homes;
  if (first && second) {
    const text = `${first.site.name} is home already, in ${first.section.file}:${first.section.line}`;
    context.findings.problem(placeOf(second.section, 'role'), text);
  }
  const [site] = sites;
  if (site && !first && sites.every((each) => each !== undefined)) {
    context.findings.problem(placeOf(site.section), 'no site has role = home');
  }
  return sites;
}

function buildSite(given: Section, alone: boolean, defaults: Defaults, context: Context) {
  const section = checkKeys(given, [SITE], context.findings);
  const { name = HOME } = section;
  const values = readSettings(section, SITE, context, (key, { role }) => {
    if (key === 'role' && alone) return { text: 'home' };
    // A cloud is one place.
    return key === 'hosts' && role === 'away' ? { text: name } : fallback(key, defaults);
  });
  if (!values) return undefined;
  if (!values.role) {
    if (!section.entries.has('role')) reportNoRole(section, context);
    return undefined;
  }
  if (values.role === 'home' && !values.hosts && !section.entries.has('hosts')) {
    context.findings.problem(placeOf(section), 'hosts must be given, as in hosts = xen1, xen2');
  }
  return built(section, name, values.role, values);
}

function reportNoRole(section: Section, { findings }: Context): void {
  findings.problem(
    placeOf(section),
    'role must be given (home or away) where there are several sites',
  );
}

function fallback(key: string, { spread, migrator, locators }: Defaults): Fallback | undefined {
  if (key === 'spread') return spread;
  if (key === 'locator') return locators;
  return key === 'migrator' ? migrator : undefined;
}

function built(
  section: Section,
  name: string,
  role: Site['role'],
  values: Omit<OptionsOf<typeof SITE>, 'role' | 'max_life'>,
): BuiltSite {
  const { hosts = [], base, at, order, learn_half_life, spread, migrator } = values;
  const { locator: locators = [], broadcast, cidr: cidrs = [] } = values;
  const network = broadcast !== undefined || cidrs.length > 0 ? { broadcast, cidrs } : undefined;
  const site: Site = {
    ...{ name, role, hosts, order, learnHalfLifeMs: learn_half_life, spread },
    ...(base === undefined ? {} : { base }),
    ...(at === undefined ? {} : { at }),
  };
  return { section, site, migrator, locators, network };
}

/** The hosts of all sites, bases included. */
export function allHosts(sites: readonly BuiltSite[]): string[] {
  return [...new Set(sites.flatMap(({ site }) => hostsOf(site)))];
}

function checkPlaces(sites: readonly BuiltSite[], context: Context): void {
  for (const site of sites) checkAt(site, context);
  checkShared(sites, context);
  const [first, second] = sites.filter(({ site }) => site.at !== undefined);
  if (first && second) {
    const text = `the guest is at ${first.site.at} already, says [${first.section.title}]`;
    context.findings.problem(placeOf(second.section, 'at'), text);
  }
}

function checkAt(built: BuiltSite, { findings }: Context): void {
  const { at } = built.site;
  const own = hostsOf(built.site);
  if (at === undefined || own.includes(at)) return;
  const text = `${quoted(at)} is not a host of this site${didYouMean(at, own)}`;
  findings.problem(placeOf(built.section, 'at'), text);
}

/** A host belongs to one site. */
function checkShared(sites: readonly BuiltSite[], { findings }: Context): void {
  const owner = new Map<string, string>();
  for (const built of sites) {
    for (const host of hostsOf(built.site)) {
      const other = owner.get(host);
      const text = `${host} is a host of [${other}] already`;
      if (other !== undefined) findings.problem(placeOf(built.section, 'hosts'), text);
      owner.set(host, other ?? built.section.title);
    }
  }
}

export function buildHosts(
  set: SectionSet,
  hosts: readonly string[],
  context: Context,
): Record<string, HostSettings> {
  const { findings } = context;
  const found: [string, HostSettings][] = [];
  for (const given of set.of('host')) {
    const section = checkKeys(given, [HOST], findings);
    const values = readSettings(section, HOST, context);
    const { name } = section;
    if (name === undefined) continue;
    if (!hostName.parse(name).ok || !hosts.includes(name)) {
      const text = `no site has a host of this name${didYouMean(name, hosts)}`;
      if (hosts.length > 0) findings.problem(placeOf(section), text);
    }
    if (values) found.push([name, { address: values.address, cost: values.cost }]);
  }
  return Object.fromEntries(found);
}
