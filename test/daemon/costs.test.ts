/** Where the guest was, by its journal, and what that cost. */
import { describe, expect, it } from 'vitest';
import { replay } from '../../src/cli/simulate/replay.ts';
import type { Carried } from '../../src/core/carried.ts';
import type { Entry } from '../../src/core/entries.ts';
import { outlay } from '../../src/core/simulated.ts';
import type { OpenRequest } from '../../src/core/state.ts';
import { costReport } from '../../src/daemon/costs.ts';
import { type Spell, whereabouts } from '../../src/daemon/whereabouts.ts';
import { makeConf, SITE, World } from '../support/world.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 10, 21);

type Kept = readonly (readonly [hour: number, entry: Entry])[];

const started: Entry = { type: 'started', version: '1' };
const stopped: Entry = { type: 'stopped', reason: 'SIGTERM' };
const place = (host: string): Entry => ({ type: 'place', host, by: 'h' });
const others = (to: string): Entry => ({ type: 'moved-by-other', from: 'h1', to });
const lost: Entry = { type: 'place-lost', answers: [] };
const asked = (policy?: string): Entry => ({
  ...{ type: 'intended', request: 'R', verdict: 'move', from: 'h1', to: 'h2', reason: '' },
  ...(policy === undefined ? {} : { policy }),
});
const ended = (outcome: 'confirmed' | 'failed' | 'abandoned', host?: string): Entry => ({
  ...{ type: 'outcome', request: 'R', outcome, reason: '', took_ms: 1 },
  ...(host === undefined ? {} : { host }),
});

const stampOf = (hour: number) => ({ wallMs: BEGIN + hour * HOUR, boot: 'b', bootMs: hour * HOUR });
const carried = (state: Partial<Carried>): Entry => ({
  ...{ type: 'state', state: { moves: [], bars: {}, ...state } },
});
const OPEN: OpenRequest = {
  ...{ id: 'R', policy: 'db', from: 'h1', to: 'h2', tried: ['h2'], at: stampOf(4) },
  verdict: 'move',
  reason: 'suffering',
  phase: 'migrating',
};

function spells(kept: Kept, nowHour: number): Spell[] {
  const records = kept.map(([hour, entry], i) => {
    const wallMs = BEGIN + hour * HOUR;
    return { entry, at: { wallMs, boot: 'b', bootMs: hour * HOUR }, seq: i + 1 };
  });
  return whereabouts(records, BEGIN + nowHour * HOUR);
}

/** `h1 2h by found there`, `? 3h`. */
function told(kept: Kept, nowHour: number): string[] {
  return spells(kept, nowHour).map(({ fromMs, toMs, host, by }) => {
    const hours = Number(((toMs - fromMs) / HOUR).toFixed(2));
    return host === undefined ? `? ${hours}h` : `${host} ${hours}h ${by}`;
  });
}

