/**
 * The thesis's own files: keys before any section, translated into the sections they mean. Each
 * translated key keeps the place and the name under which the tenant wrote it. Whether a value is
 * right is left to the tables, except where a translation has to understand it.
 */

import { didYouMean, nearest } from '../core/nearest.ts';
import { integer } from '../core/option-types.ts';
import type { Findings } from './findings.ts';
import { NAME } from './lex.ts';
import { type Entry, type Section, titleOf } from './sections.ts';

const KEYS = [
  'service',
  'daemon_interval',
  'threshold',
  'tarry',
  'lowthreshold',
  'lowtarry',
  'workstart',
  'workstop',
  'bigjobs',
  'min_range',
  'max_range',
  'mybase',
  'home',
  'away',
  'myHomeBroadcast',
  'run_daemon',
] as const;

type FlatKey = (typeof KEYS)[number];

/** The thesis's programs that measured, and the probes that do so here. */
const SERVICES: Readonly<Record<string, string>> = { mysqlstatus: 'mysql', queueproc: 'queue' };

/** Which key says which policy is meant; the first that is there. */
const POLICY_OF = [
  ['bigjobs', 'site-aware'],
  ['workstart', 'schedule-aware'],
  ['lowthreshold', 'base-aware'],
  ['threshold', 'threshold-aware'],
] as const;

/** The end of the day is where a window may close, not open. */
const DAY_UNITS = 288;
const UNIT_MINUTES = 5;
const HOSTS_MAX = 1000;

type Open = Section & { readonly entries: Map<string, Entry> };

export function translateFlat(flat: ReadonlyMap<string, Entry>, findings: Findings): Section[] {
  const known = new Map(flat);
  for (const entry of flat.values()) {
    if (entry.broken || KEYS.some((key) => key === entry.key)) continue;
    const text = `stands before any section, where only the keys of flat files do`;
    refuse(findings, entry, `${text}${didYouMean(entry.key, KEYS)}`);
    const meant = nearest(entry.key, KEYS);
    if (meant && !flat.has(meant)) known.set(meant, { ...entry, key: meant, broken: true });
  }
  return new Translation(known, findings).sections();
}

function refuse(findings: Findings, { file, line, key }: Entry, text: string): void {
  findings.problem({ file, line, key }, text);
}

class Translation {
  readonly #flat: ReadonlyMap<string, Entry>;
  readonly #findings: Findings;
  readonly #sections = new Map<string, Open>();

  constructor(flat: ReadonlyMap<string, Entry>, findings: Findings) {
    this.#flat = flat;
    this.#findings = findings;
  }

  sections(): Section[] {
    this.#array();
    this.#probe();
    this.#policy();
    this.#mode();
    return [...this.#sections.values()];
  }

  #array(): void {
    const home = this.#site('home');
    this.#site('away');
    const [kind, name] = home === undefined ? ['array', undefined] : ['site', home];
    this.#hosts(kind, name);
    this.#copy('mybase', kind, name, 'base');
    this.#copy('myHomeBroadcast', kind, name, 'broadcast');
  }

  /** `home` and `away` name the sites. */
  #site(role: 'home' | 'away'): string | undefined {
    const entry = this.#flat.get(role);
    if (!entry || entry.broken) return undefined;
    if (NAME.test(entry.value)) {
      this.#put(entry, 'site', entry.value, 'role', role);
      return entry.value;
    }
    refuse(this.#findings, entry, 'is not a name for a site (letters, digits, dots, - and _)');
    return undefined;
  }

  #hosts(kind: string, name: string | undefined): void {
    const first = this.#flat.get('min_range') ?? this.#flat.get('max_range');
    if (!first) return;
    const from = this.#whole('min_range', 1_000_000, 'max_range');
    const to = this.#whole('max_range', 1_000_000, 'min_range');
    if (from === undefined || to === undefined) {
      this.#put({ ...first, broken: true }, kind, name, 'hosts', '');
    } else if (to < from || to - from >= HOSTS_MAX) {
      const text = `min_range ${from} to max_range ${to} are not between 1 and ${HOSTS_MAX} hosts`;
      refuse(this.#findings, first, text);
      this.#put({ ...first, broken: true }, kind, name, 'hosts', '');
    } else {
      const hosts = Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
      this.#put(first, kind, name, 'hosts', hosts.join(', '));
    }
  }

