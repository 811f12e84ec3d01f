/**
 * A guest, its hosts and its time, all made up: feeds events to `step`, carries its errands out
 * the way a test says, and keeps what was recorded.
 */
import type { Conf, Constraints, PolicyRule, Site } from '../../src/core/conf.ts';
import type { Entry } from '../../src/core/entries.ts';
import type {
  Effect,
  Errand,
  Event,
  Happening,
  HeldByProvider,
  Refusal,
  Told,
} from '../../src/core/events.ts';
import type { HookCall } from '../../src/core/hooks.ts';
import { windows } from '../../src/core/option-windows.ts';
import type { JobsRule, Schedule } from '../../src/core/policy.ts';
import type { Sighting } from '../../src/core/sighting.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { type Stored, step } from '../../src/core/step.ts';
import type { Stamp } from '../../src/core/time.ts';
import type { Tarry } from '../../src/core/words.ts';
import { baseAware } from '../../src/policies/base-aware.ts';
import { scheduleAware } from '../../src/policies/schedule-aware.ts';
import { siteAware } from '../../src/policies/site-aware.ts';

export const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 10, 21, 9, 0, 0);

export const CONSTRAINTS: Constraints = {
  mode: 'active',
  settleMs: 45_000,
  holdWhile: false,
  cooldownMs: 5 * MINUTE,
  cooldownGrowth: 2,
  cooldownMaxMs: 360 * MINUTE,
  backAndForthMs: 60 * MINUTE,
  retryMs: 3 * MINUTE,
  maxMoves: { n: 6, spanMs: 1440 * MINUTE },
  quiet: undefined,
  budget: undefined,
  allTried: true,
  movedBackRestMs: 1440 * MINUTE,
  allow: undefined,
  deny: [],
  maxTargets: 3,
  barMs: 3 * MINUTE,
  lookMs: 5000,
  lookMaxMs: 5 * MINUTE,
  prefer: 'service',
};

/** The thesis's behaviour: only 45 s of settling. */
export const THESIS: Constraints = {
  ...CONSTRAINTS,
  cooldownMs: undefined,
  backAndForthMs: undefined,
  retryMs: undefined,
  maxMoves: undefined,
  allTried: false,
  movedBackRestMs: undefined,
};

export const SITE: Site = {
  name: 'home',
  role: 'home',
  hosts: ['h1', 'h2', 'h3'],
  base: 'b',
  order: 'listed',
  learnHalfLifeMs: 7 * 1440 * MINUTE,
  spread: false,
};

export const POLICY: PolicyRule = {
  name: 'db',
  kind: 'base-aware',
  probe: 'slow',
  worse: 'high',
  suffering: { compare: '>', bound: 50, tarry: { kind: 'count', n: 3 } },
  idle: { compare: '<', bound: 1, tarry: { kind: 'count', n: 5 } },
  onError: 'hold',
  judge: baseAware.judge,
};

const { base: _, ...ARRAY } = SITE;

/** A home array and a cloud. */
export const SITES: readonly Site[] = [
  SITE,
  { ...ARRAY, name: 'aws', role: 'away', hosts: ['aws'] },
];

/** Two big jobs are enough to go away for. */
export function siteAwareRule(
  jobs: JobsRule = {},
  tarry: Tarry = { kind: 'count', n: 1 },
): PolicyRule {
  return {
    ...{ name: 'build', kind: 'site-aware', probe: 'builds', worse: 'high', onError: 'hold' },
    suffering: { compare: '>=', bound: 2, tarry },
    idle: { compare: '<', bound: 2, tarry },
    ...{ judge: siteAware.judge, jobs },
  };
}

interface Changes {
  readonly vm?: string;
  readonly site?: Partial<Site>;
  readonly sites?: readonly Site[];
  readonly policy?: Partial<PolicyRule>;
  readonly policies?: readonly PolicyRule[];
  readonly probes?: Conf['probes'];
  readonly constraints?: Partial<Constraints>;
  readonly prices?: Conf['prices'];
  readonly hooks?: Conf['hooks'];
  readonly alert?: NonNullable<Conf['alert']>;
}

