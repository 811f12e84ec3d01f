/** What stands on the page of metrics, of daemons in made-up worlds. */
import { describe, expect, it } from 'vitest';
import type { Conf } from '../../../src/core/conf.ts';
import type { State } from '../../../src/core/state.ts';
import { METRICS, metricsPage } from '../../../src/daemon/metrics/page.ts';
import { Totals } from '../../../src/daemon/metrics/totals.ts';
import { type Sight, statusReport } from '../../../src/daemon/reports.ts';
import { sightOf } from '../../support/sight.ts';
import { MINUTE, makeConf, World } from '../../support/world.ts';

/** A world whose entries and readings are counted as the daemon counts them. */
class Counted {
  readonly world: World;
  readonly totals: Totals;
  #before: State;
  #seen = 0;
  #stored = 0;

  constructor(conf: Conf = makeConf(), options: ConstructorParameters<typeof World>[1] = {}) {
    this.world = new World(conf, options);
    this.totals = new Totals(this.world.now());
    this.#before = this.world.state;
  }

  /** One step at a time, so that each entry is counted with the state before it. */
  read(...values: (number | string)[]): this {
    for (const value of values) {
      this.world.holdErrands = true;
      this.world.wait(MINUTE);
      this.world.read(value);
      this.note();
      while (this.world.pending.length > 0) {
        this.world.carryOutNext();
        this.note();
      }
    }
    return this;
  }

