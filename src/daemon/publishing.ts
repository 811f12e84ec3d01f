/**
 * What the daemon lets machines know of itself beyond its log: the page of metrics, and what is pushed
 * to the provider. It is told of readings and entries as they come, reads everything else when it is
 * needed, and delays nobody.
 */
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Conf } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { Page } from '../system/metrics/page.ts';
import { MetricsServer } from '../system/metrics/server.ts';
import type { ProviderReport } from '../wire/control.ts';
import type { LocalLog } from './local-log.ts';
import { metricsPage } from './metrics/page.ts';
import { Totals } from './metrics/totals.ts';
import { Pusher } from './provider/pusher.ts';
import { guestState } from './provider/state.ts';
import { type Sight, statusReport } from './reports.ts';

export interface PublishingParts {
  readonly clock: Clock;
  readonly log: LocalLog;
  newId(): string;
  sight(): Sight;
}

export class Publishing {
  readonly #parts: PublishingParts;
  readonly #totals: Totals;
  readonly #metrics: MetricsServer;
  readonly #pusher: Pusher;
  #loaded: Loaded;

  constructor(loaded: Loaded, parts: PublishingParts) {
    const { clock, log, newId, sight } = parts;
    this.#parts = parts;
    this.#loaded = loaded;
    this.#totals = new Totals(clock.now());
    this.#metrics = new MetricsServer({ clock, log, page: () => this.#page() });
    const state = () => guestState(statusReport(sight()));
    this.#pusher = new Pusher({ clock, log, vm: loaded.rules.vm, incarnation: newId(), state });
  }

  async use(loaded: Loaded): Promise<void> {
    const { state, at } = this.#parts.sight();
    // What was until now is paid at the prices until now.
    this.#totals.pay(state, this.#loaded.rules, at);
    this.#loaded = loaded;
    await this.#metrics.use(loaded.metrics.listen);
    await this.#pusher.use(loaded.provider);
  }

  async end(): Promise<void> {
    await Promise.all([this.#metrics.end(), this.#pusher.end()]);
  }

  noteReading(reading: Reading, unit: string): void {
    this.#totals.noteReading(reading);
    this.#pusher.note(reading, unit);
  }

  noteEntry(entry: Entry, at: Stamp, before: State, conf: Conf): void {
    this.#totals.noteEntry(entry, at, before, conf);
  }

  provider(): ProviderReport | undefined {
    return this.#pusher.report();
  }

  cautions(): string[] {
    const { problem } = this.#metrics;
    return problem === undefined ? [] : [problem];
  }

  #page(): Promise<Page> {
    const sight = this.#parts.sight();
    const { cost, zone } = this.#loaded;
    const totals = this.#totals;
    totals.pay(sight.state, this.#loaded.rules, sight.at);
    const money = { currency: cost.currency, zone };
    return metricsPage({ sight, status: statusReport(sight), totals, money });
  }
}
