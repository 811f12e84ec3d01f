import { beforeEach, describe, expect, it } from 'vitest';
import { Repeats } from '../../src/daemon/repeats.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';

let clock: ManualClock;
let said: string[];
let repeats: Repeats;

beforeEach(() => {
  clock = manualClock();
  said = [];
  repeats = new Repeats(clock, (text) => said.push(text));
});

describe('what comes again', () => {
  it('is said once, and counted a minute after it was said', async () => {
    for (let n = 0; n < 6; n += 1) {
      repeats.take('a');
      await clock.advance(5_000);
    }
    expect(said).toEqual(['a']);
    await clock.advance(29_999);
    expect(said).toEqual(['a']);
    await clock.advance(1);
    expect(said).toEqual(['a', 'a (5 times more in the last minute)']);
  });

  it('for minutes is one line a minute', async () => {
    for (let n = 0; n < 180; n += 1) {
      repeats.take('a');
      await clock.advance(1000);
    }
    await clock.advance(60_000);
    expect(said).toHaveLength(4);
    expect(said[1]).toBe('a (59 times more in the last minute)');
    const counted = said.slice(1).map((text) => Number(/\((\d+) times/.exec(text)?.[1]));
    expect(counted.reduce((sum, each) => sum + each, 1)).toBe(180);
  });

  it('is counted apart from what comes in between', async () => {
    for (const text of ['a', 'b', 'a', 'c', 'b', 'a']) repeats.take(text);
    expect(said).toEqual(['a', 'b', 'c']);
    await clock.advance(60_000);
    expect(said.slice(3)).toEqual([
      'a (2 times more in the last minute)',
      'b (once more in the last minute)',
    ]);
  });

  it('after more than a minute is said anew', async () => {
    repeats.take('a');
    await clock.advance(60_000);
    repeats.take('a');
    expect(said).toEqual(['a', 'a']);
  });

  it('keeps no timer while it is said once', () => {
    repeats.take('a');
    expect(clock.sleepers()).toBe(0);
  });

  it('is told at the end, and no timer stays', () => {
    for (const text of ['a', 'a', 'b']) repeats.take(text);
    repeats.end();
    expect(said).toEqual(['a', 'b', 'a (once more in the last minute)']);
    expect(clock.sleepers()).toBe(0);
  });

  it('is remembered of a hundred texts: the one said longest ago is told and forgotten', () => {
    repeats.take('first');
    repeats.take('first');
    for (let n = 0; n < 100; n += 1) repeats.take(`${n}`);
    expect(said.at(-2)).toBe('first (once more in the last minute)');
    repeats.take('first');
    expect(said.at(-1)).toBe('first');
    for (let n = 0; n < 10_000; n += 1) repeats.take(`more ${n}`);
    expect(clock.sleepers()).toBe(0);
  });
});