  note(): void {
    const { entries, stored, state, conf } = this.world;
    for (const { entry, at } of entries.slice(this.#seen)) {
      this.totals.noteEntry(entry, at, this.#before, conf);
    }
    for (const item of stored.slice(this.#stored)) {
      if ('reading' in item) this.totals.noteReading(item.reading);
    }
    this.#seen = entries.length;
    this.#stored = stored.length;
    this.#before = state;
  }

  /** `name{labels}` → value. */
  async values(more: Partial<Sight> = {}): Promise<Map<string, number>> {
    const sight = { ...sightOf(this.world), ...more };
    this.totals.pay(this.world.state, this.world.conf, sight.at);
    const money = { currency: 'EUR', zone: 'UTC' };
    const scrape = { sight, status: statusReport(sight), totals: this.totals, money };
    const { text } = await metricsPage(scrape);
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }
}

describe('the tables', () => {
  it('name each metric once, and counters as counters', () => {
    const names = METRICS.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(names).size).toBe(names.length);
    const odd = METRICS.filter(
      ({ name, type }) => name.endsWith('_total') !== (type === 'counter'),
    );
    expect(odd).toEqual([]);
  });

  it('have a sentence for each, and samples with the labels that they say', () => {
    const { world, totals } = new Counted().read(76, 'timed out');
    const sight = sightOf(world);
    const money = { currency: undefined, zone: 'UTC' };
    const scrape = { sight, status: statusReport(sight), totals, money };
    for (const { help, labels = [], read } of METRICS) {
      expect(help).toMatch(/^[A-Z0-9].*[.]$/);
      for (const sample of read(scrape)) expect(Object.keys(sample.labels)).toEqual(labels);
    }
  });
});

describe('the page', () => {
  it('tells the readings, and how often they were missing', async () => {
    const seen = new Counted().read(12, 'timed out', 'timed out', 'timed out', 7.5);
    const page = await seen.values();
    expect(page.get('vmmanage_probe_value{probe="slow",unit="/min"}')).toBe(7.5);
    expect(page.get('vmmanage_probe_readings_total{probe="slow"}')).toBe(5);
    expect(page.get('vmmanage_probe_missing_readings_total{probe="slow"}')).toBe(3);
    expect(page.get('vmmanage_probe_failures_total{probe="slow"}')).toBe(1);
    expect(page.get('vmmanage_probe_failing{probe="slow"}')).toBe(0);
  });

  it('has no value of a probe while its latest reading is missing', async () => {
    const page = await new Counted().read(12, 'timed out').values();
    expect([...page.keys()].filter((key) => key.startsWith('vmmanage_probe_value'))).toEqual([]);
    expect(page.get('vmmanage_probe_reading_timestamp_seconds{probe="slow"}')).toBeGreaterThan(1e9);
  });

  it('tells the counts of each condition against its tarry', async () => {
    const page = await new Counted().read(76, 77).values();
    const of = (what: string, condition: string) =>
      page.get(`vmmanage_policy_condition_${what}{policy="db",condition="${condition}"}`);
    expect(of('progress_ratio', 'suffering')).toBeCloseTo(2 / 3);
    expect(of('due', 'suffering')).toBe(0);
    expect(of('bound', 'suffering')).toBe(50);
    expect([of('progress_ratio', 'idle'), of('bound', 'idle')]).toEqual([0, 1]);
  });

  it('tells a move: its request, outcome, time, and the gate that holds the next', async () => {
    const page = await new Counted().read(76, 76, 76, 76, 77, 78, 79).values();
    expect(page.get('vmmanage_requests_total{verdict="move"}')).toBe(1);
    const which = '{verdict="move",outcome="confirmed"}';
    expect(page.get(`vmmanage_outcomes_total${which}`)).toBe(1);
    expect(page.get(`vmmanage_outcomes_took_seconds_total${which}`)).toBe(10);
    expect(page.get('vmmanage_outcomes_total{verdict="move",outcome="failed"}')).toBe(0);
    expect(page.get('vmmanage_moves_total{by="guest"}')).toBe(1);
    expect(page.get('vmmanage_moves_total{by="others"}')).toBe(0);
    expect(page.get('vmmanage_last_move_took_seconds')).toBe(10);
    expect(page.get('vmmanage_gate_held{gate="cooldown"}')).toBe(1);
    expect(page.get('vmmanage_gate_held{gate="settling"}')).toBe(0);
    expect(page.get('vmmanage_gate_holds_total{gate="cooldown"}')).toBe(1);
    expect(page.get('vmmanage_policy_verdict{policy="db",verdict="move"}')).toBe(1);
    expect(page.get('vmmanage_at_host{host="h2",site="home"}')).toBe(1);
    expect(page.get('vmmanage_at_host{host="h1",site="home"}')).toBe(0);
    expect(page.get('vmmanage_recent_moves')).toBe(1);
    expect(page.get('vmmanage_move_limit')).toBe(6);
  });

  it('tells how long the guest stood still, where that was measured', async () => {
    const seen = new Counted();
    expect((await seen.values()).has('vmmanage_last_move_blackout_seconds')).toBe(false);
    seen.world.holdErrands = true;
    for (const value of [76, 76, 76]) {
      seen.world.wait(MINUTE);
      seen.world.read(value);
      seen.note();
    }
    seen.world.carryOutNext();
    seen.note();
    seen.world.host = 'h2';
    const blackoutMs = 3900;
    const attempted = { request: 'R3', to: 'h2', ok: true, text: 'done', blackoutMs };
    seen.world.send({ type: 'attempted', ...attempted });
    seen.note();
    const sighting = seen.world.sighting();
    seen.world.send({ type: 'located', sighting, request: 'R3', look: 0, ended: true });
    seen.note();
    const page = await seen.values();
    expect(page.get('vmmanage_last_move_blackout_seconds')).toBe(3.9);
    expect(page.get('vmmanage_blackout_seconds_total')).toBe(3.9);
    expect(page.get('vmmanage_blackouts_total')).toBe(1);
  });

  it('tells what a passive daemon would have asked for', async () => {
    const conf = makeConf({ constraints: { mode: 'passive' } });
    const page = await new Counted(conf).read(76, 76, 76).values();
    expect(page.get('vmmanage_would_ask_total{verdict="move"}')).toBe(1);
    expect(page.get('vmmanage_requests_total{verdict="move"}')).toBe(0);
    expect(page.get('vmmanage_mode{mode="passive"}')).toBe(1);
    expect(page.get('vmmanage_mode{mode="active"}')).toBe(0);
  });

  it('tells the cost of where the guest was, each hour at the price of its host', async () => {
    const conf = makeConf({ prices: { h1: 6, h2: 60, h3: 1, b: 0 } });
    const seen = new Counted(conf);
    // An hour at the first host, the move's ten seconds to it too, then half an hour at the second.
    seen.world.wait(57 * MINUTE);
    seen.read(76, 76, 76);
    seen.world.wait(30 * MINUTE);
    const page = await seen.values();
    const cost = 6 + 6 / 360 + 30;
    expect(page.get('vmmanage_cost_total{currency="EUR"}')).toBeCloseTo(cost);
    expect(page.get('vmmanage_cost_today{currency="EUR"}')).toBeCloseTo(cost);
    expect(page.has('vmmanage_cost_budget_per_day{currency="EUR"}')).toBe(false);
  });

  it('says nothing of costs without a price, nor of a central log that there is none of', async () => {
    const page = await new Counted().values();
    expect([...page.keys()].filter((key) => /vmmanage_(cost|sink|spool)/.test(key))).toEqual([]);
  });

  it('tells of a central log that is away, a full spool and a journal that fails', async () => {
    const sink = { url: 'tcp://log:1', connected: false, queued: 12, dropped: 3 };
    const page = await new Counted().values({ sink, trouble: 'disk full', problems: ['wrong'] });
    expect(page.get('vmmanage_sink_connected')).toBe(0);
    expect(page.get('vmmanage_spool_records')).toBe(12);
    expect(page.get('vmmanage_spool_dropped_records_total')).toBe(3);
    expect(page.get('vmmanage_journal_trouble')).toBe(1);
    expect(page.get('vmmanage_conf_last_reload_successful')).toBe(0);
  });

  it('tells of a provider where there is one', async () => {
    const url = 'https://control.example.net/';
    const provider = { url, pushes: 40, waiting: 12, dropped: 3, error: 'ECONNREFUSED' };
    const page = await new Counted().values({ provider });
    expect(page.get('vmmanage_provider_failing')).toBe(1);
    expect(page.get('vmmanage_provider_pushes_total')).toBe(40);
    expect(page.get('vmmanage_provider_waiting_readings')).toBe(12);
    expect(page.get('vmmanage_provider_dropped_readings_total')).toBe(3);
    expect((await new Counted().values()).has('vmmanage_provider_failing')).toBe(false);
  });

  it('tells alerts by what they are about', async () => {
    const conf = makeConf({ alert: { remindMs: Infinity } });
    const page = await new Counted(conf).read('a', 'b', 'c').values();
    expect(page.get('vmmanage_alerts_total{about="probe failing"}')).toBe(1);
    expect(page.get('vmmanage_alerts_total{about="unconfirmed"}')).toBe(0);
    expect(page.get('vmmanage_alerts_not_sent_total')).toBe(0);
  });

  it('keeps a unit with quotes, backslashes and line ends in its label', async () => {
    const unit = 'a"b\\c\nd';
    const conf = makeConf({ probes: { slow: { intervalMs: MINUTE, maxErrors: 3, unit } } });
    const page = await new Counted(conf).read(1).values();
    expect(page.get('vmmanage_probe_value{probe="slow",unit="a\\"b\\\\c\\nd"}')).toBe(1);
  });
});
