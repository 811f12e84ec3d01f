import { describe, expect, it } from 'vitest';
import { elapsedMs, later } from '../../src/core/time.ts';

const stamp = (boot: string, bootMs: number, wallMs: number) => ({ boot, bootMs, wallMs });

describe('a span', () => {
  it.each([
    ['is boot time within one boot', stamp('a', 1000, 5000), stamp('a', 4000, 5001), 3000],
    ['is wall time across boots', stamp('a', 9000, 5000), stamp('b', 10, 8000), 3000],
    ['is never negative when the wall stepped back', stamp('a', 9, 5000), stamp('b', 1, 10), 0],
    ['is never negative within one boot', stamp('a', 9, 5), stamp('a', 1, 10), 0],
    ['ignores a step of the wall clock within one boot', stamp('a', 0, 0), stamp('a', 7, 9e9), 7],
  ])('%s', (_, from, to, expected) => {
    expect(elapsedMs(from, to)).toBe(expected);
  });

  it('is added to both clocks', () => {
    expect(later(stamp('a', 1, 2), 10)).toEqual(stamp('a', 11, 12));
  });
});
