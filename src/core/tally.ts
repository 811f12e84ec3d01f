/**
 * What a simulation adds up to (DESIGN.md §10): it is told of each reading and each entry in their
 * order, and judges nothing. Moments are wall time, since that is what a trace has.
 */
import type { Conf } from './conf.ts';
import type { Ended, Entry, Intended } from './entries.ts';
import type { Requested, Simulated, Withheld } from './simulated.ts';
import type { Stay } from './state.ts';
import { fulfils } from './tarry.ts';
import { GAP_INTERVALS } from './tracks.ts';
import { isPresent, type Reading } from './words.ts';

/** The reading of a probe that stands at present, and the policies that it breaches. */
interface Standing {
  readonly atMs: number;
  /** Until when it stands if no other comes. */
  readonly untilMs: number;
  readonly breached: readonly string[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Tally {
  #conf: Conf;
  #readings = 0;
  #missing = 0;
  #fromMs: number | undefined;
  #toMs = 0;
  readonly #standing = new Map<string, Standing>();
  readonly #breachMs = new Map<string, number>();
  readonly #requests: Writable<Requested>[] = [];
  readonly #held: Withheld[] = [];
  readonly #stays: Writable<Stay>[] = [];

  constructor(conf: Conf) {
    this.#conf = conf;
    for (const { name } of conf.policies) this.#breachMs.set(name, 0);
  }

  /** From here on this conf is in force. */
  use(conf: Conf): void {
    this.#conf = conf;
  }

  reading(reading: Reading): void {
    const atMs = reading.at.wallMs;
    this.#readings += 1;
    if (!isPresent(reading)) this.#missing += 1;
    this.#fromMs ??= atMs;
    this.#toMs = atMs;
    this.#endStanding(reading.probe, atMs);
    this.#standing.set(reading.probe, this.#stands(reading));
  }

  entry(entry: Entry, atMs: number): void {
    switch (entry.type) {
      case 'place':
        return this.#seenAt(entry.host, atMs);
      case 'moved-by-other':
        return this.#seenAt(entry.to, atMs);
      case 'cloned':
      case 'taken-back':
        return this.#seenAt(entry.host, atMs);
      case 'held':
        return this.#withheld(entry, entry.gate, atMs);
      case 'would-ask':
        return this.#withheld(entry, 'paused', atMs);
      case 'intended':
        return this.#requested(entry, atMs);
      case 'progress':
        return this.#nextTarget(entry.request, entry.next);
      case 'outcome':
        return this.#ended(entry, atMs);
      default:
        return;
    }
  }

  /** Nothing is counted beyond the last reading, not even what a move after it brings. */
  result(): Simulated {
    const toMs = this.#toMs;
    for (const probe of this.#standing.keys()) this.#endStanding(probe, toMs);
    return {
      readings: this.#readings,
      missing: this.#missing,
      fromMs: this.#fromMs ?? toMs,
      toMs,
      requests: this.#requests,
      held: this.#held,
      stays: this.#staysUntil(toMs),
      breachMs: Object.fromEntries(this.#breachMs),
    };
  }

  #stands(reading: Reading): Standing {
    const atMs = reading.at.wallMs;
    const intervalMs = this.#conf.probes[reading.probe]?.intervalMs ?? 0;
    const breached = isPresent(reading) ? this.#breachedBy(reading.probe, reading.value) : NONE;
    return { atMs, untilMs: atMs + GAP_INTERVALS * intervalMs, breached };
  }

  #breachedBy(probe: string, value: number): readonly string[] {
    const { policies } = this.#conf;
    if (!policies.some((p) => p.probe === probe && fulfils(p.suffering, value))) return NONE;
    const breached = policies.filter((p) => p.probe === probe && fulfils(p.suffering, value));
    return breached.map(({ name }) => name);
  }

  #endStanding(probe: string, atMs: number): void {
    const standing = this.#standing.get(probe);
    if (!standing || standing.breached.length === 0) return;
    const lastedMs = Math.max(0, Math.min(atMs, standing.untilMs) - standing.atMs);
    for (const policy of standing.breached) {
      this.#breachMs.set(policy, (this.#breachMs.get(policy) ?? 0) + lastedMs);
    }
  }

  #requested(entry: Intended, atMs: number): void {
    const { request: id, policy, verdict, from, to, value, threshold, tarry, reason } = entry;
    const ground = { value, threshold, tarry };
    this.#requests.push({
      id,
      atMs,
      policy,
      verdict,
      from,
      to,
      ...ground,
      reason,
      outcome: 'open',
    });
  }

  #nextTarget(id: string, next: string | undefined): void {
    const request = this.#requests.at(-1);
    if (request?.id === id && next !== undefined) request.to = next;
  }

  #ended(entry: Ended, atMs: number): void {
    const request = this.#requests.at(-1);
    if (request?.id === entry.request) Object.assign(request, { outcome: entry.outcome });
    if (entry.host !== undefined) this.#seenAt(entry.host, atMs);
  }

  #withheld(entry: Entry & { type: 'held' | 'would-ask' }, gate: string, atMs: number): void {
    const { policy, verdict, reason } = entry;
    const last = this.#held.at(-1);
    // What would be asked is said anew after each cooldown; it isn't another gate.
    const said = last?.gate === gate && last.verdict === verdict && last.policy === policy;
    if (said && entry.type === 'would-ask') return;
    this.#held.push({ atMs, policy, verdict, gate, reason });
  }

  #seenAt(host: string, atMs: number): void {
    const here = this.#stays.at(-1);
    if (here?.host === host) return;
    if (here) here.toMs = atMs;
    this.#stays.push({ host, fromMs: atMs, toMs: atMs });
  }

  #staysUntil(toMs: number): Stay[] {
    const last = this.#stays.at(-1);
    if (last) last.toMs = toMs;
    const inside = this.#stays.map((stay) => ({ ...stay, toMs: Math.min(stay.toMs, toMs) }));
    return inside.filter((stay) => stay.fromMs < toMs);
  }
}

const NONE: readonly string[] = [];