  #probe(): void {
    const service = this.#flat.get('service');
    const bigJobs = this.#flat.get('bigjobs');
    if (bigJobs && (!service || service.value === 'queueproc'))
      return this.#queue(service ?? bigJobs);
    if (service) {
      const probe = Object.hasOwn(SERVICES, service.value) ? SERVICES[service.value] : undefined;
      this.#put(service, 'probe', undefined, 'kind', probe ?? service.value);
    }
    this.#copy('daemon_interval', 'probe', undefined, 'interval');
  }

  /** The thesis's worker counted the big jobs of the queue that it worked on. */
  #queue({ file, line }: Entry): void {
    this.#open('queue', undefined, file, line);
    this.#copy('daemon_interval', 'queue', undefined, 'interval');
  }

  #policy(): void {
    const says = POLICY_OF.find(([key]) => this.#flat.has(key));
    const entry = says && this.#flat.get(says[0]);
    if (entry) this.#put(entry, 'policy', undefined, 'kind', says[1]);
    for (const key of ['threshold', 'tarry', 'lowthreshold', 'lowtarry', 'bigjobs'] as const) {
      this.#copy(key, 'policy', undefined, key);
    }
    this.#workhours();
  }

  /** In units of five minutes of the day, every day, in UTC. */
  #workhours(): void {
    const start = this.#flat.get('workstart');
    if (!start && !this.#flat.has('workstop')) return;
    const from = this.#whole('workstart', DAY_UNITS - 1, 'workstop');
    const to = this.#whole('workstop', DAY_UNITS, 'workstart');
    if (!start) return;
    if (from === undefined || to === undefined) {
      return this.#put({ ...start, broken: true }, 'policy', undefined, 'workhours', '');
    }
    const hours = `Mon-Sun ${timeOfDay(from)}-${timeOfDay(to)}`;
    this.#put(start, 'policy', undefined, 'workhours', hours);
    this.#put(start, 'policy', undefined, 'timezone', 'UTC');
  }

  /** A daemon that wasn't to run asked for nothing; ours runs and only watches. */
  #mode(): void {
    const entry = this.#flat.get('run_daemon');
    if (!entry || entry.broken) return;
    const mode = RUNS.get(entry.value.toLowerCase());
    if (mode) this.#put(entry, 'constraints', undefined, 'mode', mode);
    else refuse(this.#findings, entry, 'is neither yes nor no');
  }

  #whole(key: FlatKey, max: number, partner: FlatKey): number | undefined {
    const entry = this.#flat.get(key);
    if (!entry) {
      const other = this.#flat.get(partner);
      if (other) refuse(this.#findings, other, `needs ${key} beside it`);
      return undefined;
    }
    if (entry.broken) return undefined;
    const parsed = integer({ min: 0, max }).parse(entry.value);
    if (!parsed.ok) refuse(this.#findings, entry, parsed.problem);
    return parsed.ok ? parsed.value : undefined;
  }

  #copy(from: FlatKey, kind: string, name: string | undefined, key: string): void {
    const entry = this.#flat.get(from);
    if (entry) this.#put(entry, kind, name, key, entry.value);
  }

  #put(from: Entry, kind: string, name: string | undefined, key: string, value: string): void {
    const open = this.#open(kind, name, from.file, from.line);
    open.entries.set(key, { ...from, key, value, written: from.key });
  }

  #open(kind: string, name: string | undefined, file: string, line: number): Open {
    const title = titleOf(kind, name);
    const open: Open = this.#sections.get(title) ?? {
      ...{ file, line, kind, name, title, flat: true as const },
      entries: new Map(),
    };
    this.#sections.set(title, open);
    return open;
  }
}

const RUNS: ReadonlyMap<string, string> = new Map([
  ...['yes', 'on', 'true', '1'].map((word) => [word, 'active'] as const),
  ...['no', 'off', 'false', '0'].map((word) => [word, 'passive'] as const),
]);

function timeOfDay(units: number): string {
  const minutes = units * UNIT_MINUTES;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
