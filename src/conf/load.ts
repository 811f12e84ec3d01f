/**
 * Conf files to a checked conf, or to all their mistakes at once. It reads the files it is given,
 * conf.d beside the first, and files that hold secrets; it never connects anywhere.
 */
import type { OptionsOf } from '../core/options.ts';
import { alertRule, buildAlert } from './alert.ts';
import { buildConstraints, checkHostsOf } from './constraints.ts';
import type { Context, Surroundings } from './context.ts';
import { buildCost } from './cost.ts';
import { DEFAULT_CONF, readSources } from './files.ts';
import { ConfError, Findings, inOrder } from './findings.ts';
import { buildHooks } from './hooks.ts';
import { lex, type Source } from './lex.ts';
import { lint } from './lint.ts';
import type { Loaded, MetricsSettings, Problem, VmSettings } from './loaded.ts';
import { buildLocators, defaultLocators } from './locators.ts';
import { buildLog } from './log.ts';
import { checkLives } from './max-life.ts';
import { merge } from './merge.ts';
import { assignMigrators, buildMigrators, defaultMigrator } from './migrators.ts';
import { withWorkers } from './on-jobs.ts';
import type { Plugins } from './plugins.ts';
import { buildPolicies } from './policies.ts';
import { buildProbes } from './probes.ts';
import { buildProvider } from './provider.ts';
import { METRICS } from './publishing-tables.ts';
import { buildQueues } from './queues.ts';
import { checkSections, type SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, readSettings } from './settings.ts';
import { withSitePart } from './site-part.ts';
import { allHosts, type BuiltSite, buildHosts, buildSites } from './sites.ts';
import { VM } from './tables.ts';

/** `loaded` is there where nothing is wrong. */
export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly loaded?: Loaded;
}

/**
 * The conf of these files, or of the default one; `part`: a clone's site part, which stands in place of
 * theirs (site-part.ts). Throws `ConfError`, and nothing else.
 */
export function loadConf(
  files: readonly string[],
  plugins: Plugins,
  surroundings: Surroundings,
  part?: Source,
): Loaded {
  const { problems, warnings, loaded } = checkConf(files, plugins, surroundings, part);
  if (!loaded) throw new ConfError(problems, warnings);
  return loaded;
}

/** Like `loadConf`, for those who want the mistakes as a list. Never throws. */
export function checkConf(
  files: readonly string[],
  plugins: Plugins,
  surroundings: Surroundings,
  part?: Source,
): Checked {
  const findings = new Findings();
  const sources = readSources(files, findings);
  const first = files[0] ?? DEFAULT_CONF;
  return findings.problems.length > 0
    ? checked(findings, sources)
    : checkSources(sources, first, plugins, surroundings, { part });
}

/** What else there is besides the files. */
interface More {
  /** Overrides them, as a later file. */
  readonly sections?: readonly Section[];
  readonly part?: Source | undefined;
}

/** The same, for files that were read already. Never throws. */
export function checkSources(
  sources: readonly Source[],
  first: string,
  plugins: Plugins,
  surroundings: Surroundings,
  { sections: more = [], part }: More = {},
): Checked {
  const findings = new Findings();
  const perFile = sources.map((source) => lex(source, findings)).filter((it) => it !== undefined);
  const given = part === undefined ? [] : lex(part, findings);
  if (perFile.length < sources.length || !given) return checked(findings, sources);
  const own = given.length === 0 ? perFile : withSitePart(perFile, given, plugins.migrators);
  const set = checkSections(merge([...own, more], findings), first, findings);
  const context: Context = { findings, effective: [], surroundings };
  const files = sources.map(({ file }) => file);
  const loaded = build(set, files, plugins, context);
  if (loaded && findings.problems.length === 0) lint(loaded, set, findings);
  return checked(findings, sources, loaded);
}

