import { describe, expect, it } from 'vitest';
import { carry } from '../../src/core/carried.ts';
import { restore } from '../../src/core/step.ts';
import { isPresent } from '../../src/core/words.ts';
import type { Row } from '../../src/daemon/history.ts';
import { changedPolicies, restoreState } from '../../src/daemon/restore.ts';
import {
  MINUTE,
  makeConf,
  POLICY,
  SITES,
  scheduleOf,
  siteAwareRule,
  World,
} from '../support/world.ts';

/** What the history file would hold of a world's readings. */
function rowsOf(world: World): Row[] {
  return world.stored.flatMap((item) => {
    if (!('reading' in item)) return [];
    const { probe, at } = item.reading;
    const value = isPresent(item.reading) ? item.reading.value : undefined;
    return [{ wallMs: at.wallMs, probe, value }];
  });
}

function recordsOf(world: World) {
  return world.entries.map(({ entry, at }, i) => ({ entry, at, seq: i + 1 }));
}

/** The journal as it would be if it began anew before any of its entries: all ways to cut it. */
function cutJournals({ stored, conf }: World) {
  return stored.flatMap((item, index) => {
    if (!('entry' in item)) return [];
    const before = restore(stored.slice(0, index), conf);
    // A reading that comes after a request's beginning counts or not by how the request ends.
    if (before.request) return [];
    const first = { entry: { type: 'state' as const, state: carry(before) }, at: item.at };
    const rest = stored.slice(index).filter((each) => 'entry' in each);
    return [[first, ...rest].map((record, i) => ({ ...record, seq: i + 1 }))];
  });
}

describe('a restart', () => {
  it.each([
    ['before anything', []],
    ['in the middle of a count', [76, 76]],
    ['with a missing reading in the count', [76, 'gone', 76]],
    ['after a move', [76, 76, 76, 76, 10, 76]],
    ['on the way to the base', [0, 0, 0, 0]],
  ])('%s makes the same counts, place and request', (_, values) => {
    const world = new World(makeConf());
    world.readAll(values);
    const state = restoreState(recordsOf(world), rowsOf(world), world.conf, world.now());
    expect(state.tracks).toEqual(world.state.tracks);
    expect(state.place).toEqual(world.state.place);
    expect(state.arrival).toEqual(world.state.arrival);
    expect(state.request).toEqual(world.state.request);
  });

  it.each([
    ['before closing time', 9],
    ['after it, when a reading brought it', 11],
    ['in the night', 300],
    ['after the next opening', 17 * 60 + 12],
  ])('of a schedule %s makes the same counts, place and words', (_, minutes) => {
    const startMs = Date.parse('2026-11-23T15:50Z');
    const conf = makeConf({ policy: { schedule: scheduleOf('Mon-Fri 09:00-16:00') } });
    const world = new World(conf, { startMs, moveTakesMs: 0 });
    for (let i = 0; i < minutes; i += 1) {
      world.readAll([i % 7 === 0 ? 'gone' : 76 - (i % 5) * 19]);
      if (i % 3 === 0) world.send({ type: 'tick' });
    }
    const state = restoreState(recordsOf(world), rowsOf(world), world.conf, world.now());
    for (const key of ['tracks', 'place', 'arrival', 'said', 'request'] as const) {
      expect(state[key]).toEqual(world.state[key]);
    }
  });

  it.each([
    ['that settles', 90_000],
    ['that counts at once', undefined],
  ])('of a guest %s makes the same of a journal whose older files are gone', (_, settleMs) => {
    const hosts = { preflight: (to: string) => (to === 'h2' ? 'no memory' : undefined) };
    const world = new World(makeConf({ constraints: { settleMs } }), { hosts });
    const values = { array: { hosts: 'h1, h2, h3' } };
    world.send({ type: 'loaded', files: [], values, afresh: [] });
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    world.readAll([76, 76]);
    world.send({ type: 'release', id: 'i' });
    for (const value of [76, 76, 76, 'gone', 76, 76, 10, 10, 10, 10, 0, 0, 0, 0, 0, 0, 76]) {
      world.readAll([value]);
      for (const records of cutJournals(world)) {
        const state = restoreState(records, rowsOf(world), world.conf, world.now());
        const { said: _, probes: __, ...expected } = world.state;
        expect(state).toMatchObject(expected);
      }
    }
    expect(world.state.confValues).toEqual(values);
  });

  it('starts the counts afresh whose queue was changed, or whose probe', () => {
    const queued = siteAwareRule({ queue: 'builds' });
    const conf = makeConf({ sites: SITES, policies: [queued, POLICY] });
    const values = (url: string, interval: string) => ({
      queue: { url },
      'probe slow': { interval },
    });
    const before = values('http://a/', '60s');
    expect(changedPolicies(before, values('http://a/', '60s'), conf)).toEqual([]);
    expect(changedPolicies(before, values('http://b/', '60s'), conf)).toEqual(['build']);
    expect(changedPolicies(before, values('http://a/', '30s'), conf)).toEqual(['db']);
  });

  it('in another boot goes by the wall clock', () => {
    const world = new World(makeConf());
    world.readAll([76, 76]);
    const now = { ...world.now(), boot: 'boot-2', bootMs: 1000 };
    const state = restoreState(recordsOf(world), rowsOf(world), world.conf, now);
    expect(state.tracks['db']?.suffering.hits).toBe(2);
    expect(state.tracks['db']?.suffering.from?.boot).not.toBe('boot-2');
  });

  it('counts nothing that was stored before a step of the wall clock', () => {
    const world = new World(makeConf());
    world.readAll([76]);
    world.wait(1);
    world.send({ type: 'clock-stepped', stepMs: 3_600_000 });
    const state = restoreState(recordsOf(world), rowsOf(world), world.conf, world.now());
    expect(state.tracks['db']).toBeUndefined();
    world.readAll([76], MINUTE);
    const later = restoreState(recordsOf(world), rowsOf(world), world.conf, world.now());
    expect(later.tracks['db']?.suffering.hits).toBe(1);
  });
});