export function makeConf(changes: Changes = {}): Conf {
  return {
    vm: changes.vm ?? 'db7',
    sites: changes.sites ?? [{ ...SITE, ...changes.site }],
    probes: changes.probes ?? { slow: { intervalMs: MINUTE, maxErrors: 3, unit: '/min' } },
    policies: changes.policies ?? [{ ...POLICY, ...changes.policy }],
    constraints: { ...CONSTRAINTS, ...changes.constraints },
    prices: changes.prices ?? {},
    ...(changes.alert ? { alert: changes.alert } : {}),
    hooks: changes.hooks ?? { beforeMove: false, afterMove: false },
  };
}

type Unstamped<H> = H extends Happening ? Omit<H, 'at'> : never;

export interface Hosts {
  /** What a preflight of the target says; undefined: fine. */
  preflight?(to: string): string | undefined;
  /** Whether the source is why a preflight or an attempt fails. */
  ofSource?: true;
  /** Whether the provider holds the guest when its preflight is made. */
  holds?(to: string): HeldByProvider | undefined;
  /** Where the guest is after the attempt, and what the attempt says of itself. */
  migrate?(
    from: string,
    to: string,
  ): { host: string; ok: boolean; text: string; held?: HeldByProvider };
  /** What the `hold_while` program says. */
  hold?(): Told;
  /** What a hook says; undefined: fine. */
  hook?(call: HookCall): string | undefined;
  /** What a look finds, given the true host. */
  locate?(host: string): Sighting;
  /** Where that host is a cloud: a clone goes there, and the guest stays and rests. */
  cloud?: string;
}

/** Working hours in UTC, as the schedule-aware policy has them. */
export function scheduleOf(hours: string, more: Record<string, unknown> = {}): Schedule {
  const parsed = windows.parse(hours);
  if (!parsed.ok) throw new Error(parsed.problem);
  const options = { workhours: parsed.value, off_hours: 'rest', monitor_off_hours: true, ...more };
  return scheduleAware.schedule(options);
}

export class World {
  state: State = INITIAL;
  readonly conf: Conf;
  readonly entries: { entry: Entry; at: Stamp }[] = [];
  /** Entries and readings in the order in which they took effect, as a restart would find them. */
  readonly stored: Stored[] = [];
  /** Set to keep errands in `pending` instead of carrying them out at once. */
  holdErrands = false;
  readonly pending: Errand[] = [];
  readonly moveTakesMs: number;
  host: string;
  readonly #startMs: number;
  #nowMs = 0;
  #requests = 0;
  #others = 0;
  readonly #hosts: Hosts;

  constructor(
    conf: Conf,
    options: { host?: string; hosts?: Hosts; moveTakesMs?: number; startMs?: number } = {},
  ) {
    this.conf = conf;
    this.#startMs = options.startMs ?? START_MS;
    this.host = options.host ?? 'h1';
    this.#hosts = options.hosts ?? {};
    this.moveTakesMs = options.moveTakesMs ?? 10_000;
    this.send({ type: 'located', sighting: this.sighting() });
  }

