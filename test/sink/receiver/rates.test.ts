/** Who sends too many lines waits, and only that one. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../src/sink/notice.ts';
import { type RateLimits, Rates } from '../../../src/sink/receiver/rates.ts';
import { manualClock } from '../../support/manual-clock.ts';

function rates(limits: Partial<RateLimits>) {
  const clock = manualClock();
  const notices: Notice[] = [];
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const parts = { clock, tell: (n: Notice) => notices.push(n), signal: ending.signal };
  const made = new Rates({ total: 0, perGuest: 0, ...limits }, parts);
  const delay = (...lines: [string, number][]) => made.delayMs(new Map(lines));
  return { clock, delay, made, said: () => notices.map(({ text, fields }) => [text, fields]) };
}

const OVER = 'too many lines, the sender has to wait';
const ENOUGH = 'no longer too many lines';

describe('a limit of lines a second', () => {
  test('lets a second’s lines through at once, and delays what is more by its share', () => {
    const { clock, delay } = rates({ perGuest: 100 });
    expect(delay(['nii3', 100])).toBe(0);
    expect(delay(['nii3', 50])).toBe(500);
    expect(delay(['nii4', 100])).toBe(0);
    expect(clock.sleepers()).toBe(1);
  });

  test('of all together counts every guest’s', () => {
    const { delay, made } = rates({ total: 100 });
    expect(delay(['nii3', 60], ['nii4', 40])).toBe(0);
    expect(delay(['nii5', 10])).toBe(100);
    expect(made.delayed).toBe(10);
  });

  test('of none is none', () => {
    const { delay, made } = rates({});
    expect([delay(['nii3', 1e9]), made.delayed]).toEqual([0, 0]);
  });

  test('is kept in the long run by who waits as told', async () => {
    const { clock, delay, made } = rates({ perGuest: 100 });
    let sent = 0;
    const startMs = clock.monotonicMs();
    while (clock.monotonicMs() - startMs < 60_000) {
      const ms = delay(['nii3', 30]);
      sent += 30;
      await clock.advance(Math.max(ms, 1));
    }
    expect(sent / 60).toBeGreaterThan(98);
    expect(sent / 60).toBeLessThan(103);
    expect(made.delayed).toBeGreaterThan(sent - 300);
  });

  test('is said when it is over and when it is no longer, with the number, and seldom again', async () => {
    const { clock, delay, said } = rates({ perGuest: 100 });
    for (let i = 0; i < 5; i += 1) delay(['nii3', 60]);
    const over = [OVER, { guest: 'nii3', limit: 100 }];
    expect(said()).toEqual([over]);
    await clock.advance(2000);
    expect(said()).toEqual([over]);
    await clock.advance(1000);
    expect(said()).toEqual([over, [ENOUGH, { guest: 'nii3', delayed: 240 }]]);
    await clock.advance(60_000);
    delay(['nii3', 101]);
    expect(said()).toHaveLength(2);
    await clock.advance(600_000);
    delay(['nii3', 101]);
    const again = [OVER, { guest: 'nii3', limit: 100, not_said: 1 }];
    expect(said().slice(2)).toEqual([again]);
  });

  test('of all together is said without a guest', () => {
    const { delay, said } = rates({ total: 100 });
    delay(['nii3', 200]);
    expect(said()).toEqual([[OVER, { limit: 100 }]]);
  });

  test('remembers a bounded number of guests, and those that are over it longest', () => {
    const { delay } = rates({ perGuest: 10 });
    delay(['loud', 1000]);
    for (let i = 0; i < 5000; i += 1) delay([`nii${i}`, 1]);
    expect(delay(['nii4999', 10])).toBe(100);
  });
});
