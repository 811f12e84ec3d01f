/** The difference of a counter, on both sides of each of its bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, type Sample } from '../../src/probes/delta.ts';

const MINUTE_MS = 60_000;
const LONGEST_MS = 30_000;
const before: Sample = { count: 100, uptimeS: 5_000, session: 1, atMs: 1_000_000 };

function later(ms: number, more: Partial<Sample> = {}): Sample {
  const uptimeS = before.uptimeS + Math.floor(ms / 1000);
  return { ...before, uptimeS, atMs: before.atMs + ms, ...more };
}

function judged(now: Sample, perMs = MINUTE_MS) {
  return difference(before, now, perMs, LONGEST_MS);
}

describe('a difference', () => {
  it.each([
    ['is scaled up to the time it is given per', later(10_000, { count: 110 }), MINUTE_MS, 60],
    ['is scaled down likewise', later(10_000, { count: 110 }), 1_000, 1],
    ['counts a late reading by the time that passed', later(12_500, { count: 110 }), 10_000, 8],
    ['of nothing is zero', later(10_000), MINUTE_MS, 0],
    ['over the longest time is still one', later(30_000, { count: 130 }), 1_000, 1],
  ])('%s', (_, now, perMs, value) => {
    expect(judged(now, perMs)).toEqual({ value });
  });

  it.each([
    ['over a longer time', later(30_001, { count: 130 }), 'first reading after a gap'],
    ['when the counter went back', later(10_000, { count: 99 }), 'the counter went back'],
    ['when no time has passed', later(0), 'no time has passed since the last reading'],
  ])('is missing %s', (_, now, missing) => {
    expect(judged(now)).toEqual({ missing });
  });

  it('is missing at the first reading', () => {
    expect(difference(undefined, before, MINUTE_MS, LONGEST_MS)).toEqual({
      missing: 'first reading of a difference',
      first: true,
    });
  });
});

describe('a restart of the server', () => {
  const restarted = { missing: 'the server was restarted' };

  it.each([
    ['uptime went back', later(10_000, { uptimeS: 4_999, count: 500 })],
    ['uptime grew less than the time that passed', later(20_000, { uptimeS: 5_017, count: 500 })],
    ['the counter went back too', later(10_000, { uptimeS: 3, count: 0 })],
  ])('is seen when %s', (_, now) => {
    expect(judged(now)).toEqual(restarted);
  });

  it.each([
    ['uptime was rounded down', later(20_000, { uptimeS: 5_018, count: 120 })],
    ['the guest was frozen, which uptime counts', later(20_000, { uptimeS: 5_600, count: 120 })],
  ])('is not seen when %s', (_, now) => {
    expect(judged(now)).toEqual({ value: 60 });
  });

  const young: Sample = { count: 5, uptimeS: 1, session: 1, atMs: 0 };

  it.each([
    ['has been up longer than before it', { uptimeS: 8, atMs: 20_000 }],
    ['was as young before it, on a new connection', { uptimeS: 2, session: 2, atMs: 1_500 }],
  ])('is seen though the server %s', (_, more) => {
    const now = { ...young, count: 50, ...more };
    expect(difference(young, now, MINUTE_MS, LONGEST_MS)).toEqual(restarted);
  });

  it.each([
    ['a new connection to a server that was up before', { uptimeS: 3, session: 2, atMs: 2_000 }],
    ['a young server on the same connection', { uptimeS: 1, atMs: 1_500 }],
  ])('is not made out of %s', (_, more) => {
    const now = { ...young, ...more };
    expect(difference(young, now, MINUTE_MS, LONGEST_MS)).toEqual({ value: 0 });
  });
});

it('is never negative, and never anything but a finite number', () => {
  const sample = fc.record({
    count: fc.double({ min: 0, max: 1e18, noNaN: true }),
    uptimeS: fc.nat(),
    session: fc.nat({ max: 3 }),
    atMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  });
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const got = difference(first, second, MINUTE_MS, Number.POSITIVE_INFINITY);
      expect('missing' in got || (Number.isFinite(got.value) && got.value >= 0)).toBe(true);
    }),
  );
});
