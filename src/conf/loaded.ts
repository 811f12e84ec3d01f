/**
 * What the conf room hands to the rest of the program: the checked conf, with every default filled
 * in, and what was noticed on the way.
 */
import type { Conf } from '../core/conf.ts';
import type { ListenAddress } from '../core/option-addresses.ts';
import type { ProbeBound } from '../core/option-shapes.ts';
import type { SinkUrl } from '../core/sink-url.ts';

export interface Loaded {
  /** What `step` reads. */
  readonly rules: Conf;
  readonly vm: VmSettings;
  readonly probes: readonly ConfiguredProbe[];
  readonly queues: readonly ConfiguredQueue[];
  /** One per site at least; where the conf names none, a `local` one. */
  readonly migrators: readonly Configured[];
  /** Site name → name of its migrator. */
  readonly migratorOf: Readonly<Record<string, string>>;
  /** Who else is asked where the guest is. */
  readonly locators: readonly Configured[];
  /** Site name → names of those who are asked about it. */
  readonly locatorsOf: Readonly<Record<string, readonly string[]>>;
  /** Site name → what its network is known by, where the conf says it. */
  readonly networks: Readonly<Record<string, NetworkSettings>>;
  /** Host name → its `[host NAME]` section, where there is one. */
  readonly hosts: Readonly<Record<string, HostSettings>>;
  readonly cost: CostSettings;
  /** [constraints] timezone: of a day's cost, too. */
  readonly zone: string;
  readonly log: LogSettings;
  /** `hold_while`, where the conf has it. */
  readonly holdProgram: ProgramSettings | undefined;
  readonly hooks: HookPrograms;
  readonly alert: AlertSettings;
  readonly metrics: MetricsSettings;
  /** Undefined: nobody is pushed to. */
  readonly provider: ProviderSettings | undefined;
  /** Legal, but surely not meant. */
  readonly warnings: readonly Problem[];
  /** The files read, in order. */
  readonly files: readonly string[];
  /** The effective conf, sectioned, secrets left out, with where each value comes from. */
  readonly effective: readonly EffectiveValue[];
}

/** A probe, migrator or locator of the conf: its kind's table has parsed `options`. */
export interface Configured {
  readonly name: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ConfiguredProbe extends Configured {
  /** A reading that takes longer is missing; less than the interval. */
  readonly timeoutMs: number;
  /** `error`: the daemon doesn't begin while a reading of it is missing. */
  readonly startup: 'retry' | 'error';
}

export interface ConfiguredQueue {
  readonly name: string;
  readonly url: string;
  /** Of the table that says how its jobs are done. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Looking for its page, and claiming it, takes no longer; less than the interval. */
  readonly timeoutMs: number;
}

/** A program of the tenant's own: its words, and how long it may take. */
export interface ProgramSettings {
  readonly argv: readonly string[];
  readonly timeoutMs: number;
}

export interface AlertSettings {
  readonly exec: readonly string[] | undefined;
  /** May hold a secret. */
  readonly url: string | undefined;
  readonly mail: readonly string[];
  readonly sendmail: string;
  /** For one way and one try. */
  readonly timeoutMs: number;
  readonly tries: number;
  readonly remindMs: number | undefined;
}

export interface HookPrograms {
  readonly before_move: ProgramSettings | undefined;
  readonly after_move: ProgramSettings | undefined;
}

export interface NetworkSettings {
  readonly broadcast: string | undefined;
  readonly cidrs: readonly string[];
}

/** What is known of a host beyond its name. */
export interface HostSettings {
  readonly address: string | undefined;
  /** An hour there, in the tenant's own money. */
  readonly cost: number | undefined;
}

export interface CostSettings {
  /** What prices are in; undefined: the tenant didn't say. */
  readonly currency: string | undefined;
}

export interface VmSettings {
  /** Folders. */
  readonly state: string;
  readonly runtime: string;
  readonly historyDays: number;
  readonly journalMaxBytes: number;
  readonly journalKeep: number;
  readonly locateEveryMs: number;
}

export interface LogSettings {
  /** `relp://HOST:PORT` and the like, tried in this order; none: no central log. */
  readonly sinks: readonly SinkUrl[];
  /** Paths, for sinks over TLS. */
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly spoolMaxBytes: number;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Whether each reading, and what the policies say to it, is told on this machine. */
  readonly cycles: boolean;
}

export interface MetricsSettings {
  /** Where the page of metrics is served; undefined: nowhere. */
  readonly listen: ListenAddress | undefined;
}

export interface ProviderSettings {
  readonly url: string;
  /** Undefined where secrets were left alone. */
  readonly token: string | undefined;
  /** A file of certificates. */
  readonly ca: string | undefined;
  /** Undefined: only what crosses a bound is pushed. */
  readonly everyMs: number | undefined;
  readonly bounds: readonly ProbeBound[];
  /** A share of the bound. */
  readonly hysteresis: number;
  readonly timeoutMs: number;
  /** Readings. */
  readonly queueMax: number;
}

export interface Problem {
  readonly file: string;
  /** Counted from 1; 0 where a whole file is meant. */
  readonly line: number;
  readonly section?: string;
  readonly key?: string;
  readonly text: string;
}

export interface EffectiveValue {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** `FILE:LINE`, or `default`. */
  readonly origin: string;
}
