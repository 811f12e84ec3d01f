/** A run gone through again asks for the same, whatever happened to it in between. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOf } from '../../../src/cli/simulate/json.ts';
import { replay } from '../../../src/cli/simulate/replay.ts';
import { Replay } from '../../../src/core/replay.ts';
import { INITIAL } from '../../../src/core/state.ts';
import type { Reading } from '../../../src/core/words.ts';
import {
  type Hosts,
  MINUTE,
  makeConf,
  SITES,
  scheduleOf,
  siteAwareRule,
  World,
} from '../../support/world.ts';

const SUFFERING = Array(6).fill(76);
const CALM = Array(6).fill(10);
const constraints = { cooldownMs: 3 * MINUTE, maxMoves: undefined };
const conf = makeConf({ constraints });
/** Where a guest goes next hangs on what it has learned, too. */
const learning = makeConf({ constraints, site: { order: 'learned' } });

/** What the daemon would have stored of this world: its journal, and its readings' wall time. */
function storedOf(world: World) {
  const records = world.entries.map((each, index) => ({ ...each, seq: index + 1 }));
  const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
  const forgotten = readings.map((reading): Reading => {
    const { wallMs } = reading.at;
    return { ...reading, at: { wallMs, boot: 'trace', bootMs: wallMs } };
  });
  return { records, readings: forgotten };
}

function replayed(world: World) {
  const { records, readings } = storedOf(world);
  return replay(records, readings, { given: world.conf, confOf: () => undefined });
}

function expectSame(world: World, atLeast: number): void {
  const { simulated, lacking, extra } = replayed(world);
  expect([lacking, extra]).toEqual([[], []]);
  const live = world.of('intended').map(({ request, from, to }) => {
    const tries = world.of('progress').filter((each) => each.request === request);
    return [request, from, tries.findLast(({ next }) => next !== undefined)?.next ?? to];
  });
  expect(live.length).toBeGreaterThanOrEqual(atLeast);
  expect(simulated.requests.map(({ id, from, to }) => [id, from, to])).toEqual(live);
  const ends = world.of('outcome').map(({ outcome }) => outcome);
  expect(simulated.requests.map(({ outcome }) => outcome).filter((o) => o !== 'open')).toEqual(
    ends,
  );
}

describe('the same requests come of', () => {
  const failing: Hosts = { migrate: (from) => ({ host: from, ok: false, text: 'no' }) };
  const picky: Hosts = { preflight: (to) => (to === 'h2' ? 'no memory' : undefined) };

  it.each<[string, Hosts, number]>([
    ['moves that succeed', {}, 2],
    ['moves that fail', failing, 2],
    ['a host that can’t take it', picky, 2],
  ])('%s', (_, hosts, atLeast) => {
    const world = new World(conf, { hosts });
    for (let n = 0; n < 4; n += 1) world.readAll([...SUFFERING, 'gone', ...SUFFERING, ...CALM]);
    expectSame(world, atLeast);
  });

  it('moves by hand, which are taken as they were', () => {
    const world = new World(conf);
    world.readAll(CALM);
    world.ask({ host: 'h3' });
    world.readAll([...SUFFERING, ...SUFFERING]);
    expectSame(world, 2);
    const { simulated } = replayed(world);
    const { requests } = jsonOf({ name: 'a.conf', rules: conf, simulated });
    expect(requests[0]).toMatchObject({ policy: null, value: null, to: 'h3' });
  });

  it('pauses, holds and moves by others', () => {
    const world = new World(conf);
    world.send({ type: 'pause', forMs: 8 * MINUTE });
    world.readAll([...SUFFERING, ...SUFFERING]);
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    world.readAll(SUFFERING);
    world.send({ type: 'release', id: 'i' });
    world.host = 'h3';
    world.send({ type: 'located', sighting: world.sighting() });
    world.readAll([...SUFFERING, ...SUFFERING]);
    expectSame(world, 1);
  });

  it('jobs, which are taken as they were', () => {
    const policies = [{ ...siteAwareRule({ margin: 1.5 }), probe: 'slow' }];
    const world = new World(makeConf({ sites: SITES, policies }));
    const job = (id: string, minutes: number) => {
      world.send({ type: 'job-began', job: id, grade: 'grade a' });
      world.readAll(Array(minutes).fill(2));
      world.wait(1);
      world.send({ type: 'job-ended', job: id, ok: true, tookMs: minutes * MINUTE });
    };
    job('1', 10);
    world.readAll([2, 0, 0, 0]);
    job('2', 9);
    world.readAll([0, 0, 0, 0, 0, 0, 0]);
    job('3', 20);
    world.readAll([2, 2, 2]);
    expect(world.of('verdict').map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([
        'away wanted: job 1 (grade a) is finished first',
        expect.stringMatching(/^not worth it/),
      ]),
    );
    expectSame(world, 2);
  });

  it.each([
    ['a reading’s', {}],
    ['the clock’s', { schedule: scheduleOf('08:00-09:05') }],
  ])('an answer of hold_while that came later than what it was asked for, %s', (_, policy) => {
    const world = new World(makeConf({ policy, constraints: { ...constraints, holdWhile: true } }));
    world.holdErrands = true;
    for (const value of [30, ...SUFFERING, ...SUFFERING, 'gone', 30]) {
      world.wait(MINUTE);
      world.read(value);
      world.wait(1500);
      world.settleErrands();
    }
    expectSame(world, 1);
  });

  it('a start in the middle, which makes its state of what is stored', () => {
    const world = new World(conf);
    world.readAll(SUFFERING);
    world.send({ type: 'began', version: '1' });
    world.readAll([...SUFFERING, ...SUFFERING]);
    expectSame(world, 2);
  });
});

