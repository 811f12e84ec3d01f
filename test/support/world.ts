/**
 * A guest, its hosts and its time, all made up: feeds events to `step`, carries its errands out
 * the way a test says, and keeps what was recorded.
 */
import type { Conf, Constraints, PolicyRule, Site } from '../../src/core/conf.ts';
import type { Entry } from '../../src/core/entries.ts';
import type { Effect, Errand, Event, Refusal } from '../../src/core/events.ts';
import type { Sighting } from '../../src/core/sighting.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { type Stored, step } from '../../src/core/step.ts';
import type { Stamp } from '../../src/core/time.ts';
import { baseAware } from '../../src/policies/base-aware.ts';

export const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 10, 21, 9, 0, 0);

export const CONSTRAINTS: Constraints = {
  mode: 'active',
  settleMs: 45_000,
  cooldownMs: 5 * MINUTE,
  cooldownGrowth: 2,
  cooldownMaxMs: 360 * MINUTE,
  retryMs: 3 * MINUTE,
  maxMoves: { n: 6, spanMs: 1440 * MINUTE },
  budget: undefined,
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
  retryMs: undefined,
  maxMoves: undefined,
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

interface Changes {
  readonly vm?: string;
  readonly site?: Partial<Site>;
  readonly sites?: readonly Site[];
  readonly policy?: Partial<PolicyRule>;
  readonly policies?: readonly PolicyRule[];
  readonly probes?: Conf['probes'];
  readonly constraints?: Partial<Constraints>;
  readonly prices?: Conf['prices'];
}

export function makeConf(changes: Changes = {}): Conf {
  return {
    vm: changes.vm ?? 'db7',
    sites: changes.sites ?? [{ ...SITE, ...changes.site }],
    probes: changes.probes ?? { slow: { intervalMs: MINUTE, maxErrors: 3, unit: '/min' } },
    policies: changes.policies ?? [{ ...POLICY, ...changes.policy }],
    constraints: { ...CONSTRAINTS, ...changes.constraints },
    prices: changes.prices ?? {},
  };
}

type Unstamped<E> = E extends Event ? Omit<E, 'at'> : never;

export interface Hosts {
  /** What a preflight of the target says; undefined: fine. */
  preflight?(to: string): string | undefined;
  /** Where the guest is after the attempt, and what the attempt says of itself. */
  migrate?(from: string, to: string): { host: string; ok: boolean; text: string };
  /** What a look finds, given the true host. */
  locate?(host: string): Sighting;
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
  #nowMs = 0;
  #requests = 0;
  readonly #hosts: Hosts;

  constructor(conf: Conf, options: { host?: string; hosts?: Hosts; moveTakesMs?: number } = {}) {
    this.conf = conf;
    this.host = options.host ?? 'h1';
    this.#hosts = options.hosts ?? {};
    this.moveTakesMs = options.moveTakesMs ?? 10_000;
    this.send({ type: 'located', sighting: this.sighting() });
  }

  now(): Stamp {
    return { wallMs: START_MS + this.#nowMs, boot: 'boot-1', bootMs: 600_000 + this.#nowMs };
  }

  wait(ms: number): void {
    this.#nowMs += ms;
  }

  sighting(): Sighting {
    const seen = this.#hosts.locate?.(this.host);
    return seen ?? { kind: 'at', host: this.host, answers: [{ who: 'hosts', says: this.host }] };
  }

  /** One event; its errands are carried out at once unless they are held back. */
  send(event: Unstamped<Event>): readonly Effect[] {
    const at = this.now();
    const { state, effects } = step(this.state, { ...event, at } as Event, this.conf);
    if (event.type === 'reading') this.stored.push({ reading: event.reading });
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
        const said = reason === undefined ? { ok: true } : { ok: false, reason };
        this.send({ type: 'preflighted', request, to, ...said });
        break;
      }
      case 'migrate': {
        const { request, from, to } = errand;
        this.wait(this.moveTakesMs);
        const done = this.#hosts.migrate?.(from, to) ?? { host: to, ok: true, text: 'done' };
        this.host = done.host;
        this.send({ type: 'attempted', request, to, ok: done.ok, text: done.text });
        break;
      }
      case 'locate': {
        const { request, look, afterMs } = errand;
        this.wait(afterMs);
        if (look > 8) break;
        this.send({ type: 'located', sighting: this.sighting(), request, look, ended: true });
        break;
      }
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
    return this.send({ type: 'reading', reading, newRequest: `R${this.#requests}` });
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
    return this.send({ type: 'ask', verdict, force, newRequest: `R${this.#requests}`, ...rest });
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
    return this.state.said.held?.gate;
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
