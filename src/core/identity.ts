/**
 * Whether this is still the machine that the journal tells of. One that isn't may be a copy: an image
 * that somebody started, a disk that was restored beside its original. It rests until a person says
 * that it is the guest. A clone that was launched as one has a journal of its own, and nothing to miss.
 */
import type { Turn } from './turn.ts';

/** Source → what it said, mostly a digest; a source that can't be read is absent. */
export type Ids = Readonly<Record<string, string>>;

export const INSTANCE = 'instance-id';

/** A product UUID alone says nothing: hypervisors give a new one to a domain that has none of its own. */
const TELLING: readonly string[] = ['machine-id', INSTANCE];

export function identified(turn: Turn, seen: Ids): void {
  const known = turn.state.identity ?? {};
  const changed = Object.keys(seen).filter((name) => known[name] !== seen[name]);
  if (changed.length === 0) return;
  // A source that couldn't be read this time is still remembered.
  const ids = { ...known, ...seen };
  const others = changed.filter((name) => known[name] !== undefined || isNewlyAtCloud(name, known));
  if (others.length === 0) return turn.record({ type: 'identity', ids });
  turn.record({ type: 'identity-changed', ids, changed: others });
  if (!others.some((name) => TELLING.includes(name))) return;
  const why = `this is another machine than the journal tells of (${others.join(', ')})`;
  turn.record({ type: 'paused', why, copy: true });
}

/** The original was no instance of a cloud: its copied disk has its machine-id still. */
function isNewlyAtCloud(name: string, known: Ids): boolean {
  return name === INSTANCE && Object.keys(known).length > 0;
}