  now(): Stamp {
    return { wallMs: this.#startMs + this.#nowMs, boot: 'boot-1', bootMs: 600_000 + this.#nowMs };
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  sighting(): Sighting {
    const { host } = this;
    const seen = this.#hosts.locate?.(host) ?? {
      kind: 'at' as const,
      host,
      answers: [{ who: 'hosts', says: host }],
    };
    if (seen.kind !== 'at' || host !== this.#hosts.cloud) return seen;
    const { request, handedOver } = this.state;
    const clone = { request: handedOver?.request ?? request?.id ?? 'none', instance: 'i-1' };
    return { ...seen, clone };
  }

  /** The clone has handed back, or is gone. */
  takeBack(reason = 'handed back'): readonly Effect[] {
    const { handedOver } = this.state;
    if (handedOver) this.host = handedOver.from;
    return this.send({ type: 'taken-back', request: handedOver?.request ?? 'none', reason });
  }

  /** One event; its errands are carried out at once unless they are held back. */
  send(happening: Unstamped<Happening>, newRequest = this.#otherId()): readonly Effect[] {
    const at = this.now();
    const event = { ...happening, at, newRequest } as Event;
    const { state, effects } = step(this.state, event, this.conf);
    if (happening.type === 'reading') this.stored.push({ reading: happening.reading });
    this.state = state;
    for (const effect of effects) this.#note(effect, at);
    if (!this.holdErrands) this.settleErrands();
    return effects;
  }

  /** Carries out what is pending, and what comes of it. */
  settleErrands(): void {
    for (let errand = this.pending.shift(); errand; errand = this.pending.shift()) {
      this.carryOut(errand);
    }
  }

  /** Only the first that is pending; what comes of it may be pending then. */
  carryOutNext(): void {
    const errand = this.pending.shift();
    if (!errand) throw new Error('no errand is pending');
    this.carryOut(errand);
  }

  carryOut(errand: Errand): void {
    switch (errand.do) {
      case 'preflight': {
        const reason = this.#hosts.preflight?.(errand.to);
        const { request, to } = errand;
        const held = this.#hosts.holds?.(errand.to);
        const why = reason ?? held?.why;
        const said = why === undefined ? { ok: true } : { ok: false, reason: why };
        const blame = why !== undefined && this.#hosts.ofSource ? { ofSource: true as const } : {};
        const more = { ...blame, ...(held ? { held } : {}) };
        this.send({ type: 'preflighted', request, to, ...said, ...more });
        break;
      }
      case 'migrate': {
        const { request, from, to } = errand;
        this.wait(this.moveTakesMs);
        const done = this.#hosts.migrate?.(from, to) ?? { host: to, ok: true, text: 'done' };
        const { host, ...said } = done;
        this.host = host;
        const blame = !done.ok && this.#hosts.ofSource ? { ofSource: true as const } : {};
        this.send({ type: 'attempted', request, to, ...said, ...blame });
        break;
      }
      case 'locate': {
        const { request, look, afterMs } = errand;
        this.wait(afterMs);
        if (look > 8) break;
        this.send({ type: 'located', sighting: this.sighting(), request, look, ended: true });
        break;
      }
      case 'ask-hold': {
        const { probe } = errand;
        const told = this.#hosts.hold?.() ?? { holds: false };
        this.send({ type: 'hold-told', told, ...(probe === undefined ? {} : { probe }) });
        break;
      }
      case 'hook': {
        const { hook, request, to } = errand;
        const refusal = this.#hosts.hook?.(errand);
        const said = { ok: refusal === undefined, text: refusal ?? 'fine' };
        if (hook === 'before_move') this.send({ type: 'prepared', request, to, ...said });
        else this.send({ type: 'after-move-ended', request, ...said });
        break;
      }
      case 'alert':
        this.send({ type: 'alerted', n: errand.alert.n, ok: true, text: 'exec' });
        break;
      case 'cancel':
        break;
    }
  }

  /** A reading now; a string is the reason of a missing one. */
  read(value: number | string, probe = 'slow'): readonly Effect[] {
    const at = this.now();
    const reading =
      typeof value === 'number' ? { probe, at, value } : { probe, at, missing: value };
    this.#requests += 1;
    return this.send({ type: 'reading', reading }, `R${this.#requests}`);
  }

  /** Readings an interval apart, the first one an interval from now. */
  readAll(values: readonly (number | string)[], intervalMs = MINUTE): void {
    for (const value of values) {
      this.wait(intervalMs);
      this.read(value);
    }
  }

  ask(
    order: {
      verdict?: 'move' | 'base' | 'away' | 'home';
      host?: string;
      force?: boolean;
      why?: string;
    } = {},
  ) {
    this.#requests += 1;
    const { verdict = 'move', force = false, ...rest } = order;
    return this.send({ type: 'ask', verdict, force, ...rest }, `R${this.#requests}`);
  }

  types(): string[] {
    return this.entries.map(({ entry }) => entry.type);
  }

  of<T extends Entry['type']>(type: T): Extract<Entry, { type: T }>[] {
    const found = this.entries.map(({ entry }) => entry).filter((entry) => entry.type === type);
    return found as Extract<Entry, { type: T }>[];
  }

  /** The gate that is recorded as holding, if any. */
  gate(): string | undefined {
    return Object.values(this.state.said.held)[0]?.gate;
  }

  /** Readings and people's wishes are numbered `R`, so that a test can name a request. */
  #otherId(): string {
    this.#others += 1;
    return `E${this.#others}`;
  }

  #note(effect: Effect, at: Stamp): void {
    if (effect.do === 'journal') {
      this.entries.push({ entry: effect.entry, at });
      this.stored.push({ entry: effect.entry, at });
    } else if (effect.do !== 'refuse') {
      this.pending.push(effect);
    }
  }
}

export function refusalOf(effects: readonly Effect[]): Refusal | undefined {
  return effects.find((effect) => effect.do === 'refuse');
}