describe('whatever happens, the same requests come of it', () => {
  type Happening = (world: World) => void;
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(
          fc.constantFrom(0, 30, 76, 76, 76, 'gone'),
          fc.constantFrom(MINUTE, MINUTE, 4 * MINUTE),
        )
        .map(
          ([value, afterMs]) =>
            (world: World) =>
              world.readAll([value], afterMs),
        ),
    },
    fc.constantFrom<Happening>(
      (world) => world.send({ type: 'pause', forMs: 5 * MINUTE }),
      (world) => world.send({ type: 'resume' }),
      (world) => world.send({ type: 'inhibit', id: 'i', why: 'backup' }),
      (world) => world.send({ type: 'release', id: 'i' }),
      (world) => world.ask(),
      (world) => {
        world.host = 'h2';
        world.send({ type: 'located', sighting: world.sighting() });
      },
      (world) => world.send({ type: 'began', version: '1' }),
    ),
  );

  it.each<[string, Hosts]>([
    ['where moves succeed', {}],
    ['where they fail now and then', { migrate: (from, to) => failingTo('h3', from, to) }],
  ])('%s', (_, hosts) => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 10, maxLength: 120 }), (happenings) => {
        const world = new World(learning, { hosts });
        for (const happen of happenings) {
          // No two things happen in the same millisecond: their order isn't stored.
          world.wait(1);
          happen(world);
        }
        if (world.stored.some((item) => 'reading' in item)) expectSame(world, 0);
      }),
      { numRuns: process.env['LONG'] ? 20_000 : 150 },
    );
  });
});

/** A machine tells its boot time in steps of this; what happens in one has no order. */
const BOOT_TICK_MS = 10;

/** Ticks as daemon/watch.ts does: once in every minute, soon after it began. */
class TickingWorld extends World {
  #minute = Math.floor(this.now().wallMs / MINUTE);

