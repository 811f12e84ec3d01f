/** Working hours on the way of an event: closing time, rest, rescue, and counts that start afresh. */
import { describe, expect, it } from 'vitest';
import type { Conf, Constraints } from '../../src/core/conf.ts';
import { isMonitored } from '../../src/core/hours.ts';
import { opinions } from '../../src/core/opinions.ts';
import { restore } from '../../src/core/step.ts';
import {
  type Hosts,
  MINUTE,
  makeConf,
  POLICY,
  refusalOf,
  scheduleOf,
  World,
} from '../support/world.ts';

const BAD = 76;
const FINE = 30;
const HOUR = 60 * MINUTE;
/** A Monday, ten minutes before the window closes. */
const EVENING = Date.parse('2026-11-23T15:50Z');
const MORNING = Date.parse('2026-11-24T08:50Z');

interface Given extends Hosts {
  readonly host?: string;
  readonly startMs?: number;
  readonly options?: Record<string, unknown>;
  readonly constraints?: Partial<Constraints>;
}

function confOf({ options, constraints = {} }: Given = {}): Conf {
  const schedule = scheduleOf('Mon-Fri 09:00-16:00', options);
  return makeConf({ policy: { kind: 'schedule-aware', schedule }, constraints });
}

function worldOf(given: Given = {}): World {
  const { host = 'h1', startMs = EVENING, options: _, constraints: __, ...hosts } = given;
  return new World(confOf(given), { host, startMs, hosts });
}

const CLOSING = { verdict: 'base', policy: 'db', reason: 'outside workhours', from: 'h1', to: 'b' };

describe('closing time', () => {
  it('comes with the end of the window, not a millisecond before', () => {
    const world = worldOf();
    world.wait(10 * MINUTE - 1);
    world.read(FINE);
    expect(world.of('intended')).toEqual([]);
    world.wait(1);
    world.read(FINE);
    expect(world.of('intended')).toMatchObject([CLOSING]);
    expect(world.host).toBe('b');
  });

  it('has no value nor count behind it', () => {
    const world = worldOf();
    world.readAll(Array(10).fill(FINE));
    const [intended] = world.of('intended');
    expect(intended).not.toHaveProperty('value');
    expect(intended).not.toHaveProperty('threshold');
    expect(world.of('verdict').at(-2)).toEqual({
      ...{ type: 'verdict', policy: 'db', verdict: 'base', reason: 'outside workhours' },
    });
  });

  it.each<[string, (world: World) => void]>([
    ['a missing reading', (world) => world.read('gone')],
    ['a tick', (world) => world.send({ type: 'tick' })],
    ['a look for the guest', (w) => w.send({ type: 'located', sighting: w.sighting() })],
    [
      'a conf that was loaded',
      (w) => w.send({ type: 'loaded', files: [], values: {}, afresh: [] }),
    ],
    ['a pause that ended', (w) => w.send({ type: 'resume' })],
    ['a step of the wall clock', (w) => w.send({ type: 'clock-stepped', stepMs: 5000 })],
    ['a reading that settling leaves uncounted', (world) => world.read(FINE)],
  ])('is carried by %s', (_, happen) => {
    const world = worldOf();
    if (_.includes('pause')) world.send({ type: 'pause' });
    world.wait(15 * MINUTE);
    happen(world);
    expect(world.of('intended')).toMatchObject([CLOSING]);
  });

  it('is carried by the first look of a guest that starts at night', () => {
    const world = worldOf({ startMs: EVENING + 6 * HOUR });
    expect(world.types()).toEqual([
      ...['place', 'verdict', 'intended', 'progress', 'progress', 'outcome', 'verdict'],
    ]);
  });

  it('waits at a restart until the conf is in the journal', () => {
    const world = worldOf();
    world.wait(HOUR);
    world.send({ type: 'began', version: '1' });
    expect(world.types()).toEqual(['place', 'started']);
    world.send({ type: 'loaded', files: [], values: {}, afresh: [] });
    expect(world.types().slice(2, 5)).toEqual(['conf', 'verdict', 'intended']);
  });

  it('is not begun by a daemon that ends, nor in place of an answer to a person', () => {
    const world = worldOf();
    world.wait(HOUR);
    expect(refusalOf(world.ask({ host: 'mars' }))?.code).toBe('wrong');
    world.send({ type: 'ending', reason: 'SIGTERM' });
    expect(world.of('intended')).toEqual([]);
  });

  it('is asked once, however many events follow, while the request is open', () => {
    const world = worldOf();
    world.holdErrands = true;
    world.wait(HOUR);
    for (let i = 0; i < 5; i += 1) world.send({ type: 'tick' });
    world.readAll([BAD, BAD, BAD, BAD]);
    expect(world.of('intended')).toHaveLength(1);
  });
});

