import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/core/words.ts';
import { nextDue, Watch } from '../../src/daemon/scheduler.ts';
import type { Measurement } from '../../src/probes/probe.ts';
import { manualClock } from '../support/manual-clock.ts';

describe('the next reading is due', () => {
  it.each([
    ['an interval after the last', 0, 10, 1, 10],
    ['at the interval, however long the reading took within it', 0, 10, 9.9, 10],
    ['at the one after, when a reading took longer', 0, 10, 12, 20],
    ['once, not in a burst, after the machine stood still', 0, 10, 1003, 1010],
    ['an interval on when it is over to the millisecond', 0, 10, 10, 20],
  ])('%s', (_, due, interval, now, expected) => {
    expect(nextDue(due, interval, now)).toBe(expected);
  });
});

async function read(
  measurements: Measurement[],
  phaseMs: number,
  forMs: number,
  wanted: (ms: number) => boolean = () => true,
) {
  const clock = manualClock();
  const start = clock.monotonicMs();
  const readings: { reading: Reading; ms: number }[] = [];
  let closed = false;
  const probe = {
    read: async () => measurements.shift() ?? { value: 0 },
    close: async () => {
      closed = true;
    },
  };
  const watch = new Watch(
    {
      ...{ name: 'p', probe, intervalMs: 1000, timeoutMs: 750, phaseMs },
      wanted: () => wanted(clock.monotonicMs() - start),
      expected: () => undefined,
    },
    clock,
    async (reading: Reading) => void readings.push({ reading, ms: clock.monotonicMs() - start }),
  );
  for (let t = 0; t < forMs; t += 100) await clock.advance(100);
  await watch.end();
  expect(clock.sleepers()).toBe(0);
  return { readings, closed };
}

describe('a probe is read', () => {
  it('at its phase and then at its interval, and closed at the end', async () => {
    const { readings, closed } = await read([], 300, 3000);
    expect(readings.map(({ ms }) => ms)).toEqual([300, 1300, 2300]);
    expect(closed).toBe(true);
  });

  it('only while somebody wants it, still at its interval', async () => {
    const { readings } = await read([], 300, 5000, (ms) => ms < 1000 || ms > 3000);
    expect(readings.map(({ ms }) => ms)).toEqual([300, 3300, 4300]);
  });

  it('into readings, present and missing', async () => {
    const { readings } = await read([{ value: 7 }, { missing: 'gone' }], 0, 1500);
    expect(readings.map(({ reading }) => reading)).toMatchObject([
      { probe: 'p', value: 7 },
      { probe: 'p', missing: 'gone' },
    ]);
  });
});

describe('a probe is late', () => {
  /** What was expected of it, second by second, when `reading` is how it answers. */
  async function lateness(reading: (bound: AbortSignal) => Promise<Measurement>) {
    const clock = manualClock();
    let byMs = Infinity;
    const times = { intervalMs: 10_000, timeoutMs: 7500, phaseMs: 0 };
    const probe = { read: reading, close: async () => undefined };
    const expected = (ms: number) => {
      byMs = ms;
    };
    let taken = () => {};
    const take = () =>
      new Promise<void>((resolve) => {
        taken = resolve;
      });
    const scheduled = { name: 'p', probe, ...times, wanted: () => true, expected };
    const watch = new Watch(scheduled, clock, take);
    return { clock, stop: () => void watch.end(), by: () => byMs, taken: () => taken() };
  }

  it('when it isn’t heard of by its next reading and the time-out after it', async () => {
    const { clock, by, taken, stop } = await lateness(async () => ({ value: 1 }));
    await clock.advance(0);
    expect(by()).toBe(Infinity);
    taken();
    await clock.advance(0);
    expect(by()).toBe(17_500);
    stop();
  });

  it('when its reading doesn’t end by its time-out', async () => {
    const { clock, by, stop } = await lateness(() => new Promise(() => undefined));
    await clock.advance(100_000);
    expect(by()).toBe(7500);
    stop();
  });

  it('not for being slow, nor while its reading waits for the journal', async () => {
    const slow = (bound: AbortSignal) =>
      new Promise<Measurement>((resolve) => {
        bound.addEventListener('abort', () => resolve({ missing: 'timed out' }));
      });
    const { clock, by, stop } = await lateness(slow);
    await clock.advance(7400);
    expect(by()).toBe(7500);
    await clock.advance(100_000);
    expect(by()).toBe(Infinity);
    stop();
  });
});
