/** What is legal in a conf, but surely not meant. It only warns. */
import type { PolicyRule, Site } from '../core/conf.ts';
import { isLoopback, listenText } from '../core/option-addresses.ts';
import { formatSpan } from '../core/text.ts';
import { coversWeek, coversYear } from '../core/windows.ts';
import type { Condition } from '../core/words.ts';
import { type Findings, placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import type { ConfiguredQueue, Loaded } from './loaded.ts';
import { lintLog } from './log.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';

export function lint(loaded: Omit<Loaded, 'warnings'>, set: SectionSet, findings: Findings): void {
  for (const policy of loaded.rules.policies) {
    lintPolicy(policy, loaded, set, findings);
    lintSchedule(policy, loaded.rules.sites, set, findings);
    lintJobs(policy, loaded.rules.sites, set, findings);
  }
  for (const site of loaded.rules.sites) lintSite(site, set, findings);
  lintMigrators(loaded, set, findings);
  lintNetworks(loaded, set, findings);
  for (const queue of loaded.queues) lintQueue(queue, set, findings);
  lintCooldown(loaded, set, findings);
  lintQuiet(loaded, set, findings);
  lintBudget(loaded, set, findings);
  lintMetrics(loaded, set, findings);
  lintLog(loaded.log, set, findings);
}

function lintMetrics(
  { metrics: { listen } }: Pick<Loaded, 'metrics'>,
  set: SectionSet,
  findings: Findings,
): void {
  if (!listen || 'path' in listen || isLoopback(listen.host)) return;
  const text = `there is no authentication: whoever reaches ${listenText(listen)} can read it`;
  findings.warning(placeOf(set.the('metrics'), 'listen'), text);
}

/** A network that nobody looks at. */
function lintNetworks(
  { networks, locators, locatorsOf }: Pick<Loaded, 'networks' | 'locators' | 'locatorsOf'>,
  set: SectionSet,
  findings: Findings,
): void {
  const lookers = locators.filter(({ kind }) => kind === 'network').map(({ name }) => name);
  for (const [site, { broadcast }] of Object.entries(networks)) {
    if (locatorsOf[site]?.some((name) => lookers.includes(name))) continue;
    const section = sectionOf(set, 'site', site) ?? set.the('array');
    const key = broadcast === undefined ? 'cidr' : 'broadcast';
    findings.warning(placeOf(section, key), 'no locator of kind network is asked here');
  }
}

/** An hour without a price costs nothing, so that a budget never holds it. */
function lintBudget({ rules }: Pick<Loaded, 'rules'>, set: SectionSet, findings: Findings): void {
  if (!rules.constraints.budget) return;
  const hosts = rules.sites.flatMap((site) => site.hosts);
  const unpriced = hosts.filter((host) => rules.prices[host] === undefined);
  if (unpriced.length === 0) return;
  const text = `no price is known of ${unpriced.join(', ')} ([host NAME] cost, or [cost] array)`;
  findings.warning(placeOf(set.the('constraints'), 'budget'), text);
}

function sectionOf(set: SectionSet, kind: string, name: string): Section | undefined {
  return set.of(kind).find((section) => nameOf(section) === name);
}

function lintPolicy(
  policy: PolicyRule,
  loaded: Pick<Loaded, 'probes' | 'rules'>,
  set: SectionSet,
  findings: Findings,
): void {
  const { probes } = loaded;
  const section = sectionOf(set, 'policy', policy.name);
  if (!section) return;
  const { suffering, idle } = policy;
  const timeoutMs = probes.find(({ name }) => name === policy.probe)?.timeoutMs ?? 0;
  if (idle && overlap(suffering, idle)) {
    const [from, to] = [idle.bound, suffering.bound].toSorted((a, b) => a - b);
    const text = `a reading between ${from} and ${to} is idle and suffering at once`;
    findings.warning(placeOf(section, givenKey(section, 'idle', 'lowthreshold')), text);
  }
  if (
    idle &&
    !policy.schedule &&
    !policy.jobs &&
    loaded.rules.sites.every(({ base }) => base === undefined)
  ) {
    const text = 'there is no base to go to: give one with base = in [array]';
    findings.warning(placeOf(section, givenKey(section, 'idle', 'lowthreshold')), text);
  }
  warnShort(suffering, givenKey(section, 'suffering', 'tarry'));
  if (idle) warnShort(idle, givenKey(section, 'idle', 'lowtarry'));

  function warnShort({ tarry }: Condition, key: string): void {
    if (!section || tarry.kind !== 'time' || tarry.ms >= timeoutMs) return;
    const times = `${formatSpan(tarry.ms)} is shorter than the probe's timeout`;
    findings.warning(placeOf(section, key), `${times}, ${formatSpan(timeoutMs)}`);
  }
}

function lintSchedule(
  { name, schedule }: PolicyRule,
  sites: readonly Site[],
  set: SectionSet,
  findings: Findings,
): void {
  const section = sectionOf(set, 'policy', name);
  if (!section || !schedule) return;
  const { hours } = schedule;
  const warn = (key: string, text: string) => findings.warning(placeOf(section, key), text);
  if (hours.closed.length === 0 && coversWeek(hours)) {
    warn('workhours', 'leaves no minute of the week out, so closing time never comes');
  }
  if (coversYear(hours.closed)) warn('closed', 'names every day of the year, so no window opens');
  if (sites.every(({ base }) => base === undefined)) {
    warn('workhours', 'outside them the guest goes to the base, and the conf names none');
  }
}

function lintJobs(
  { name, jobs }: PolicyRule,
  sites: readonly Site[],
  set: SectionSet,
  findings: Findings,
): void {
  const section = sectionOf(set, 'policy', name);
  if (!section || !jobs || sites.some(({ role }) => role === 'away')) return;
  findings.warning(placeOf(section), 'there is no site to go to: give one with role = away');
}

/** An away site may keep nothing of the guest. */
function lintQueue({ name, options }: ConfiguredQueue, set: SectionSet, findings: Findings): void {
  const section = sectionOf(set, 'queue', name);
  const leave = options['results'] !== undefined || options['results_command'] !== undefined;
  if (!section || leave) return;
  const text = 'results stay in a file beside the journal: give results =, or results_command =';
  findings.warning(placeOf(section), text);
}

function givenKey(section: Section, one: string, other: string): string {
  return section.entries.has(one) ? one : other;
}

function overlap(suffering: Condition, idle: Condition): boolean {
  return suffering.compare === '<' ? idle.bound < suffering.bound : idle.bound > suffering.bound;
}

function lintSite({ name, hosts, base, role }: Site, set: SectionSet, findings: Findings): void {
  const section = set.of('site').find((site) => site.name === name) ?? set.the('array');
  if (base !== undefined && hosts.includes(base)) {
    findings.warning(
      placeOf(section, 'base'),
      `${base} is among the hosts too; moves leave it out all the same`,
    );
  }
  if (hosts.length === 1 && role === 'home') {
    findings.warning(placeOf(section, 'hosts'), 'a single host: there is no other to move to');
  }
}

function lintMigrators(
  { migrators, migratorOf }: Pick<Loaded, 'migrators' | 'migratorOf'>,
  set: SectionSet,
  findings: Findings,
): void {
  for (const { name, kind, options } of migrators) {
    const section = sectionOf(set, 'migrator', name);
    if (!section) continue;
    if (!Object.values(migratorOf).includes(name)) {
      findings.warning(placeOf(section), 'no site uses this migrator');
    }
    if (kind === 'command' && options['locate'] === undefined) {
      const text =
        'without locate nobody can tell where the guest is, so no move is ever confirmed';
      findings.warning(placeOf(section), text);
    }
  }
}

function lintQuiet({ rules }: Pick<Loaded, 'rules'>, set: SectionSet, findings: Findings): void {
  const { quiet } = rules.constraints;
  if (!quiet || !coversWeek(quiet)) return;
  const text = 'leaves no minute of the week out, so nothing is ever asked';
  findings.warning(placeOf(set.the('constraints'), 'quiet'), text);
}

function lintCooldown({ rules }: Pick<Loaded, 'rules'>, set: SectionSet, findings: Findings): void {
  const section = set.the('constraints');
  const { cooldownMs, cooldownMaxMs, settleMs = 0 } = rules.constraints;
  if (cooldownMs === undefined) return;
  const cooldown = formatSpan(cooldownMs);
  if (cooldownMs < settleMs) {
    const text = `${cooldown} is over before the guest has settled (${formatSpan(settleMs)})`;
    findings.warning(placeOf(section, 'cooldown'), text);
  }
  if (cooldownMs > cooldownMaxMs) {
    const text = `${cooldown} is above cooldown_max (${formatSpan(cooldownMaxMs)}), so it never grows`;
    findings.warning(placeOf(section, 'cooldown'), text);
  }
}
