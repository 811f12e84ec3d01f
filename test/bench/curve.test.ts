/** What the soak takes for flat; the real one is in soak.real.test.ts. */
import { expect, it } from 'vitest';
import { type Point, whyNotFlat } from '../../bench/footprint/curve.ts';

const MIB = 2 ** 20;

/** Forty looks at a heap over 200,000 cycles. */
function curve(bytesAt: (cycles: number, n: number) => number): Point[] {
  return Array.from({ length: 40 }, (_, i) => {
    const cycles = (i + 1) * 5000;
    return { cycles, bytes: 15 * MIB + bytesAt(cycles, i) };
  });
}

it.each([
  ['stands still', () => 0],
  ['fills up in the first quarter', (cycles: number) => 80 * Math.min(cycles, 50_000)],
  ['goes up and down', (_: number, i: number) => (i % 5) * 100_000],
  ['has a single peak at its end', (_: number, i: number) => (i === 39 ? 3 * MIB : 0)],
  ['shrinks', (cycles: number) => -10 * cycles],
])('a heap that %s is flat', (_, bytesAt) => {
  expect(whyNotFlat(curve(bytesAt))).toBeUndefined();
});

it.each([
  ['by forty bytes a cycle', (cycles: number) => 40 * cycles],
  ['by five bytes a cycle', (cycles: number) => 5 * cycles],
  ['by a step that stays', (cycles: number) => (cycles > 120_000 ? MIB : 0)],
])('a heap that grows %s is not', (_, bytesAt) => {
  expect(whyNotFlat(curve(bytesAt))).toMatch(/^the heap grew by \d+ KiB in \d+ cycles/);
});

it('of too few points nothing can be said', () => {
  expect(whyNotFlat(curve(() => 0).slice(0, 2))).toBe('too few points');
});
