import { describe, expect, it } from 'vitest';
import type { Conf, Constraints } from '../../src/core/conf.ts';
import { type Asking, type GateName, gateResults } from '../../src/core/gates.ts';
import { priceOf, spentToday } from '../../src/core/spending.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import type { Stamp } from '../../src/core/time.ts';
import { type Hosts, MINUTE, makeConf, SITES, scheduleOf, World } from '../support/world.ts';

const at = (ms: number): Stamp => ({ wallMs: 1e12 + ms, boot: 'b', bootMs: ms });
const NOW = at(100 * MINUTE);
const PLACED: State = { ...INITIAL, place: { host: 'h1', since: at(0) } };

function holding(state: Partial<State>, conf: Conf, asking: Asking = { verdict: 'move' }) {
  const results = gateResults(asking, { ...PLACED, ...state }, conf, NOW);
  return results.filter(({ hold }) => hold).map(({ gate }) => gate);
}

function reason(
  gate: GateName,
  state: Partial<State>,
  conf = makeConf(),
  asking: Asking = { verdict: 'move' },
) {
  const results = gateResults(asking, { ...PLACED, ...state }, conf, NOW);
  return results.find((result) => result.gate === gate)?.hold;
}

const arrived = (ms: number) => ({ arrival: { at: at(100 * MINUTE - ms) } });
const failed = (n: number, ms: number) => ({
  failures: { move: { n, at: at(100 * MINUTE - ms) } },
});
const moved = (...agoMs: number[]) => ({ moves: agoMs.map((ms) => at(100 * MINUTE - ms)) });
const noCooldown = makeConf({ constraints: { cooldownMs: undefined } });
const limited = makeConf({ constraints: { maxMoves: { n: 2, spanMs: 60 * MINUTE } } });

/** NOW is 2001-09-09 03:26:40 in UTC, a Sunday. */
const quiet = (hours: string) => makeConf({ constraints: { quiet: scheduleOf(hours).hours } });
const PRICES = { h1: 1, h2: 1, h3: 2, b: 0.1 };
/** Ten hours into a day; the guest is at h1 since `hours` ago. */
const budgeted = (perDay: number, prices: Conf['prices'] = PRICES, zone = 'UTC') =>
  makeConf({ constraints: { budget: { perDay, zone } }, prices });
const TEN = { wallMs: Date.UTC(2026, 10, 21, 10), boot: 'b', bootMs: 1e9 };

function budgetHold(
  perDay: number,
  asking: Asking = { verdict: 'move' },
  more: { hours?: number; stays?: State['stays']; prices?: Conf['prices']; zone?: string } = {},
) {
  const wallMs = TEN.wallMs - (more.hours ?? 4) * 60 * MINUTE;
  const place = { host: 'h1', since: { wallMs, boot: 'a', bootMs: 1 } };
  const state = { ...INITIAL, place, stays: more.stays ?? [] };
  const results = gateResults(asking, state, budgeted(perDay, more.prices, more.zone), TEN);
  return results.find(({ gate }) => gate === 'budget')?.hold;
}

