import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carry } from '../../src/core/carried.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { byLessons, lessonsText, score } from '../../src/core/lessons.ts';
import { INITIAL, type Lesson, type State } from '../../src/core/state.ts';
import { restore } from '../../src/core/step.ts';
import { candidates } from '../../src/core/targets.ts';
import { MINUTE, makeConf, World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = 1e12;
const HALF_LIFE = 7 * DAY;

function lesson(recovered: boolean, ageMs = 0, afterMs = 0): Lesson {
  return { wallMs: NOW - ageMs, recovered, afterMs, policy: 'db' };
}

const helped = (ageMs = 0, afterMs = 0) => lesson(true, ageMs, afterMs);
const didNot = (ageMs = 0) => lesson(false, ageMs);

const SCORES: [sentence: string, lessons: Lesson[], score: number | undefined][] = [
  ['nothing seen is unknown', [], undefined],
  ['helped at once, just now', [helped()], 0.5],
  ['helped after an hour is worth three quarters', [helped(0, HOUR)], 0.375],
  ['did not help, just now', [didNot()], -0.5],
  ['one of each cancel out', [didNot(), helped()], 0],
  ['twice is surer than once', [helped(), helped()], 2 / 3],
  ['a week ago counts half', [didNot(7 * DAY)], -1 / 3],
  ['the newer of two weighs more', [didNot(7 * DAY), helped()], 0.2],
  ['three half-lives ago is just known', [didNot(21 * DAY)], -1 / 9],
  ['a millisecond more, and it is unknown again', [didNot(21 * DAY + 1)], undefined],
  ['a lesson of the future is one of now', [helped(-DAY)], 0.5],
];

describe('the score of a host', () => {
  it.each(SCORES)('%s', (_, lessons, expected) => {
    const value = score(lessons, NOW, HALF_LIFE);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toBeCloseTo(expected, 10);
  });
});

const ORDERS: [sentence: string, lessons: State['lessons'], order: string[]][] = [
  ['nothing known: as listed', {}, ['h1', 'h2', 'h3']],
  ['unknown hosts come before one that helped', { h1: [helped()] }, ['h2', 'h3', 'h1']],
  [
    'one that helped before one that did not',
    { h1: [didNot()], h2: [helped()], h3: [helped(0, HOUR)] },
    ['h2', 'h3', 'h1'],
  ],
  [
    'of two that did not help, the one of longer ago',
    { h1: [didNot(DAY)], h2: [didNot()], h3: [didNot(2 * DAY)] },
    ['h3', 'h1', 'h2'],
  ],
  ['ties as listed', { h1: [didNot()], h2: [helped()], h3: [didNot()] }, ['h2', 'h1', 'h3']],
  ['what has faded is unknown', { h2: [didNot(30 * DAY)], h1: [helped()] }, ['h2', 'h3', 'h1']],
];

describe('the order', () => {
  it.each(ORDERS)('%s', (_, lessons, order) => {
    expect(byLessons(['h1', 'h2', 'h3'], lessons, NOW, HALF_LIFE)).toEqual(order);
  });

  it('is a permutation of the listed one, whatever was learned', () => {
    const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'];
    const lessons = fc.dictionary(
      fc.constantFrom(...hosts, 'gone'),
      fc.array(
        fc.record({
          wallMs: fc.integer({ min: NOW - 40 * DAY, max: NOW + DAY }),
          recovered: fc.boolean(),
          afterMs: fc.nat(DAY),
          policy: fc.constant('db'),
        }),
        { maxLength: 10 },
      ),
    );
    const conf = (order: 'listed' | 'learned', spread: boolean) =>
      makeConf({ site: { hosts, order, spread } });
    const here = fc.constantFrom(...hosts, 'b', 'mars');
    fc.assert(
      fc.property(lessons, here, fc.boolean(), (known, host, spread) => {
        const at = { wallMs: NOW, boot: 'b', bootMs: 1 };
        const state = { ...INITIAL, lessons: known, place: { host, since: at } };
        const names = (order: 'listed' | 'learned') =>
          candidates({ verdict: 'move' }, state, conf(order, spread), at).map((c) => c.host);
        expect(names('learned').toSorted()).toEqual(names('listed').toSorted());
      }),
    );
  });
});

describe('in words', () => {
  it.each([
    [[], 'not tried yet'],
    [[didNot(DAY), helped(4 * HOUR)], 'helped 1 of 2, last seen 4h ago'],
    [[helped(30 * DAY)], 'helped 1 of 1, last seen 30d ago, faded'],
  ])('%j: %s', (lessons, text) => {
    expect(lessonsText(lessons, NOW, HALF_LIFE)).toBe(text);
  });
});

const BAD = 76;
const conf = (order: 'listed' | 'learned' = 'listed') =>
  makeConf({ site: { order }, constraints: { cooldownMs: undefined } });

describe('a guest learns', () => {
  it('that a host helped when the episode ends there, and after how long', () => {
    const world = new World(conf());
    world.readAll([BAD, BAD, BAD, 10, 10, 10, 10]);
    expect(world.of('learned')).toEqual([
      { type: 'learned', host: 'h2', recovered: true, after_ms: 3 * MINUTE, policy: 'db' },
    ]);
  });

  it('that a host did not help when its next move is confirmed, before that outcome', () => {
    const world = new World(conf());
    world.readAll(Array(6).fill(BAD));
    expect(world.of('learned')).toMatchObject([{ host: 'h2', recovered: false }]);
    expect(world.types().slice(-2)).toEqual(['learned', 'outcome']);
  });

  it('nothing from a next move that failed: the guest is still there and may recover', () => {
    let moves = 0;
    const world = new World(conf(), {
      hosts: {
        migrate: (from, to) => {
          moves += 1;
          return { host: moves === 2 ? from : to, ok: true, text: 'said' };
        },
      },
    });
    world.readAll([...Array(6).fill(BAD), 10, 10, 10]);
    expect(world.of('learned')).toMatchObject([{ host: 'h2', recovered: true }]);
  });

  it('nothing of the host that a move by hand leaves, nor of the host where an episode began, nor of the base', () => {
    const world = new World(conf());
    world.readAll([BAD, BAD, BAD]);
    world.wait(MINUTE);
    world.ask();
    expect(world.of('learned')).toEqual([]);
    world.readAll([BAD, BAD]);
    world.wait(MINUTE);
    world.ask({ verdict: 'base' });
    world.readAll([10, 10, 10, 10]);
    expect(world.state.episode).toBeUndefined();
    expect(world.of('learned')).toEqual([]);
  });

  it('of the host that a move by hand comes to what it then sees there, as after any arrival', () => {
    const world = new World(conf());
    world.readAll([BAD, BAD, BAD]);
    world.wait(MINUTE);
    world.ask({ host: 'h3' });
    world.readAll([10, 10, 10, 10]);
    expect(world.of('learned')).toMatchObject([{ host: 'h3', recovered: true, policy: 'db' }]);
  });

  it('and goes back to where it recovered, once it knows all hosts', () => {
    const world = new World(conf('learned'));
    const calm = [10, 10, 10, 10];
    // h2 doesn't help, h3 does; h1 is unknown, and doesn't either; h3 comes before h2 then.
    world.readAll([...Array(6).fill(BAD), ...calm, BAD, BAD, BAD, BAD, BAD, BAD]);
    expect(world.of('intended').map(({ to }) => to)).toEqual(['h2', 'h3', 'h1', 'h3']);
  });

  it('and knows it still when the journal begins a new file', () => {
    const world = new World(conf());
    world.readAll([...Array(6).fill(BAD), 10, 10, 10, 10]);
    expect(Object.keys(world.state.lessons)).toEqual(['h2', 'h3']);
    const entry = JSON.parse(JSON.stringify({ type: 'state', state: carry(world.state) }));
    expect(isEntry(entry)).toBe(true);
    expect(restore([{ entry, at: world.now() }], world.conf).lessons).toEqual(world.state.lessons);
  });

  it('nothing from a journal file that a version without lessons began', () => {
    const { lessons: _, ...older } = carry(INITIAL);
    expect(isEntry({ type: 'state', state: older })).toBe(true);
    const entry = { type: 'state' as const, state: older };
    expect(restore([{ entry, at: new World(conf()).now() }], conf())).toEqual(INITIAL);
  });

  it.each([
    ['no list', { h1: helped() }],
    ['a word for whether it helped', { h1: [{ ...helped(), recovered: 'yes' }] }],
    ['no policy', { h1: [{ ...helped(), policy: undefined }] }],
  ])('nothing from a new file with %s', (_, lessons) => {
    expect(isEntry({ type: 'state', state: { ...carry(INITIAL), lessons } })).toBe(false);
  });
});
