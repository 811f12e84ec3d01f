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