const ROWS: [sentence: string, kept: Kept, now: number, told: string[]][] = [
  ['nothing in an empty journal', [], 5, []],
  [
    'the place that was found',
    [
      [0, started],
      [0, place('h1')],
    ],
    2,
    ['h1 2h found there'],
  ],
  [
    'a move by a policy, and one by hand',
    [
      [0, place('h1')],
      [1, asked('db')],
      [2, ended('confirmed', 'h2')],
      [4, asked()],
      [4, ended('confirmed', 'h3')],
    ],
    5,
    ['h1 2h found there', 'h2 2h db', 'h3 1h by hand'],
  ],
  [
    'a move that failed, at where it began',
    [
      [0, place('h1')],
      [1, asked('db')],
      [2, ended('failed', 'h1')],
    ],
    3,
    ['h1 3h found there'],
  ],
  [
    'a move by others',
    [
      [0, place('h1')],
      [1, others('h2')],
    ],
    3,
    ['h1 1h found there', 'h2 2h by others'],
  ],
  [
    'a stop, with the guest found where it was',
    [
      [0, place('h1')],
      [1, stopped],
      [4, started],
      [5, others('h2')],
    ],
    6,
    ['h1 5h found there', 'h2 1h by others'],
  ],
  [
    'a stop, with the guest found elsewhere',
    [
      [0, place('h1')],
      [1, stopped],
      [4, started],
      [4.01, others('h2')],
    ],
    6,
    ['h1 1h found there', '? 3.01h', 'h2 1.99h by others'],
  ],
  [
    'a kill, which leaves no last word',
    [
      [0, place('h1')],
      [2, { type: 'resumed' }],
      [4, started],
      [4.01, others('h2')],
    ],
    6,
    ['h1 2h found there', '? 2.01h', 'h2 1.99h by others'],
  ],
  [
    'a request that was open at a stop, and confirmed after it',
    [
      [0, place('h1')],
      [1, asked('db')],
      [2, stopped],
      [3, started],
      [3, ended('confirmed', 'h2')],
    ],
    4,
    ['h1 2h found there', '? 1h', 'h2 1h db'],
  ],
  [
    'a daemon that is down now',
    [
      [0, place('h1')],
      [1, stopped],
    ],
    4,
    ['h1 1h found there', '? 3h'],
  ],
  [
    'a place that was lost and found again',
    [
      [0, place('h1')],
      [1, lost],
      [3, place('h1')],
    ],
    4,
    ['h1 4h found there'],
  ],
  [
    'a place that was lost, and another found',
    [
      [0, place('h1')],
      [1, lost],
      [3, others('h2')],
    ],
    4,
    ['h1 1h found there', '? 2h', 'h2 1h by others'],
  ],
  [
    'a place that is lost now',
    [
      [0, place('h1')],
      [1, lost],
    ],
    4,
    ['h1 1h found there', '? 3h'],
  ],
  [
    'a request that was abandoned',
    [
      [0, place('h1')],
      [1, asked('db')],
      [2, ended('abandoned')],
      [3, place('h3')],
    ],
    4,
    ['h1 2h found there', '? 1h', 'h3 1h found there'],
  ],
  [
    'what older files told, where a new one begins',
    [
      [5, carried({ place: { host: 'h1', since: stampOf(2) } })],
      [6, started],
      [7, others('h2')],
    ],
    8,
    ['h1 5h found there', 'h2 1h by others'],
  ],
  [
    'a request that was open when a new file began',
    [
      [5, carried({ place: { host: 'h1', since: stampOf(2) }, request: OPEN })],
      [6, ended('confirmed', 'h2')],
    ],
    8,
    ['h1 4h found there', 'h2 2h db'],
  ],
  [
    'a place that was lost when a new file began',
    [
      [5, carried({ place: { host: 'h1', since: stampOf(2) }, lost: [] })],
      [6, others('h2')],
    ],
    8,
    ['h1 3h found there', '? 1h', 'h2 2h by others'],
  ],
  [
    'a new file in between, which changes nothing',
    [
      [0, place('h1')],
      [1, asked('db')],
      [1, ended('confirmed', 'h2')],
      [3, carried({ place: { host: 'h2', since: stampOf(1) } })],
    ],
    4,
    ['h1 1h found there', 'h2 3h db'],
  ],
  [
    'a wall clock that was set back, as no time',
    [
      [2, place('h1')],
      [1, others('h2')],
    ],
    3,
    ['h2 1h by others'],
  ],
];

describe('whereabouts', () => {
  it.each(ROWS)('know %s', (_, kept, now, expected) => {
    expect(told(kept, now)).toEqual(expected);
  });
});

const AWAY = { ...SITE, name: 'aws', role: 'away' as const, hosts: ['a1'], base: 'ab' };
const CONF = makeConf({ sites: [SITE, AWAY], prices: { h1: 1, h2: 3, b: 0.1, a1: 5 } });

