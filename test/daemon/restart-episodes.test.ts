/**
 * Old episodes stay ended over a restart, though the readings that ended them aren't known any more:
 * only the latest are stored for it, and none from before a step of the wall clock counts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cooldownMs } from '../../src/core/cooldown.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { gateResults } from '../../src/core/gates.ts';
import type { State } from '../../src/core/state.ts';
import { isPresent } from '../../src/core/words.ts';
import type { Row } from '../../src/daemon/history.ts';
import { explainPast, momentOfRequest } from '../../src/daemon/past-sight.ts';
import { restoreSpanMs, restoreState } from '../../src/daemon/restore.ts';
import { MINUTE, makeConf, World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BAD = [76, 76, 76];
const CALM = Array(6).fill(30);
const conf = makeConf({ constraints: { maxMoves: undefined } });

function recordsOf(world: World) {
  return world.entries.map(({ entry, at }, i) => ({ entry, at, seq: i + 1 }));
}

/** What the daemon would read of its history at this moment. */
function rowsOf(world: World, untilMs: number): Row[] {
  const sinceMs = untilMs - restoreSpanMs(world.conf);
  const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
  return readings
    .filter(({ at: { wallMs } }) => wallMs >= sinceMs && wallMs <= untilMs)
    .map((reading) => {
      const value = isPresent(reading) ? reading.value : undefined;
      return { wallMs: reading.at.wallMs, probe: reading.probe, value };
    });
}

function restored(world: World): State {
  const rows = rowsOf(world, world.now().wallMs);
  return restoreState(recordsOf(world), rows, world.conf, world.now());
}

function sightOf(state: State, world: World) {
  const { episode, lessons, trail } = state;
  const gates = gateResults({ verdict: 'move' }, state, world.conf, world.now());
  return { episode, lessons, trail, gates, cooldown: cooldownMs(state, world.conf) };
}

function expectSame(world: World): void {
  expect(sightOf(restored(world), world)).toEqual(sightOf(world.state, world));
}

/** A move a day, and each helps. */
function days(world: World, n: number): World {
  for (let day = 0; day < n; day += 1) {
    world.readAll([...BAD, ...CALM]);
    world.wait(DAY - 9 * MINUTE);
  }
  return world;
}

/** An hour after a move that helped the clock steps; the start comes two minutes later. */
function stepped(): World {
  const world = days(new World(conf), 5);
  world.readAll([...BAD, ...Array(60).fill(30)]);
  world.send({ type: 'clock-stepped', stepMs: 1500 });
  world.wait(2 * MINUTE);
  return world;
}

const noneHolds = ({ gates }: ReturnType<typeof sightOf>) =>
  gates.every(({ hold }) => hold === undefined);

function expectOpenAtEachRequest(world: World): number {
  const records = recordsOf(world);
  const asked = world.of('intended');
  for (const { request } of asked) {
    const moment = momentOfRequest(records, request);
    if (!moment) throw new Error(`no moment of ${request}`);
    const loaded = { rules: world.conf, probes: [], effective: [] };
    const report = explainPast(moment, rowsOf(world, moment.at.wallMs), loaded, undefined);
    expect(report.gates.filter(({ reason }) => reason !== undefined)).toEqual([]);
  }
  return asked.length;
}

describe('a start remembers the present episode alone', () => {
  it('after days of which no reading is left', () => {
    const make = () => {
      const world = days(new World(conf), 8);
      world.wait(3 * DAY);
      return world;
    };
    const [live, again] = [make(), make()];
    expect(rowsOf(again, again.now().wallMs)).toEqual([]);
    expectSame(live);
    again.state = restored(again);
    for (const world of [live, again]) world.readAll(Array(24 * 60).fill(76));
    const asked = (world: World) => world.entries.filter(({ entry }) => entry.type === 'intended');
    expect(asked(again)).toEqual(asked(live));
    expect(again.state.lessons).toEqual(live.state.lessons);
    expect(asked(live).length).toBeGreaterThan(10);
  });

  it('after a step of the wall clock', () => {
    const world = stepped();
    expectSame(world);
    expect(noneHolds(sightOf(restored(world), world))).toBe(true);
  });

  it('and learns nothing once more of one that is over', () => {
    const world = stepped();
    world.state = restored(world);
    const learned = world.of('learned');
    world.readAll(CALM);
    expect(world.of('learned')).toEqual(learned);
    expect(world.of('episode-ended')).toHaveLength(6);
  });

  it('while the service has suffered for two days', () => {
    const world = days(new World(conf), 6);
    world.readAll(Array(50 * 60).fill(76));
    expect(world.state.episode?.moves).toBeGreaterThan(2);
    expectSame(world);
  });

  it('of a journal whose ends of episodes only lessons tell', () => {
    const world = stepped();
    const older = recordsOf(world).filter(({ entry }) => entry.type !== 'episode-ended');
    const state = restoreState(older, [], world.conf, world.now());
    expect(state.episode).toBeUndefined();
  });
});

describe('the end of an episode', () => {
  it('is recorded after what was learned by it', () => {
    const world = days(new World(conf), 1);
    expect(world.types().slice(-2)).toEqual(['learned', 'episode-ended']);
    expect(world.of('episode-ended')).toEqual([
      { type: 'episode-ended', policy: 'db', reason: 'recovered' },
    ]);
    expect(world.of('episode-ended').every(isEntry)).toBe(true);
  });

  it('at the base is recorded, though nothing is learned there', () => {
    const world = new World(conf);
    world.readAll(BAD);
    world.wait(MINUTE);
    world.ask({ verdict: 'base', force: true, why: 'try' });
    world.readAll(CALM);
    expect(world.state.place?.host).toBe('b');
    expect([world.of('learned').length, world.of('episode-ended').length]).toEqual([0, 1]);
  });

  it('for want of its policy is recorded as that', () => {
    const world = new World(conf);
    world.readAll(BAD);
    const gone = new World({ ...conf, policies: [] });
    gone.state = world.state;
    gone.read(76);
    expect(gone.of('episode-ended')).toEqual([
      { type: 'episode-ended', policy: 'db', reason: 'policy gone' },
    ]);
    expect(gone.of('learned')).toEqual([]);
    expect(gone.state.episode).toBeUndefined();
  });
});

describe('whatever came before', () => {
  const stretch = fc.record({
    bad: fc.integer({ min: 0, max: 40 }),
    calm: fc.integer({ min: 0, max: 6 }),
    thenMs: fc.constantFrom(0, HOUR, DAY, 3 * DAY),
    step: fc.boolean(),
  });

  it('a start makes the live episode, lessons and gates, and no request was made past a gate', () => {
    let asked = 0;
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 10 }), (stretches) => {
        const world = new World(conf);
        for (const { bad, calm, thenMs, step } of stretches) {
          world.readAll([...Array(bad).fill(76), ...Array(calm).fill(30)]);
          if (step) world.send({ type: 'clock-stepped', stepMs: 1500 });
          world.wait(thenMs);
          expectSame(world);
        }
        asked += expectOpenAtEachRequest(world);
      }),
      { numRuns: 200 },
    );
    expect(asked).toBeGreaterThan(200);
  });
});
