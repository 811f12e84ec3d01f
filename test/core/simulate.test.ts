/** The simulator's arithmetic, and what the thesis's own readings give (its listing 4.1). */
import { describe, expect, it } from 'vitest';
import type { Conf } from '../../src/core/conf.ts';
import { Simulation, type SimulationOptions } from '../../src/core/simulate.ts';
import { msByHost, outlay, perHour, type Simulated } from '../../src/core/simulated.ts';
import type { Tarry } from '../../src/core/words.ts';
import {
  every,
  type Row,
  recordedLooking,
  START_MS,
  thesisTrace,
  toReading,
} from '../support/traces.ts';
import { CONSTRAINTS, MINUTE, makeConf, POLICY, THESIS } from '../support/world.ts';

const FOR_ONE: Tarry = { kind: 'count', n: 1 };
const OVER_50 = { compare: '>' as const, bound: 50, tarry: FOR_ONE };
/** One reading beyond the bound is enough, and nothing holds but settling. */
const EAGER = makeConf({ policy: { suffering: OVER_50 }, constraints: THESIS });

function run(conf: Conf, rows: readonly Row[], options: Partial<SimulationOptions> = {}) {
  const given = { host: 'h1', moveTakesMs: 30_000, failing: new Set<string>(), ...options };
  const simulation = new Simulation(conf, given);
  for (const row of rows) simulation.take(toReading(row));
  return simulation.end();
}

const secondsOf = ({ atMs }: { atMs: number }) => (atMs - START_MS) / 1000;
const staysOf = (simulated: Simulated) =>
  Object.fromEntries([...msByHost(simulated)].map(([host, ms]) => [host, ms / 1000]));
const routeOf = ({ requests }: Simulated) => requests.map(({ from, to }) => `${from}→${to}`);

describe('the thesis’s own readings', () => {
  const thesis = makeConf({ constraints: THESIS });
  const differences = ({ requests }: Simulated) =>
    requests.slice(1).map((request, i) => secondsOf(request) - secondsOf(requests[i] ?? request));

  it('with its gates give a request every 225 s, round and round (its listing 4.1)', () => {
    const simulated = run(thesis, thesisTrace(17));
    expect(simulated.requests).toHaveLength(17);
    expect(new Set(differences(simulated))).toEqual(new Set([225]));
    expect(routeOf(simulated).slice(0, 4)).toEqual(['h1→h2', 'h2→h3', 'h3→h1', 'h1→h2']);
  });

  it('make sixteen requests in an hour', () => {
    const counts = perHour(run(thesis, thesisTrace(48))).map(({ n }) => n);
    expect(counts).toEqual([16, 16, 16]);
  });

  it('with our gates end the endless migration', () => {
    const { requests, held } = run(makeConf(), thesisTrace(384));
    expect(requests.length).toBeLessThanOrEqual(6);
    expect(requests.map(secondsOf).at(-1)).toBeLessThan(24 * 3600);
    expect(held.map(({ gate }) => gate)).toContain('cooldown');
  });
});

it('runs no program of the tenant’s, and tells nobody', () => {
  const hooks = { beforeMove: true, afterMove: true };
  const conf = makeConf({ hooks, constraints: { holdWhile: true }, alert: { remindMs: MINUTE } });
  const simulated = run(conf, thesisTrace(17));
  expect(simulated).toEqual(run(makeConf(), thesisTrace(17)));
  expect(simulated.requests.length).toBeGreaterThan(1);
});

describe('a threshold of 20 against one of 50 (its figure 4.3)', () => {
  const withBound = (bound: number) =>
    makeConf({
      policy: { suffering: { ...POLICY.suffering, bound } },
      constraints: THESIS,
    });

  it('asks for many more moves on the same trace', () => {
    const trace = recordedLooking(1440);
    const [low, high] = [20, 50].map((bound) => perHour(run(withBound(bound), trace)));
    expect(low?.map(({ n }) => n)).toEqual([
      1, 0, 0, 3, 10, 11, 13, 15, 15, 15, 15, 15, 15, 14, 15, 15, 15, 15, 8, 1, 4, 7, 0, 4,
    ]);
    expect(high?.map(({ n }) => n)).toEqual([
      1, 0, 0, 0, 0, 0, 1, 0, 2, 7, 3, 9, 10, 5, 5, 0, 6, 0, 0, 1, 0, 0, 0, 0,
    ]);
  });
});

describe('the readings', () => {
  it('are counted with the missing ones, and tell the span', () => {
    const simulated = run(EAGER, every(60, [1, undefined, 2]));
    expect(simulated).toMatchObject({
      readings: 3,
      missing: 1,
      fromMs: START_MS,
      toMs: START_MS + 2 * MINUTE,
    });
  });

  it('may be none', () => {
    expect(run(EAGER, [])).toMatchObject({ readings: 0, requests: [], stays: [] });
  });
});