function checked(
  { problems, warnings }: Findings,
  sources: readonly Source[],
  loaded?: Omit<Loaded, 'warnings'>,
): Checked {
  const files = sources.map(({ file }) => file);
  const found = { problems: inOrder(problems, files), warnings: inOrder(warnings, files) };
  if (!loaded || problems.length > 0) return found;
  return { ...found, loaded: { ...loaded, warnings: found.warnings } };
}

function build(
  set: SectionSet,
  files: readonly string[],
  plugins: Plugins,
  context: Context,
): Omit<Loaded, 'warnings'> | undefined {
  const vm = buildVm(set, context);
  const { constraints, thesis, holdProgram, zone } = buildConstraints(set, context);
  const defaults = {
    spread: thesis,
    migrator: defaultMigrator(set),
    locators: defaultLocators(set),
  };
  const sites = buildSites(set, defaults, context);
  const hosts = buildHosts(set, allHosts(sites), context);
  const cost = buildCost(set, sites, hosts, context);
  if (constraints && allSites(set, sites)) checkHostsOf(constraints, allHosts(sites), set, context);
  const migrators = buildMigrators(set, plugins.migrators, context);
  checkLives(set, plugins.migrators, context);
  const { migratorOf, implied } = assignMigrators(sites, set, plugins.migrators, context);
  const located = buildLocators(sites, set, plugins.locators, context);
  const probes = buildProbes(set, plugins.probes, context);
  const queues = buildQueues(set, plugins.queue, vm?.name, context);
  const judged = buildPolicies(set, plugins.policies, probes, context);
  const policies = withWorkers(
    judged,
    queues.map(({ configured }) => configured),
  );
  const measured = [...probes, ...queues];
  const hooks = buildHooks(set, context);
  const alert = buildAlert(set, context);
  const log = buildLog(set, context);
  const metrics = buildMetrics(set, context);
  const names = measured.map(({ configured }) => configured.name);
  const provider = buildProvider(set, names, located.locators, context);
  if (
    !vm ||
    !constraints ||
    !cost ||
    !hooks ||
    !alert ||
    !log ||
    !metrics ||
    context.findings.problems.length > 0
  )
    return undefined;
  return {
    rules: {
      vm: vm.name,
      sites: sites.map(({ site }) => site),
      probes: Object.fromEntries(measured.map(({ configured, rule }) => [configured.name, rule])),
      policies,
      constraints,
      prices: cost.prices,
      hooks: { beforeMove: !!hooks.before_move, afterMove: !!hooks.after_move },
      ...alertRule(alert),
    },
    vm: vm.settings,
    probes: probes.map(({ configured }) => configured),
    queues: queues.map(({ configured }) => configured),
    migrators: [...migrators, ...implied],
    ...located,
    ...{ migratorOf, hosts, cost: cost.settings, zone, log, hooks, alert, files, holdProgram },
    ...{ metrics, provider },
    effective: context.effective,
  };
}

/** Otherwise hosts of a site that has a mistake would be told to be unknown. */
function allSites(set: SectionSet, sites: readonly BuiltSite[]): boolean {
  return sites.length > 0 && sites.length === set.of('array').length + set.of('site').length;
}

function buildVm(set: SectionSet, context: Context) {
  const section = checkKeys(set.the('vm'), [VM], context.findings);
  const values = readSettings(section, VM, context, (key) =>
    key === 'name' ? { text: context.surroundings.hostname } : undefined,
  );
  return values && { name: values.name ?? '', settings: vmSettings(values) };
}

function vmSettings(values: OptionsOf<typeof VM>): VmSettings {
  return {
    state: values.state,
    runtime: values.runtime,
    historyDays: values.history_days,
    journalMaxBytes: values.journal_max,
    journalKeep: values.journal_keep,
    locateEveryMs: values.locate_every,
  };
}

function buildMetrics(set: SectionSet, context: Context): MetricsSettings | undefined {
  const section = checkKeys(set.the('metrics'), [METRICS], context.findings);
  return readSettings(section, METRICS, context);
}
