import { describe, expect, it } from 'vitest';
import type { Conf } from '../../src/core/conf.ts';
import { type Asking, type GateName, gateResults } from '../../src/core/gates.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import type { Stamp } from '../../src/core/time.ts';
import { MINUTE, makeConf, scheduleOf } from '../support/world.ts';

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
const failed = (n: number, ms: number) => ({ failures: { n, at: at(100 * MINUTE - ms) } });
const moved = (...agoMs: number[]) => ({ moves: agoMs.map((ms) => at(100 * MINUTE - ms)) });
const noCooldown = makeConf({ constraints: { cooldownMs: undefined } });
const limited = makeConf({ constraints: { maxMoves: { n: 2, spanMs: 60 * MINUTE } } });

/** NOW is 2001-09-09 03:26:40 in UTC, a Sunday. */
const quiet = (hours: string) => makeConf({ constraints: { quiet: scheduleOf(hours).hours } });

const CASES: [sentence: string, state: Partial<State>, conf: Conf, gates: GateName[]][] = [
  ['nothing holds a guest that never moved', {}, makeConf(), []],
  ['passive mode holds', {}, makeConf({ constraints: { mode: 'passive' } }), ['paused']],
  ['a pause holds', { paused: { at: at(0) } }, makeConf(), ['paused']],
  ['an inhibitor holds', { inhibitors: { i: 'backup' } }, makeConf(), ['hold']],
  ['settling holds until one ms before its end', arrived(44_999), noCooldown, ['settling']],
  ['settling is over at exactly its end', arrived(45_000), noCooldown, []],
  ['cooldown holds until one ms before its end', arrived(5 * MINUTE - 1), makeConf(), ['cooldown']],
  ['cooldown is open at exactly its end', arrived(5 * MINUTE), makeConf(), []],
  [
    'cooldown doubles with a move that has not helped',
    { ...arrived(10 * MINUTE - 1), episode: { policy: 'db', moves: 1 } },
    makeConf(),
    ['cooldown'],
  ],
  [
    'and is open at exactly its doubled end',
    { ...arrived(10 * MINUTE), episode: { policy: 'db', moves: 1 } },
    makeConf(),
    [],
  ],
  [
    'cooldown never grows beyond its maximum',
    { ...arrived(20 * MINUTE), episode: { policy: 'db', moves: 9 } },
    makeConf({ constraints: { cooldownMaxMs: 20 * MINUTE } }),
    [],
  ],
  ['retry holds until one ms before its end', failed(1, 3 * MINUTE - 1), makeConf(), ['retry']],
  ['retry is open at exactly its end', failed(1, 3 * MINUTE), makeConf(), []],
  ['retry doubles', failed(2, 6 * MINUTE - 1), makeConf(), ['retry']],
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