describe('what holds closing time', () => {
  const failing = (from: string) => ({ host: from, ok: false, text: 'no memory' });

  it('is retry after a failure, and then it is asked again', () => {
    const world = worldOf({ migrate: failing });
    world.wait(10 * MINUTE);
    world.send({ type: 'tick' });
    expect(world.types().slice(-3)).toEqual(['outcome', 'verdict', 'held']);
    expect(world.gate()).toBe('retry');
    const before = world.entries.length;
    world.wait(3 * MINUTE - 1);
    world.send({ type: 'tick' });
    expect(world.entries).toHaveLength(before);
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.of('intended')).toHaveLength(2);
  });

  it('is the bar of the base where retry is off', () => {
    const world = worldOf({ migrate: failing, constraints: { retryMs: undefined } });
    world.wait(10 * MINUTE);
    world.send({ type: 'tick' });
    expect(world.of('intended')).toHaveLength(1);
    expect(world.gate()).toBe('no target');
  });

  it('is settling and cooldown after an arrival', () => {
    const world = worldOf();
    world.wait(9 * MINUTE);
    world.ask({ host: 'h2' });
    world.wait(MINUTE - 11_000);
    world.send({ type: 'tick' });
    expect(world.gate()).toBeUndefined();
    world.wait(2000);
    world.send({ type: 'tick' });
    expect(world.gate()).toBe('cooldown');
    world.wait(4 * MINUTE);
    world.send({ type: 'tick' });
    world.wait(10_000);
    world.send({ type: 'tick' });
    expect(world.of('intended').at(-1)).toMatchObject({ ...CLOSING, from: 'h2' });
  });

  it('is an inhibitor, said once', () => {
    const world = worldOf();
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    world.wait(HOUR);
    for (let i = 0; i < 5; i += 1) world.send({ type: 'tick' });
    expect(world.of('held')).toMatchObject([{ gate: 'hold', verdict: 'base' }]);
    world.send({ type: 'release', id: 'i' });
    expect(world.of('intended')).toHaveLength(1);
  });

  it('is quiet hours, and it is asked when they end', () => {
    const { hours } = scheduleOf('15:00-17:00');
    const world = worldOf({ constraints: { quiet: hours } });
    world.wait(70 * MINUTE - 1);
    world.send({ type: 'tick' });
    expect(world.gate()).toBe('quiet');
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.of('intended')).toMatchObject([CLOSING]);
  });

  it('is passive mode, which records it once for each evening', () => {
    const world = worldOf({ constraints: { mode: 'passive' } });
    for (let i = 0; i < 48 * 60; i += 1) {
      world.wait(MINUTE);
      world.send({ type: 'tick' });
    }
    const nights = world.entries.filter(({ entry }) => entry.type === 'would-ask');
    expect(nights.map(({ at }) => new Date(at.wallMs).toISOString().slice(5, 16))).toEqual([
      ...['11-23T16:00', '11-24T16:00'],
    ]);
  });
});

