/**
 * Whether this is still the machine that the journal tells of. A change is noticed and recorded;
 * what follows from it (a clone is not the original) is for others to decide.
 */
import type { Turn } from './turn.ts';

/** Source → what it said, as a digest; a source that can't be read is absent. */
export type Ids = Readonly<Record<string, string>>;

export function identified(turn: Turn, seen: Ids): void {
  const known = turn.state.identity ?? {};
  const changed = Object.keys(seen).filter((name) => known[name] !== seen[name]);
  if (changed.length === 0) return;
  // A source that couldn't be read this time is still remembered.
  const ids = { ...known, ...seen };
  const others = changed.filter((name) => known[name] !== undefined);
  if (others.length === 0) turn.record({ type: 'identity', ids });
  else turn.record({ type: 'identity-changed', ids, changed: others });
}
