/**
 * The shadow report: what a guest that is passive or paused would have asked for, and how much of
 * it without need. A move or away was *without need* when the indicator recovered by itself no
 * later than the move could have shown its effect: no breach for the policy's tarry, seen within the
 * time that a move takes, settling and that tarry. It follows from the journal's `would-ask`s and
 * the stored readings; nothing is decided by it.
 */
import type { Conf, PolicyRule } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { State } from '../core/state.ts';
import { type Count, calmTarry, counted, fulfils, isDue, NO_COUNT } from '../core/tarry.ts';
import { elapsedMs, type Stamp } from '../core/time.ts';
import { isPresent, type Reading, type Tarry } from '../core/words.ts';
import type { PastRequest, ShadowReport } from '../wire/control.ts';
import type { History } from './history.ts';
import { iso } from './past.ts';
import { toReading } from './restore.ts';

type WouldAsk = Entry & { readonly type: 'would-ask' };

/** `base` and `home` aren't judged: no suffering stands behind them. */
type Need = 'open' | 'needed' | 'without need' | 'not judged';

interface Asked {
  readonly entry: WouldAsk;
  readonly at: Stamp;
  readonly withinMs: number;
  readonly calm: Count;
  readonly need: Need;
}

/** Where the guest has never moved; `simulate` takes the same. */
const MOVE_TAKES_MS = 30_000;
const MAX_KEPT = 10_000;
const MAX_SHOWN = 50;
/** What a guest that is passive for longer than that would have needed is told of its latest month. */
const SHADOW_MS = 31 * 86_400_000;

export class Shadow {
  #settled: Asked[] = [];
  #open: Asked[] = [];

  noteAsk(entry: WouldAsk, at: Stamp, conf: Conf, past: readonly PastRequest[]): void {
    const policy = policyOf(entry, conf);
    const judged = policy && (entry.verdict === 'move' || entry.verdict === 'away');
    const withinMs = policy ? withinOf(policy, conf, past) : 0;
    const need = judged ? 'open' : 'not judged';
    this.#keep({ entry, at, withinMs, calm: NO_COUNT, need });
  }

  noteReading(reading: Reading, conf: Conf): void {
    const open = this.#open;
    this.#open = [];
    for (const asked of open) this.#keep(judge(asked, reading, conf));
  }

  report(since: Stamp): ShadowReport {
    const all = [...this.#settled, ...this.#open]
      .filter(({ at }) => at.wallMs >= since.wallMs)
      .sort((one, other) => one.at.wallMs - other.at.wallMs);
    return {
      since: iso(since.wallMs),
      would_move: all.length,
      without_need: all.filter(({ need }) => need === 'without need').length,
      asks: all.slice(-MAX_SHOWN).map(({ entry, at, need }) => ({
        time: iso(at.wallMs),
        verdict: entry.verdict,
        ...(entry.policy === undefined ? {} : { policy: entry.policy }),
        ...{ to: entry.to, reason: entry.reason, need },
      })),
    };
  }

  #keep(asked: Asked): void {
    const list = asked.need === 'open' ? this.#open : this.#settled;
    list.push(asked);
    if (list.length > MAX_KEPT) list.shift();
  }
}

function policyOf({ policy: name }: WouldAsk, conf: Conf): PolicyRule | undefined {
  return conf.policies.find((policy) => policy.name === name);
}

function judge(asked: Asked, reading: Reading, conf: Conf): Asked {
  const policy = policyOf(asked.entry, conf);
  if (!policy || reading.at.wallMs < asked.at.wallMs) return asked;
  if (elapsedMs(asked.at, reading.at) > asked.withinMs) return { ...asked, need: 'needed' };
  if (policy.probe !== reading.probe || !isPresent(reading)) return asked;
  const { suffering } = policy;
  const tarry = calmTarry(suffering.tarry);
  const calm = counted(asked.calm, tarry, !fulfils(suffering, reading.value), reading.at);
  return { ...asked, calm, need: isDue(calm, tarry) ? 'without need' : 'open' };
}

/** By when a move would have shown whether it helped. */
function withinOf(policy: PolicyRule, conf: Conf, past: readonly PastRequest[]): number {
  const intervalMs = conf.probes[policy.probe]?.intervalMs ?? 0;
  const tarryMs = spanOf(calmTarry(policy.suffering.tarry), intervalMs);
  return moveTakesMs(past) + (conf.constraints.settleMs ?? 0) + tarryMs;
}

function spanOf(tarry: Tarry, intervalMs: number): number {
  return tarry.kind === 'time' ? tarry.ms : tarry.n * intervalMs;
}

/** The median of the guest's own moves. */
function moveTakesMs(past: readonly PastRequest[]): number {
  const moves = past.filter(({ outcome }) => outcome === 'confirmed').map((p) => p.took_ms);
  const sorted = moves.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? MOVE_TAKES_MS;
}

/** Since when nothing is asked for, because a person said so. */
export function watchingSince({ passive, paused }: State): Stamp | undefined {
  return passive?.at ?? paused?.at;
}

/** The stored readings since then, of the latest month. */
export function* seenWatching(state: State, history: History, now: Stamp): Generator<Reading> {
  const watched = watchingSince(state);
  if (!watched) return;
  const rows = history.eachSince(Math.max(watched.wallMs, now.wallMs - SHADOW_MS));
  for (const row of rows) yield toReading(row, now);
}
