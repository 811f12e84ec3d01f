/** Whether a heap that was looked at again and again is flat. Pure. */

export interface Point {
  readonly cycles: number;
  /** After a full collection. */
  readonly bytes: number;
}

/** What code that is run for the first time, or is compiled meanwhile, may come to. */
const SLACK_BYTES = 256 * 1024;
/** A leak of one small object per cycle would be some forty. */
const BYTES_PER_CYCLE = 1;

/**
 * Undefined for a flat one. The first quarter is left out: what is kept of the latest readings, moves and days fills
 * up. Of the rest the middle of the last third is held against the middle of the first.
 */
export function whyNotFlat(points: readonly Point[]): string | undefined {
  const settled = points.slice(Math.floor(points.length / 4));
  const third = Math.floor(settled.length / 3);
  if (third === 0) return 'too few points';
  const [first, last] = [middle(settled.slice(0, third)), middle(settled.slice(-third))];
  const grown = last.bytes - first.bytes;
  const cycles = last.cycles - first.cycles;
  const allowed = SLACK_BYTES + BYTES_PER_CYCLE * cycles;
  if (grown <= allowed) return undefined;
  return `the heap grew by ${Math.round(grown / 1024)} KiB in ${cycles} cycles: ${(grown / cycles).toFixed(1)} bytes in each`;
}

function middle(points: readonly Point[]): Point {
  const sorted = points.toSorted((one, other) => one.bytes - other.bytes);
  const { bytes = 0 } = sorted[Math.floor(sorted.length / 2)] ?? {};
  const { cycles = 0 } = points[Math.floor(points.length / 2)] ?? {};
  return { bytes, cycles };
}