describe('a move', () => {
  it('belongs to the host that it leaves until its time is over', () => {
    const simulated = run(EAGER, every(60, [76, 10, 10]));
    expect(staysOf(simulated)).toEqual({ h1: 30, h2: 90 });
    expect(simulated.requests).toMatchObject([
      { verdict: 'move', policy: 'db', from: 'h1', to: 'h2', value: 76, outcome: 'confirmed' },
    ]);
  });

  it('ends before a reading of the same instant', () => {
    const off = makeConf({
      policy: { suffering: OVER_50 },
      constraints: { ...THESIS, settleMs: undefined },
    });
    const simulated = run(off, every(60, [76, 76]), { moveTakesMs: MINUTE });
    expect(simulated.requests.map(secondsOf)).toEqual([0, 60]);
  });

  it('that the trace ends in is confirmed, and nothing is counted after the last reading', () => {
    const simulated = run(EAGER, every(60, [10, 76]));
    expect(simulated.requests).toMatchObject([{ outcome: 'confirmed' }]);
    expect(staysOf(simulated)).toEqual({ h1: 60 });
  });

  it('to a failing host fails, bars it, and the next host is asked', () => {
    const retrying = makeConf({
      policy: { suffering: OVER_50 },
      constraints: { ...THESIS, barMs: CONSTRAINTS.barMs },
    });
    const simulated = run(retrying, every(60, [76, 76]), { failing: new Set(['h2']) });
    expect(simulated.requests).toMatchObject([
      { from: 'h1', to: 'h2', outcome: 'failed' },
      { from: 'h1', to: 'h3', outcome: 'confirmed' },
    ]);
    expect(staysOf(simulated)).toEqual({ h1: 60 });
  });

  it('begins where it is told to', () => {
    expect(routeOf(run(EAGER, every(60, [76]), { host: 'h3' }))).toEqual(['h3→h1']);
  });
});

describe('a breach', () => {
  const breachS = (rows: readonly Row[]) => (run(EAGER, rows).breachMs['db'] ?? 0) / 1000;

  it.each<[string, Row[], number]>([
    ['stands until the next reading', every(60, [76, 10, 10]), 60],
    ['is strict', every(60, [50, 50]), 0],
    ['goes on while a move is in flight and settling', every(60, [76, 76, 76, 10]), 180],
    ['ends at a missing reading', every(60, [76, undefined, undefined, 10]), 60],
    [
      'stands for just under three intervals',
      [
        [0, 76],
        [179, 10],
      ],
      179,
    ],
    [
      'stands for three intervals',
      [
        [0, 76],
        [180, 10],
      ],
      180,
    ],
    [
      'stands for three intervals at most',
      [
        [0, 76],
        [1000, 10],
      ],
      180,
    ],
    ['isn’t counted beyond the last reading', every(60, [10, 76]), 0],
  ])('%s', (_, rows, seconds) => {
    expect(breachS(rows)).toBe(seconds);
  });

  it('of another probe’s policy stands until that probe’s next reading', () => {
    const conf = makeConf({
      probes: {
        slow: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
        busy: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
      },
      policies: [POLICY, { ...POLICY, name: 'web', probe: 'busy' }],
    });
    const simulation = new Simulation(conf, { host: 'h1', moveTakesMs: 0, failing: new Set() });
    simulation.take(toReading([0, 76]));
    simulation.take(toReading([30, 10], 'busy'));
    simulation.take(toReading([60, 10]));
    expect(simulation.end().breachMs).toEqual({ db: 60_000, web: 0 });
  });
});

describe('requests per hour', () => {
  it('name every hour of the clock, those without a request too', () => {
    const rows: Row[] = [
      [3540, 76],
      [3600, 10],
      [11_000, 10],
    ];
    expect(perHour(run(EAGER, rows))).toEqual([
      { atMs: START_MS, n: 1 },
      { atMs: START_MS + 60 * MINUTE, n: 0 },
      { atMs: START_MS + 120 * MINUTE, n: 0 },
      { atMs: START_MS + 180 * MINUTE, n: 0 },
    ]);
  });
});

describe('what is held', () => {
  it('is told when the gate changes, not on every reading', () => {
    const { held } = run(makeConf(), every(60, Array(20).fill(76)));
    expect(held.map((each) => [secondsOf(each), each.gate])).toEqual([
      [360, 'cooldown'],
      [1020, 'cooldown'],
    ]);
  });

  it('in passive mode is what would be asked, once', () => {
    const passive = makeConf({ constraints: { mode: 'passive' } });
    const { held, requests } = run(passive, every(60, Array(60).fill(76)));
    expect(requests).toEqual([]);
    expect(held).toMatchObject([{ policy: 'db', verdict: 'move', gate: 'paused' }]);
  });
});

describe('the cost', () => {
  const sites = [
    { ...makeConf().sites[0], name: 'home', role: 'home' as const },
    { ...makeConf().sites[0], name: 'far', role: 'away' as const, hosts: ['a1'], base: 'ab' },
  ] as Conf['sites'];
  const stays = ['h1', 'b', 'a1', 'h1', 'ab'].map((host, i) => ({
    host,
    fromMs: i * 60 * MINUTE,
    toMs: (i + 1) * 60 * MINUTE,
  }));

  it('is an hour’s price for each hour, apart for bases, array and away', () => {
    const prices = { h1: 0.1, b: 0.02, a1: 3 };
    const total = outlay({ stays }, makeConf({ sites, prices }));
    expect(total).toEqual({ base: 0.02, array: 0.2, away: 3, total: 3.22 });
  });

  it('is nothing where no price is given', () => {
    const none = { base: 0, array: 0, away: 0, total: 0 };
    expect(outlay({ stays }, makeConf({ sites }))).toEqual(none);
  });
});