  pass(ms: number, lateMs: number): void {
    const endMs = this.now().wallMs + ms;
    for (;;) {
      const nowMs = this.now().wallMs;
      const dueMs = Math.max(nowMs, (this.#minute + 1) * MINUTE + lateMs);
      if (dueMs > endMs) return this.wait(Math.max(0, endMs - nowMs));
      this.wait(dueMs - nowMs);
      this.#minute = Math.floor(dueMs / MINUTE);
      this.send({ type: 'tick' });
    }
  }
}

describe('with working hours, whatever happens, the same requests come of it', () => {
  /** Around the moment at which a world begins, 09:00; cooldowns end between two minutes. */
  const scheduled = fc
    .record({
      hours: fc.constantFrom('09:03-09:20', '08:00-09:05, 09:30-23:00', '08:00-09:11'),
      off_hours: fc.constantFrom('rest', 'rescue'),
      cooldownMs: fc.constantFrom(undefined, 90_500, 4 * MINUTE + 30_000),
      retryMs: fc.constantFrom(undefined, 100_000),
    })
    .map(({ hours, off_hours, ...constraints }) =>
      makeConf({
        policy: { schedule: scheduleOf(hours, { off_hours }) },
        constraints: { ...constraints, maxMoves: undefined },
      }),
    );
  const row = fc.record({
    value: fc.constantFrom(0, 30, 76, 76, 76, 'gone', 'none'),
    afterMs: fc.constantFrom(MINUTE, MINUTE, 20_000, 4 * MINUTE),
    lateMs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }).map((n) => n * BOOT_TICK_MS) },
      fc.constant(9000),
    ),
    meanwhile: fc.constantFrom(
      'nothing',
      'nothing',
      'nothing',
      'pause',
      'resume',
      'moved',
      'began',
    ),
  });
  type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

  function happen(world: TickingWorld, { value, afterMs, lateMs, meanwhile }: Row): void {
    world.pass(afterMs, lateMs);
    world.wait(BOOT_TICK_MS);
    if (value !== 'none') world.read(value);
    world.wait(BOOT_TICK_MS);
    if (meanwhile === 'pause' || meanwhile === 'resume') world.send({ type: meanwhile });
    if (meanwhile === 'began') world.send({ type: 'began', version: '1' });
    if (meanwhile === 'moved') world.host = 'h2';
    if (meanwhile === 'moved') world.send({ type: 'located', sighting: world.sighting() });
  }

  it.each<[string, Hosts]>([
    ['where moves succeed', {}],
    ['where they fail now and then', { migrate: (from, to) => failingTo('b', from, to) }],
  ])('%s', (_, hosts) => {
    let closings = 0;
    const runs = process.env['LONG'] ? 30_000 : 300;
    fc.assert(
      fc.property(scheduled, fc.array(row, { minLength: 10, maxLength: 60 }), (madeConf, rows) => {
        const world = new TickingWorld(madeConf, { hosts });
        // Readings before and after all else: what lies outside of them isn't judged.
        world.read(30);
        for (const each of rows) happen(world, each);
        world.pass(3 * MINUTE, 500);
        world.read(30);
        expectSame(world, 0);
        closings += closingsOf(world).length;
      }),
      { numRuns: runs },
    );
    expect(closings).toBeGreaterThan(runs / 2);
  });

  it('but a closing that the live run did not see is told', () => {
    const world = new World(makeConf({ policy: { schedule: scheduleOf('08:00-09:05') } }));
    for (let n = 0; n < 4; n += 1) world.readAll([30]);
    const { records, readings } = storedOf(world);
    const { at, ...last } = readings.at(-1) as Reading;
    const late = { ...last, at: { ...at, wallMs: at.wallMs + 10 * MINUTE } } as Reading;
    const given = { given: world.conf, confOf: () => undefined };
    const { extra, simulated } = replay(records, [...readings, late], given);
    const clock = (atMs: number) => new Date(atMs).toISOString().slice(11, 19);
    expect(simulated.requests.map(({ atMs }) => clock(atMs))).toEqual([
      ...['09:05:00', '09:08:00', '09:14:00'],
    ]);
    expect(extra).toEqual(['extra-1', 'extra-2', 'extra-3']);
    expect(simulated.requests[0]).toMatchObject({ verdict: 'base', outcome: 'failed' });
  });
});

/** What the clock decided. */
function closingsOf(world: World) {
  return world.of('intended').filter(({ reason }) => reason === 'outside workhours');
}

function failingTo(bad: string, from: string, to: string) {
  return { host: to === bad ? from : to, ok: to !== bad, text: 'done' };
}

describe('a difference', () => {
  it('is told: what the live run did not ask for comes to nothing', () => {
    const world = new World(makeConf({ constraints: { mode: 'passive' } }));
    world.readAll([...SUFFERING, ...SUFFERING]);
    const { records, readings } = storedOf(world);
    const eager = { given: conf, confOf: () => undefined };
    const { simulated, extra, lacking } = replay(records, readings, eager);
    expect(lacking).toEqual([]);
    expect(extra.length).toBeGreaterThan(0);
    expect(new Set(simulated.requests.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    expect(simulated.stays.map(({ host }) => host)).toEqual(['h1']);
  });

  it('is told the other way round too', () => {
    const world = new World(conf);
    world.readAll(SUFFERING);
    const { records, readings } = storedOf(world);
    const tame = makeConf({
      policy: { suffering: { compare: '>', bound: 100, tarry: { kind: 'count', n: 3 } } },
    });
    const { lacking, extra } = replay(records, readings, { given: tame, confOf: () => undefined });
    expect([lacking.length, extra.length]).toEqual([1, 0]);
  });
});

it('a reload starts the counts of what it changed afresh', () => {
  const replaying = new Replay(INITIAL, conf);
  const at = (minute: number) => ({ wallMs: minute * MINUTE, boot: 'b', bootMs: minute * MINUTE });
  replaying.happened({ type: 'place', host: 'h1', by: 'hosts' }, at(0));
  for (const minute of [1, 2])
    replaying.reading({ probe: 'slow', at: at(minute), value: 76 }, undefined);
  const changed = makeConf({ policy: { onError: 'reset' } });
  replaying.reload(changed);
  replaying.happened({ type: 'conf', files: [], values: {}, afresh: ['db'] }, at(2));
  replaying.reading({ probe: 'slow', at: at(3), value: 76 }, 'R1');
  expect(replaying.result().requests).toEqual([]);
});
