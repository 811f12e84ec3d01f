/** What fails, and what is said of it: what happened instead, and why. */
import { describe, expect, it } from 'vitest';
import { CONF, failuresOf, TEST_LINE } from './support.ts';

/** Moves at 7m, arrives at 7m30s. */
const SERIES = 'series = 30x4 76x2 30x10';
const AT_7M = 'expect 7m = move h1 -> h2 by db';

const testOf = (...lines: string[]) => `[test a]\n${SERIES}\n${lines.join('\n')}\n`;
const only = (...lines: string[]) => {
  const failures = failuresOf(testOf(...lines));
  expect(failures).toHaveLength(1);
  return failures[0];
};

describe('what happened is as expected', () => {
  it.each([
    [AT_7M],
    ['expect 7m = move'],
    ['expect 7m = move -> h2'],
    ['expect 5m..10m = move'],
    ['expect = move'],
    [AT_7M, 'expect 7m30s.. = at h2', 'expect ..7m29s = at h1'],
    [AT_7M, 'expect ..6m = nothing, stay, at h1'],
    [AT_7M, 'expect 8m.. = nothing'],
    [AT_7M, 'expect 7m1s = move held by in flight'],
    ['strict = no', 'expect 8m.. = nothing'],
  ])('%s %s %s', (...lines) => {
    expect(failuresOf(testOf(...lines.filter((line) => line !== undefined)))).toEqual([]);
  });
});

it('a queue’s readings are a series, and the ways out and home are expected like any move', () => {
  const conf = `[site oslo]
role   = home
hosts  = h1, h2
[site aws]
role = away
[policy build]
kind      = site-aware
bigjobs   = grade a
threshold = 2
[queue builds]
url = https://ci.example.org/builds
[migrator]
kind = local
`;
  const lines = ['series = 1x1 2x8 0x9', 'expect 2m = away h1 -> aws by build'];
  const test = (home: string) => `[test a]\n${[...lines, home].join('\n')}\n`;
  expect(failuresOf(test('expect 11m = home aws -> h1'), conf)).toEqual([]);
  expect(failuresOf(test('expect 10m = home aws -> h1'), conf)).toHaveLength(2);
});

describe('a request that wasn’t made', () => {
  it('tells the nearest one, each policy’s count and reading, and the place', () => {
    const [failure, extra] = failuresOf(testOf('expect 6m = move h1 -> h2'));
    expect(failure).toEqual({
      line: TEST_LINE,
      written: undefined,
      expected: 'no other request than those that are expected (strict)',
      happened: 'move h1 -> h2 by db, at 7m',
      because: [
        'suffering: 76 against 50, 3 of 3',
        'where it is meant: expect 7m = move h1 -> h2 by db',
      ],
    });
    expect(extra).toEqual({
      line: TEST_LINE + 2,
      written: 'expect 6m = move h1 -> h2',
      expected: 'move h1 -> h2, at 6m',
      happened: 'nothing was asked for then; the nearest is move h1 -> h2 by db, at 7m',
      because: [
        'db: stay, not yet: suffering 2 of 3',
        'slow 76, suffering > 50 for 3: 2 of 3, idle < 1 for 20: 0 of 20',
        'at h1',
      ],
    });
  });

  it('tells which gate held it, and for how long', () => {
    const text = `[test a]\nseries = 76x10\nexpect 2m = move\nexpect 8m = move\n`;
    const [failure] = failuresOf(text);
    expect(failure?.because).toContain(
      'held: cooldown 4m30s left (doubled once: the last move has not helped)',
    );
  });

  it('tells of passive mode', () => {
    const failure = only('set constraints mode = passive', AT_7M);
    expect(failure?.happened).toBe('nothing was asked for at any time');
    expect(failure?.because).toContain('held by paused: mode = passive');
  });

  it('of which one was made counts once', () => {
    const failure = only('expect 5m..10m = move, move');
    expect(failure?.happened).toBe('nothing more was asked for than what other lines expect');
  });

  it('tells of a policy that asks on its own probe’s readings only', () => {
    const cpu = '[probe cpu]\nkind = mysql\n[policy cpu]\nkind = threshold-aware\nprobe = cpu';
    const two = CONF.replace('for 20', 'for 3')
      .replace('[policy db]', '[policy db]\nprobe = slow')
      .replace('[migrator]', `${cpu}\nsuffering = > 50 for 3\n[migrator]`);
    const series = 'series slow = 0x2\nseries cpu = 76x2\n';
    const text = `[test a]\nset constraints prefer = cost\n${series}expect 2m = base\n`;
    const [failure] = failuresOf(text, two);
    expect(failure?.because).toContain(
      'nothing holds the base of db, which asks on the next reading of its probe',
    );
  });
});

describe('a request that was another one', () => {
  it.each([
    ['expect 7m = move h1 -> h3', 'move h1 -> h2 by db, at 7m'],
    ['expect 7m = move h3 -> h2', 'move h1 -> h2 by db, at 7m'],
    ['expect 7m = base', 'move h1 -> h2 by db, at 7m'],
    ['expect 7m = failed move', 'move h1 -> h2 by db, at 7m'],
  ])('%s: it is told, and told once', (line, happened) => {
    expect(only(line)).toMatchObject({ written: line, happened });
  });

  it('is one that failed, where it was to arrive', () => {
    expect(only('fail = h2', 'strict = no', AT_7M)?.happened).toBe(
      'failed move h1 -> h2 by db, at 7m',
    );
  });
});

describe('how things stood', () => {
  it.each([
    ['expect 7m.. = at h2', 'at h1, on the way to h2', 'at h2, at 7m'],
    ['expect 6m.. = stay', 'db says move', 'stay, at 7m'],
    ['expect 6m.. = stay by db', 'db says move', 'stay by db, at 7m'],
    ['expect 6m = held', 'no gate held anything', 'held, at 6m'],
    ['expect 7m = held by cooldown', 'move held by in flight', 'held by cooldown, at 7m'],
    [
      'expect 7m = base held by in flight',
      'move held by in flight',
      'base held by in flight, at 7m',
    ],
    ['expect 5m..9m = nothing', 'move h1 -> h2 by db, at 7m', 'nothing, from 5m to 9m'],
  ])('%s', (line, happened, expected) => {
    const failures = failuresOf(testOf('strict = no', line));
    expect(failures).toMatchObject([{ written: line, happened, expected }]);
  });

  it('is told with the time of the clock, where the test has one', () => {
    const failure = only('start = Mon 2026-01-05 08:00', AT_7M, 'expect 08:03 = at h2');
    expect(failure).toMatchObject({ expected: 'at h2, at 3m (Mon 08:03)', happened: 'at h1' });
  });
});

it('an expected span never takes the request that another line is sure of', () => {
  const text = '[test a]\nseries = 76x14\nexpect = move\nexpect 2m = move -> h2\n';
  expect(failuresOf(text)).toEqual([]);
});

it('a test is the same on every machine: names and zones are its own', () => {
  const spread = CONF.replace('spread = no', '');
  const targetOf = (name: string) => {
    const text = `[test a]\n${name}\n${SERIES}\nexpect 7m = move h1 -> h2\n`;
    return failuresOf(text, spread)[0]?.happened ?? 'h2';
  };
  const targets = ['a', 'b', 'c', 'd', 'e'].map((name) => targetOf(`vm = ${name}`));
  expect(new Set(targets)).toEqual(new Set(['h2', 'move h1 -> h3 by db, at 7m']));
  expect(targetOf('')).toBe(targetOf('vm = vm'));
});