describe('the budget', () => {
  const hour = (n: number) => TEN.wallMs + n * 60 * MINUTE;

  it('holds a move whose next hour would go over it, until the next day', () => {
    expect(budgetHold(4.99)).toEqual({
      reason: 'budget: 4 of 4.99 spent today, an hour at h2 costs 1',
      leftMs: 14 * 60 * MINUTE,
      change: 'wait, or vmmanage move --force --why TEXT, or raise [constraints] budget',
    });
    expect(budgetHold(5)).toBeUndefined();
    // A dearer host doesn't hold what a cheaper one would cost.
    const prices = { ...PRICES, h2: 100, h3: 1 };
    expect(budgetHold(5, { verdict: 'move' }, { prices })).toBeUndefined();
  });

  it('goes by the price of the host that comes next, or that was asked for', () => {
    expect(budgetHold(5, { verdict: 'move', host: 'h3' })?.reason).toMatch(
      /an hour at h3 costs 2$/,
    );
    expect(budgetHold(5, { verdict: 'move', host: 'h2' })).toBeUndefined();
  });

  it('counts the stays of this day alone, however long ago they began', () => {
    expect(budgetHold(11, { verdict: 'move' }, { hours: 50 })).toBeUndefined();
    expect(budgetHold(10.9, { verdict: 'move' }, { hours: 50 })?.reason).toMatch(/: 10 of 10.9/);
    const stays = [
      { host: 'h3', fromMs: hour(-20), toMs: hour(-9) },
      { host: 'b', fromMs: hour(-9), toMs: hour(-4) },
    ];
    expect(budgetHold(1, { verdict: 'move' }, { stays })?.reason).toMatch(/: 6.5 of 1 spent/);
  });

  it('never holds base, home, a person who insists, or a move to where nothing costs', () => {
    expect(budgetHold(0, { verdict: 'base' })).toBeUndefined();
    expect(budgetHold(0, { verdict: 'home' })).toBeUndefined();
    expect(budgetHold(0, { verdict: 'move', force: true })).toBeUndefined();
    expect(budgetHold(0, { verdict: 'move' }, { prices: {} })).toBeUndefined();
    expect(budgetHold(0, { verdict: 'move' })).toBeDefined();
  });

  it('goes by the calendar day of its zone', () => {
    const more = { hours: 50, zone: 'Europe/Oslo' };
    const hold = budgetHold(11.9, { verdict: 'move' }, more);
    expect(hold?.reason).toMatch(/: 11 of 11.9/);
    expect(hold?.leftMs).toBe(13 * 60 * MINUTE);
  });

  it('tells that waiting is of no use where an hour alone costs more', () => {
    expect(budgetHold(0.9)).toEqual({
      reason: 'budget: 4 of 0.9 spent today, an hour at h2 costs 1',
      change: 'raise [constraints] budget, or vmmanage move --force --why TEXT',
    });
  });

  it('holds the second target of a request, too, unless a person insists', () => {
    const conf = budgeted(3, { h2: 1, h3: 5 });
    const full: Hosts = { preflight: (to) => (to === 'h2' ? 'no memory' : undefined) };
    const world = new World(conf, { hosts: full });
    world.ask();
    expect(world.of('progress')).toMatchObject([{ phase: 'preflight-failed', to: 'h2' }]);
    expect(world.of('outcome')[0]?.reason).toBe(
      'h2: no memory; budget: 0 of 3 spent today, an hour at h3 costs 5',
    );
    const forced = new World(conf, { hosts: full });
    forced.ask({ force: true, why: 'a fire' });
    expect(forced.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h3' }]);
  });

  it('takes a host’s name for nothing but a name', () => {
    const conf = makeConf({ site: { hosts: ['constructor', 'h2'] }, prices: {} });
    expect(priceOf('constructor', conf)).toBeUndefined();
  });

  it('adds up the stays of a guest that moves, and begins anew with the day', () => {
    const world = new World(budgeted(1000));
    world.wait(60 * MINUTE);
    world.ask();
    world.wait(30 * MINUTE);
    world.ask({ verdict: 'base' });
    world.wait(60 * MINUTE);
    const spent = spentToday(world.state, world.conf, world.now(), 'UTC');
    expect(spent).toBeCloseTo(1 + 0.5 + 0.1, 1);
    world.wait(24 * 60 * MINUTE);
    expect(spentToday(world.state, world.conf, world.now(), 'UTC')).toBeCloseTo(1.15, 1);
  });
});

const CASES: [sentence: string, state: Partial<State>, conf: Conf, gates: GateName[]][] = [
  ['nothing holds a guest that never moved', {}, makeConf(), []],
  ['passive mode holds', {}, makeConf({ constraints: { mode: 'passive' } }), ['paused']],
  ['a pause holds', { paused: { at: at(0) } }, makeConf(), ['paused']],
  [
    'a pause for a time holds until one ms before its end',
    { paused: { at: at(98 * MINUTE), forMs: 2 * MINUTE + 1 } },
    makeConf(),
    ['paused'],
  ],
  [
    'and is over at exactly its end, though no event has told it yet',
    { paused: { at: at(98 * MINUTE), forMs: 2 * MINUTE } },
    makeConf(),
    [],
  ],
  [
    'passive mode holds behind a pause that is over',
    { paused: { at: at(0), forMs: MINUTE } },
    makeConf({ constraints: { mode: 'passive' } }),
    ['paused'],
  ],
  ['an inhibitor holds', { inhibitors: { i: 'backup' } }, makeConf(), ['hold']],
  ['settling holds until one ms before its end', arrived(44_999), noCooldown, ['settling']],
  ['settling is over at exactly its end', arrived(45_000), noCooldown, []],
  ['cooldown holds until one ms before its end', arrived(5 * MINUTE - 1), makeConf(), ['cooldown']],
  ['cooldown is open at exactly its end', arrived(5 * MINUTE), makeConf(), []],
  [
    'cooldown doubles with a move that has not helped',
    { ...arrived(10 * MINUTE - 1), episode: { policy: 'db', moves: 1, arrivals: [] } },
    makeConf(),
    ['cooldown'],
  ],
  [
    'and is open at exactly its doubled end',
    { ...arrived(10 * MINUTE), episode: { policy: 'db', moves: 1, arrivals: [] } },
    makeConf(),
    [],
  ],
  [
    'cooldown never grows beyond its maximum',
    { ...arrived(20 * MINUTE), episode: { policy: 'db', moves: 9, arrivals: [] } },
    makeConf({ constraints: { cooldownMaxMs: 20 * MINUTE } }),
    [],
  ],
  ['retry holds until one ms before its end', failed(1, 3 * MINUTE - 1), makeConf(), ['retry']],
  ['retry is open at exactly its end', failed(1, 3 * MINUTE), makeConf(), []],
  ['retry doubles', failed(2, 6 * MINUTE - 1), makeConf(), ['retry']],
  [
    'retry says nothing of another verdict’s failures',
    { failures: { base: { n: 9, at: at(99 * MINUTE) } } },
    makeConf(),
    [],
  ],
  [
    'a cooldown that is off stays off, however many moves have not helped',
    { ...arrived(1), episode: { policy: 'db', moves: 1100, arrivals: [] } },
    makeConf({ constraints: { settleMs: undefined, cooldownMs: undefined } }),
    [],
  ],
  [
    'retry that is off never holds',
    failed(5, 1),
    makeConf({ constraints: { retryMs: undefined } }),
    [],
  ],
  ['one move below the limit', moved(MINUTE), limited, []],
  ['at the limit', moved(2 * MINUTE, MINUTE), limited, ['move limit']],
  ['a move at exactly the span is out of it', moved(60 * MINUTE, MINUTE), limited, []],
  ['a move one ms younger is still in it', moved(60 * MINUTE - 1, MINUTE), limited, ['move limit']],
  ['quiet hours hold from their opening', {}, quiet('03:26-04:00'), ['quiet']],
  ['quiet hours before their opening', {}, quiet('03:27-04:00'), []],
  ['quiet hours to their closing', {}, quiet('03:00-03:27'), ['quiet']],
  ['quiet hours at their closing', {}, quiet('03:00-03:26'), []],
  ['quiet hours of the day before that go on', {}, quiet('Sat 22:00-06:00'), ['quiet']],
  ['quiet hours of another day', {}, quiet('Mon-Sat 00:00-24:00'), []],
  ['a place that was lost', { lost: [{ who: 'xen1', says: 'no' }] }, makeConf(), ['place unknown']],
  [
    'hosts that are all denied',
    {},
    makeConf({ constraints: { deny: ['h2', 'h3'] } }),
    ['no target'],
  ],
  ['hosts outside allow', {}, makeConf({ constraints: { allow: ['h1'] } }), ['no target']],
];

describe('the gates', () => {
  it.each(CASES)('%s', (_, state, conf, gates) => {
    expect(holding(state, conf)).toEqual(gates);
  });

  it('are given in their order', () => {
    const state = { ...arrived(1), inhibitors: { i: 'x' }, paused: { at: at(0) } };
    expect(holding(state, makeConf())).toEqual(['paused', 'settling', 'hold', 'cooldown']);
  });

  it('hold a place that nobody has told, unless the conf tells it', () => {
    const results = (conf: Conf) => gateResults({ verdict: 'move' }, INITIAL, conf, NOW);
    const open = (conf: Conf) => results(conf).every(({ hold }) => hold === undefined);
    expect(open(makeConf())).toBe(false);
    expect(open(makeConf({ site: { at: 'h1' } }))).toBe(true);
  });

  it('say where the base is that a guest away asks for, and how to get there', () => {
    const away = { place: { host: 'aws', since: at(0) } };
    const base = (sites: Conf['sites']) =>
      reason('no target', away, makeConf({ sites }), { verdict: 'base' });
    expect(base(SITES)).toEqual({
      reason: 'no target: the base is at the home site',
      change: 'vmmanage move --home first',
    });
    expect(base(SITES.map(({ base: _, ...site }) => site))).toEqual({
      reason: 'no target: the conf names no base',
      change: 'give one with [array] base = HOST',
    });
  });

  it('say to which section hosts are to be added', () => {
    const change = (conf: Conf, host: string) =>
      reason('no target', { place: { host, since: at(0) } }, conf)?.change;
    expect(change(makeConf({ site: { hosts: ['h1'] } }), 'h1')).toBe('add hosts to [array] hosts');
    expect(change(makeConf({ sites: SITES }), 'aws')).toBe('add hosts to [site aws] hosts');
  });

  it('say for how long, and what would have to change', () => {
    expect(reason('cooldown', arrived(MINUTE))).toEqual({
      reason: 'cooldown 4m left',
      leftMs: 4 * MINUTE,
      change: 'wait, or vmmanage move --force --why TEXT',
    });
    expect(reason('move limit', moved(20 * MINUTE, MINUTE), limited)).toMatchObject({
      reason: 'move limit: 2 of 2 moves in 1h, next in 40m',
      leftMs: 40 * MINUTE,
    });
    expect(
      reason('paused', { paused: { at: at(99 * MINUTE), forMs: 5 * MINUTE, why: 'upgrade' } }),
    ).toMatchObject({
      reason: 'paused for 4m more: upgrade',
    });
  });

  it.each([
    ['cooldown', arrived(MINUTE), []],
    ['move limit', moved(2 * MINUTE, MINUTE), []],
    ['retry', failed(1, MINUTE), ['retry']],
    ['settling', arrived(1), ['settling']],
    ['hold', { inhibitors: { i: 'x' } }, ['hold']],
    ['paused', { paused: { at: at(0) } }, ['paused']],
  ])('force and %s', (_, state, gates) => {
    expect(holding(state, limited, { verdict: 'move', force: true })).toEqual(gates);
  });

  it('say how long quiet hours last, and force skips them', () => {
    expect(reason('quiet', {}, quiet('03:00-03:30'))).toEqual({
      ...{ reason: 'quiet 3m20s left', leftMs: 200_000 },
      change: 'wait, or vmmanage move --force --why TEXT',
    });
    expect(reason('quiet', {}, quiet('00:00-24:00'))).toEqual({
      ...{ reason: 'quiet at all times', change: 'mend [constraints] quiet' },
    });
    expect(holding({}, quiet('03:00-04:00'), { verdict: 'move', force: true })).toEqual([]);
  });

  it.each(['move', 'base', 'away', 'home'] as const)('quiet hours hold %s', (verdict) => {
    expect(reason('quiet', {}, quiet('03:00-04:00'), { verdict })).toBeDefined();
    expect(reason('quiet', {}, quiet('03:00-04:00'), { verdict, closing: true })).toBeDefined();
  });

  it('let an idle guest go to base only while a move stays for leaving it', () => {
    expect(holding(moved(MINUTE), limited, { verdict: 'base' })).toEqual([]);
    expect(holding(moved(2 * MINUTE, MINUTE), limited, { verdict: 'base' })).toEqual([
      'move limit',
    ]);
  });
});

describe('a cooldown that has grown', () => {
  const hold = (moves: number, constraints: Partial<Constraints> = {}) => {
    const state = {
      ...arrived(MINUTE),
      ...(moves ? { episode: { policy: 'db', moves, arrivals: [] } } : {}),
    };
    return reason('cooldown', state, makeConf({ constraints }));
  };

  it.each<[string, number, Partial<Constraints>, string, string | undefined]>([
    ['not at all', 0, {}, 'cooldown 4m left', undefined],
    ['once', 1, {}, 'cooldown 9m left (doubled once: the last move has not helped)', '5m×2'],
    [
      'twice',
      2,
      {},
      'cooldown 19m left (doubled twice: the last 2 moves have not helped)',
      '5m×2×2',
    ],
    [
      'by another factor',
      3,
      { cooldownGrowth: 1.5 },
      'cooldown 15m53s left (grown 1.5-fold 3 times: the last 3 moves have not helped)',
      '5m×1.5×1.5×1.5',
    ],
    [
      'to its maximum',
      9,
      {},
      'cooldown 5h59m left (doubled 9 times: the last 9 moves have not helped)',
      '5m×2^9, 6h at most',
    ],
    ['by nothing', 2, { cooldownGrowth: 1 }, 'cooldown 4m left', undefined],
  ])('%s says so', (_, moves, constraints, text, made) => {
    const { reason: said, made: factors } = hold(moves, constraints) ?? {};
    expect([said, factors]).toEqual([text, made]);
  });
});
