/** Which of the readings, one each interval, try again. */
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/probes/backoff.ts';

/** The numbers of the readings that try, of `readings` that all fail. */
function tries(intervalMs: number, readings: number): number[] {
  const backoff = new Backoff(intervalMs);
  const tried: number[] = [];
  for (let n = 0; n < readings; n += 1) {
    if (!backoff.ready(n * intervalMs)) continue;
    tried.push(n);
    backoff.failed(n * intervalMs);
  }
  return tried;
}

describe('while every reading fails', () => {
  it('tries at the next, then less and less often, every eighth at least', () => {
    expect(tries(1_000, 40)).toEqual([0, 1, 3, 7, 15, 23, 31, 39]);
  });

  it('tries once a minute at least', () => {
    expect(tries(20_000, 20)).toEqual([0, 1, 3, 6, 9, 12, 15, 18]);
  });

  it('tries at each where the interval is longer than that', () => {
    expect(tries(300_000, 5)).toEqual([0, 1, 2, 3, 4]);
  });
});

it('begins anew after a success', () => {
  const backoff = new Backoff(1_000);
  for (const ms of [0, 1_000, 3_000]) backoff.failed(ms);
  expect(backoff.ready(4_000)).toBe(false);
  backoff.succeeded();
  expect(backoff.ready(4_000)).toBe(true);
  backoff.failed(4_000);
  expect(backoff.ready(4_499)).toBe(false);
  expect(backoff.ready(4_500)).toBe(true);
});