describe('at the base outside its hours', () => {
  const night = { host: 'b', startMs: EVENING + HOUR };

  it('nothing is asked, however bad or missing the readings are', () => {
    const world = worldOf(night);
    world.readAll([BAD, BAD, BAD, BAD, 'gone', 'gone', 0, 0, 0, 0, 0, 0]);
    expect(world.types()).toEqual(['place', 'verdict']);
    expect(world.of('verdict')).toMatchObject([
      { verdict: 'stay', reason: 'rests outside workhours' },
    ]);
  });

  it('ticks write nothing', () => {
    const world = worldOf(night);
    const before = world.entries.length;
    for (let i = 0; i < 100; i += 1) {
      world.wait(MINUTE);
      world.send({ type: 'tick' });
    }
    expect(world.entries).toHaveLength(before);
  });

  it('a guest that is to be rescued leaves it when it suffers', () => {
    const world = worldOf({ ...night, options: { off_hours: 'rescue' } });
    world.readAll([BAD, BAD, 'gone']);
    expect(world.of('intended')).toEqual([]);
    world.readAll([BAD]);
    expect(world.of('intended')).toMatchObject([
      { verdict: 'move', from: 'b', to: 'h1', value: BAD, reason: 'suffering outside workhours' },
    ]);
  });

  it('readings are wanted unless monitor_off_hours = no', () => {
    const wanted = (given: Given) => {
      const { conf, state, now } = worldOf(given);
      return isMonitored('slow', state, conf, now.call(worldOf(given)));
    };
    const off = { options: { monitor_off_hours: false } };
    expect(wanted(night)).toBe(true);
    expect(wanted({ ...night, ...off })).toBe(false);
    expect(wanted({ host: 'b', startMs: EVENING, ...off })).toBe(true);
    expect(wanted({ host: 'h1', startMs: EVENING, ...off })).toBe(true);
  });

  it('readings are wanted while another policy looks at the same probe', () => {
    const { policies, ...conf } = confOf({ options: { monitor_off_hours: false } });
    const both = { ...conf, policies: [...policies, { ...POLICY, name: 'other' }] };
    const { state, now } = worldOf(night);
    expect(isMonitored('slow', state, both, now.call(worldOf(night)))).toBe(true);
  });
});

describe('counts start afresh', () => {
  it('already before the first reading after it', () => {
    const world = worldOf({ host: 'b', startMs: MORNING });
    world.readAll(Array(9).fill(BAD));
    world.wait(MINUTE);
    world.send({ type: 'tick' });
    expect(opinions(world.state, world.conf, world.now())).toMatchObject([
      { verdict: 'stay', reason: 'content' },
    ]);
  });

  it('though a move was in flight when it opened', () => {
    const world = worldOf({ host: 'b', startMs: MORNING });
    world.readAll([BAD, BAD, BAD]);
    world.holdErrands = true;
    world.ask({ host: 'h1' });
    world.readAll(Array(10).fill(BAD));
    world.send({ type: 'cancel' });
    expect(world.state.tracks['db']?.suffering.hits).toBe(0);
  });

  it('and a restart counts the same', () => {
    const world = worldOf({ host: 'b', startMs: MORNING });
    world.readAll(Array(11).fill(BAD));
    expect(restore(world.stored, world.conf)).toEqual(world.state);
    expect(world.state.tracks['db']?.suffering.hits).toBe(2);
  });
});

describe('beside another policy', () => {
  const two = (other: Partial<typeof POLICY>, options = {}) => {
    const { policies, ...conf } = confOf({ options });
    const probes = {
      slow: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
      cpu: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
    };
    const more = { ...POLICY, name: 'cpu', probe: 'cpu', ...other };
    return { ...conf, probes, policies: [...policies, more] };
  };

  function minutes(world: World, n: number, cpu: number | string): void {
    for (let i = 0; i < n; i += 1) {
      world.wait(MINUTE);
      world.read(cpu, 'cpu');
    }
  }

  it.each([
    ['one that is content keeps the guest', FINE, 'policy cpu keeps it: content'],
    ['one that is blind keeps the guest', 'gone', 'policy cpu keeps it: blind: gone'],
  ])('%s', (_, cpu, reason) => {
    const world = new World(two({}), { startMs: EVENING });
    minutes(world, 12, cpu);
    expect(world.of('intended')).toEqual([]);
    expect(world.of('held')).toMatchObject([{ gate: 'other policy', policy: 'db', reason }]);
  });

  it('one that rests is not heard when the other suffers', () => {
    const world = new World(two({}), { host: 'b', startMs: EVENING + HOUR });
    minutes(world, 3, BAD);
    expect(world.of('intended')).toMatchObject([{ policy: 'cpu', verdict: 'move', from: 'b' }]);
    expect(world.of('intended')[0]).not.toHaveProperty('losers');
  });

  it('two that close together ask once', () => {
    const schedule = scheduleOf('Mon-Fri 09:00-16:00');
    const world = new World(two({ schedule }), { startMs: EVENING });
    world.wait(HOUR);
    world.send({ type: 'tick' });
    expect(world.of('intended')).toMatchObject([{ policy: 'db', to: 'b' }]);
    expect(world.of('verdict').filter(({ verdict }) => verdict === 'base')).toHaveLength(2);
  });
});
