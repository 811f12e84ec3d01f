/**
 * Where a request could go: the hosts of a verdict in the order in which they are tried, each
 * with the reason why it can't be now, if there is one.
 */
import type { Conf, Site } from './conf.ts';
import { byLessons } from './lessons.ts';
import { fraction } from './spread.ts';
import type { Bar, State } from './state.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import type { Ask, Role } from './words.ts';

export interface Candidate {
  readonly host: string;
  /** Absent: it may be tried. */
  readonly against?: string;
}

/** What is asked for: a verdict, and the host where a person named one. */
export interface Wanted {
  readonly verdict: Ask;
  readonly host?: string;
}

/** A bar never lasts longer than this. */
const BAR_MAX_MS = 24 * 3_600_000;

/** Where the guest is, as far as anybody told; `at =` of the conf where no locator did. */
export function currentHost(state: State, conf: Conf): string | undefined {
  return state.place?.host ?? toldByConf(conf);
}

/** `at =`: the tenant's word, for a guest that no locator can find. */
export function toldByConf(conf: Conf): string | undefined {
  return conf.sites.find((site) => site.at !== undefined)?.at;
}

/** The site that a host belongs to; the first one where the host is unknown. */
export function siteOf(host: string | undefined, conf: Conf): Site | undefined {
  return conf.sites.find((site) => holds(site, host)) ?? conf.sites[0];
}

/** What the site of a host is to the guest; undefined for a host of no site. */
export function roleOf(host: string | undefined, conf: Conf): Role | undefined {
  return conf.sites.find((site) => holds(site, host))?.role;
}

function holds({ base, hosts }: Site, host: string | undefined): boolean {
  return host !== undefined && (base === host || hosts.includes(host));
}

/** All hosts of a site: those of its array, then its base. */
export function hostsOf({ hosts, base }: Site): readonly string[] {
  return base === undefined || hosts.includes(base) ? hosts : [...hosts, base];
}

export function isBase(host: string | undefined, conf: Conf): boolean {
  return host !== undefined && conf.sites.some((site) => site.base === host);
}

/** All candidates in order; those that can't be tried now say why. */
export function candidates(wanted: Wanted, state: State, conf: Conf, at: Stamp): Candidate[] {
  const here = currentHost(state, conf);
  return hostsFor(wanted, here, state, conf, at).map((host) => {
    const against = reasonAgainst(host, here, state, conf, at);
    return against === undefined ? { host } : { host, against };
  });
}

/** Those that may be tried now. */
export function openHosts(wanted: Wanted, state: State, conf: Conf, at: Stamp): string[] {
  const open = candidates(wanted, state, conf, at).filter(({ against }) => against === undefined);
  return open.map(({ host }) => host);
}

function hostsFor(
  wanted: Wanted,
  here: string | undefined,
  state: State,
  conf: Conf,
  at: Stamp,
): readonly string[] {
  if (wanted.host !== undefined) return [wanted.host];
  const site = siteOf(here, conf);
  switch (wanted.verdict) {
    case 'move':
      return site
        ? failedLast(ordered(site, round(site, here, state, conf), state, at), state, at)
        : [];
    case 'base':
      return site?.base === undefined ? [] : [site.base];
    case 'away':
    case 'home':
      return failedLast(hostsOfRole(wanted.verdict, conf), state, at);
  }
}

function hostsOfRole(role: Role, { sites }: Conf): readonly string[] {
  return sites.filter((site) => site.role === role).flatMap(({ hosts }) => hosts);
}

/**
 * What failed since the guest came to where it is goes last: else a suffering guest would ask for the
 * same dead host for hours. A host that failed before that has one more try.
 */
function failedLast(hosts: readonly string[], state: State, at: Stamp): readonly string[] {
  const failed = (host: string) => Number(failedHere(host, state, at));
  return hosts.toSorted((a, b) => failed(a) - failed(b));
}

function failedHere(host: string, { bars, arrival }: State, at: Stamp): boolean {
  const bar = bars[host];
  if (!bar || elapsedMs(bar.at, at) >= BAR_MAX_MS) return false;
  return !arrival || elapsedMs(arrival.at, bar.at) > 0;
}

/**
 * `order = learned` puts the round's hosts by what was seen on them, those that this episode came to
 * already behind the others; ties keep their places.
 */
function ordered(
  { order, learnHalfLifeMs }: Site,
  hosts: readonly string[],
  { lessons, episode }: State,
  at: Stamp,
): readonly string[] {
  if (order === 'listed') return hosts;
  const tried = new Set(episode?.arrivals.map(({ host }) => host));
  const ranked = byLessons(hosts, lessons, at.wallMs, learnHalfLifeMs);
  return ranked.toSorted((a, b) => Number(tried.has(a)) - Number(tried.has(b)));
}

/**
 * `order = listed`: the hosts after the present one, round and round; from the base, from the
 * first. With `spread` the first move of an episode begins that round at a place of the guest's
 * own, so that a whole array that suffers at once doesn't follow one list to one host.
 */
function round(site: Site, here: string | undefined, state: State, conf: Conf): readonly string[] {
  const index = site.hosts.indexOf(here ?? '');
  const others = [
    ...site.hosts.slice(index + 1),
    ...site.hosts.slice(0, Math.max(0, index)),
  ].filter((host) => host !== site.base);
  if (!site.spread || state.episode || others.length === 0) return others;
  const begin = Math.floor(fraction(conf.vm) * others.length);
  return [...others.slice(begin), ...others.slice(0, begin)];
}

/** Whether the conf lets the guest go there at all. */
export function isAllowed(host: string, conf: Conf): boolean {
  return forbidden(host, conf) === undefined;
}

function forbidden(host: string, { constraints: { allow, deny } }: Conf): string | undefined {
  if (deny.includes(host)) return 'denied by deny';
  return allow && !allow.includes(host) ? 'not in allow' : undefined;
}

function reasonAgainst(
  host: string,
  here: string | undefined,
  state: State,
  conf: Conf,
  at: Stamp,
): string | undefined {
  if (host === here) return 'the guest is there';
  const rule = forbidden(host, conf);
  if (rule !== undefined) return rule;
  const leftMs = barLeftMs(state.bars[host], conf, at);
  if (leftMs <= 0) return undefined;
  return `barred for ${formatSpan(leftMs)}: ${state.bars[host]?.reason}`;
}

/** Milliseconds that a bar still lasts; it doubles with each failure in a row. */
export function barLeftMs(bar: Bar | undefined, conf: Conf, at: Stamp): number {
  if (!bar) return 0;
  const lastsMs = Math.min(conf.constraints.barMs * 2 ** (bar.n - 1), BAR_MAX_MS);
  return lastsMs - elapsedMs(bar.at, at);
}
