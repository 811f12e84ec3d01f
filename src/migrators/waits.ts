/** Between two questions what has become of a move; it grows from the one to the other. */
export const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 10_000;
const WAIT_GROWTH = 1.25;

export function longerWait(waitMs: number): number {
  return Math.min(Math.round(waitMs * WAIT_GROWTH), LONGEST_WAIT_MS);
}
