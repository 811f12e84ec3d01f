/** The real clock and the tests' clock keep the same promises. No test here waits for long. */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { manualClock } from '../support/manual-clock.ts';

describe('the system clock', () => {
  test('names the boot and counts from it', () => {
    const now = systemClock().now();
    expect(now.boot).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(now.bootMs).toBeGreaterThan(0);
    expect(now.wallMs).toBeGreaterThan(Date.UTC(2020, 0));
  });

  test('an abort ends a sleep that is too long for a timer, and leaves no listener', async () => {
    const abort = new AbortController();
    const asleep = systemClock().sleep(2 ** 40, abort.signal);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    abort.abort();
    await asleep;
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  test('a sleep leaves no listener when its time has come', async () => {
    const abort = new AbortController();
    const clock = systemClock();
    const startMs = clock.monotonicMs();
    await clock.sleep(2, abort.signal);
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(2);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  test.each([0, -1])('a sleep of %d ms returns at once', async (ms) => {
    await systemClock().sleep(ms);
  });

  test('an aborted signal needs no sleep', async () => {
    await systemClock().sleep(1e9, AbortSignal.abort());
  });
});

describe('the manual clock', () => {
  test('wakes sleepers in order, each at the time it asked for', async () => {
    const clock = manualClock();
    const woke: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woke.push([name, clock.monotonicMs()]);
    };
    const all = Promise.all([sleeper('late', 30), sleeper('early', 10), sleeper('twice', 5)]);
    await clock.advance(20);
    expect(woke).toEqual([
      ['twice', 5],
      ['early', 10],
    ]);
    expect(clock.sleepers()).toBe(1);
    await clock.advance(10);
    await all;
    expect(clock.monotonicMs()).toBe(30);
  });

  test('wakes one who falls asleep again within the same advance', async () => {
    const clock = manualClock();
    let turns = 0;
    const loop = (async () => {
      for (; turns < 3; turns += 1) await clock.sleep(10);
    })();
    await clock.advance(30);
    await loop;
    expect(turns).toBe(3);
  });

  test('a freeze moves boot and wall time, a step the wall clock only', () => {
    const clock = manualClock({ wallMs: 1000, bootMs: 100 });
    clock.freeze(50);
    clock.stepWall(-200);
    expect(clock.now()).toMatchObject({ wallMs: 850, bootMs: 150 });
    expect(clock.monotonicMs()).toBe(0);
  });

  test('an abort wakes a sleeper', async () => {
    const clock = manualClock();
    const abort = new AbortController();
    const asleep = clock.sleep(1000, abort.signal);
    abort.abort();
    await asleep;
    expect(clock.sleepers()).toBe(0);
  });
});
