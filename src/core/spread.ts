/**
 * A place of its own for each guest, derived from its name: no randomness, so that a simulation
 * and a restart give the same.
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** From 0 (included) to 1 (excluded), evenly over names: FNV-1a with a final mix. */
export function fraction(name: string): number {
  let hash = FNV_OFFSET;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
