/**
 * What the daemon lets machines know of itself beyond its log: the page of metrics. It is told of
 * readings and entries as they come, reads everything else when it is asked, and delays nobody.
 */
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Conf } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { LocalLog } from './local-log.ts';
import { metricsPage, type Page } from './metrics/page.ts';
import { MetricsServer } from './metrics/server.ts';
import { Totals } from './metrics/totals.ts';
import { type Sight, statusReport } from './reports.ts';

export interface PublishingParts {
  readonly clock: Clock;
  readonly log: LocalLog;
  sight(): Sight;
}

export class Publishing {
  readonly #parts: PublishingParts;
  readonly #totals: Totals;
  readonly #metrics: MetricsServer;
  #loaded: Loaded;

  constructor(loaded: Loaded, parts: PublishingParts) {
    const { clock, log } = parts;
    this.#parts = parts;
    this.#loaded = loaded;
    this.#totals = new Totals(clock.now());
    this.#metrics = new MetricsServer({ clock, log, page: () => this.#page() });
  }

  async use(loaded: Loaded): Promise<void> {
    const { state, at } = this.#parts.sight();
    // What was until now is paid at the prices until now.
    this.#totals.pay(state, this.#loaded.rules, at);
    this.#loaded = loaded;
    await this.#metrics.use(loaded.metrics.listen);
  }

  async end(): Promise<void> {
    await this.#metrics.end();
  }

  noteReading(reading: Reading): void {
    this.#totals.noteReading(reading);
  }

  noteEntry(entry: Entry, at: Stamp, before: State, conf: Conf): void {
    this.#totals.noteEntry(entry, at, before, conf);
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