function report(kept: Kept, nowHour: number, sinceHour = 0, conf = CONF) {
  const period = { fromMs: BEGIN + sinceHour * HOUR, toMs: BEGIN + nowHour * HOUR };
  return costReport(spells(kept, nowHour), period, conf, 'EUR');
}

describe('costs', () => {
  const kept: Kept = [
    [0, place('h1')],
    [2, asked('db')],
    [2, ended('confirmed', 'h2')],
    [3, asked('db')],
    [3, ended('confirmed', 'b')],
    [13, asked('build')],
    [13, ended('confirmed', 'a1')],
    [14, others('h3')],
    [16, others('gone')],
    [17, stopped],
  ];

  it('add up by host, kind, site and policy', () => {
    expect(report(kept, 20)).toEqual({
      from: '2026-11-21T00:00:00.000Z',
      to: '2026-11-21T20:00:00.000Z',
      currency: 'EUR',
      total: { hours: 17, cost: 11 },
      base: { hours: 10, cost: 1 },
      array: { hours: 5, cost: 5 },
      away: { hours: 1, cost: 5 },
      hosts: [
        { host: 'h1', kind: 'array', site: 'home', hours: 2, price: 1, cost: 2 },
        { host: 'h2', kind: 'array', site: 'home', hours: 1, price: 3, cost: 3 },
        { host: 'b', kind: 'base', site: 'home', hours: 10, price: 0.1, cost: 1 },
        { host: 'a1', kind: 'away', site: 'aws', hours: 1, price: 5, cost: 5 },
        { host: 'h3', kind: 'array', site: 'home', hours: 2, cost: 0 },
        { host: 'gone', kind: 'other', hours: 1, cost: 0 },
      ],
      sites: [
        { site: 'home', hours: 15, cost: 6 },
        { site: 'aws', hours: 1, cost: 5 },
        { site: '?', hours: 1, cost: 0 },
      ],
      policies: [
        { policy: 'found there', hours: 2, cost: 2 },
        { policy: 'db', hours: 11, cost: 4 },
        { policy: 'build', hours: 1, cost: 5 },
        { policy: 'by others', hours: 3, cost: 0 },
      ],
      unknown_hours: 3,
      unpriced_hours: 3,
      staying: { price: 2, cost: 28, saving: 17 },
    });
  });

  it('reach back no further than is asked for, nor than the journal', () => {
    expect(report(kept, 17, 12)).toMatchObject({ total: { hours: 5 }, base: { hours: 1 } });
    expect(report(kept, 17, -100)).toMatchObject({ from: '2026-11-21T00:00:00.000Z' });
  });

  it('tell no saving where no price of the array is known', () => {
    expect(report(kept, 17, 0, makeConf()).staying).toBeUndefined();
  });

  it('believe the conf where it tells the place and no locator does', () => {
    const conf = makeConf({ site: { at: 'h1' }, prices: { h1: 1 } });
    expect(report([[0, started]], 5, 0, conf)).toMatchObject({ total: { hours: 5, cost: 5 } });
  });

  it('are those that a simulation of the same hours tells', () => {
    const conf = makeConf({ prices: { h1: 0.11, h2: 0.3, h3: 0.7, b: 0.0123 } });
    const world = new World(conf);
    world.readAll([10, ...Array(40).fill(76), ...Array(9).fill(10), ...Array(30).fill(0), 10]);
    const records = world.entries.map((each, i) => ({ ...each, seq: i + 1 }));
    const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
    const { simulated } = replay(records, readings, { given: conf, confOf: () => undefined });
    const toMs = world.now().wallMs;
    const period = { fromMs: simulated.stays[0]?.fromMs ?? 0, toMs };
    const told = costReport(whereabouts(records, toMs), period, conf, undefined);
    expect(told.base.cost).toBeGreaterThan(0);
    expect({
      ...{ base: told.base.cost, array: told.array.cost, away: told.away.cost },
      total: told.total.cost,
    }).toEqual(outlay(simulated, conf));
  });
});
