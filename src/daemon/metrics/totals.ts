/**
 * What has happened since the daemon began, for the counters of the page of metrics: they only grow,
 * and begin anew with each daemon, as Prometheus expects of counters. Readings cost an addition each;
 * everything else follows from journal entries, which are rare.
 */
import type { Conf } from '../../core/conf.ts';
import type { Entry } from '../../core/entries.ts';
import { HOUR_MS, priceOf } from '../../core/spending.ts';
import type { State } from '../../core/state.ts';
import { currentHost } from '../../core/targets.ts';
import { elapsedMs, type Stamp } from '../../core/time.ts';
import { isPresent, type Reading } from '../../core/words.ts';

/** What is counted; the words behind it in `of` say which of it. */
export type Counted =
  | 'readings'
  | 'missing'
  | 'failures'
  | 'held'
  | 'would ask'
  | 'requests'
  | 'outcomes'
  | 'took ms'
  | 'blackouts'
  | 'blackout ms'
  | 'moves'
  | 'alerts'
  | 'alerts not sent'
  | 'cost';

export class Totals {
  readonly #sums = new Map<string, number>();
  /** Up to when the cost is added up. */
  #paid: Stamp;

  constructor(began: Stamp) {
    this.#paid = began;
  }

  of(what: Counted, ...which: readonly string[]): number {
    return this.#sums.get(keyOf(what, which)) ?? 0;
  }

  noteReading(reading: Reading): void {
    this.#add(1, 'readings', reading.probe);
    if (!isPresent(reading)) this.#add(1, 'missing', reading.probe);
  }

  /** `before`: the state that the entry changed. */
  noteEntry(entry: Entry, at: Stamp, before: State, conf: Conf): void {
    this.pay(before, conf, at);
    switch (entry.type) {
      case 'probe-failing':
        return this.#add(1, 'failures', entry.probe);
      case 'held':
        return this.#add(1, 'held', entry.gate);
      case 'would-ask':
        return this.#add(1, 'would ask', entry.verdict);
      case 'intended':
        return this.#add(1, 'requests', entry.verdict);
      case 'outcome':
        return this.#noteOutcome(entry, before);
      case 'moved-by-other':
        return this.#add(1, 'moves', 'others');
      case 'alert':
        return this.#add(1, 'alerts', entry.about);
      case 'alert-sent':
        return this.#add(entry.ok ? 0 : 1, 'alerts not sent');
    }
  }

  /** Adds what the time since the last call has cost, where the guest is by `state`. */
  pay(state: State, conf: Conf, at: Stamp): void {
    const hours = elapsedMs(this.#paid, at) / HOUR_MS;
    this.#add(hours * (priceOf(currentHost(state, conf), conf) ?? 0), 'cost');
    this.#paid = at;
  }

  #noteOutcome(entry: Entry & { type: 'outcome' }, { request }: State): void {
    const { outcome, took_ms, blackout_ms } = entry;
    const verdict = request?.verdict ?? 'move';
    this.#add(1, 'outcomes', verdict, outcome);
    this.#add(took_ms, 'took ms', verdict, outcome);
    if (outcome === 'confirmed') this.#add(1, 'moves', 'guest');
    if (blackout_ms === undefined) return;
    this.#add(1, 'blackouts');
    this.#add(blackout_ms, 'blackout ms');
  }

  #add(by: number, what: Counted, ...which: readonly string[]): void {
    const key = keyOf(what, which);
    this.#sums.set(key, (this.#sums.get(key) ?? 0) + by);
  }
}

function keyOf(what: Counted, which: readonly string[]): string {
  return [what, ...which].join('\0');
}
