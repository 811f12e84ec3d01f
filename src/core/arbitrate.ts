/**
 * Several policies, one guest: the safest for the service wins (DESIGN.md §5):
 * away > move > stay > home > base. A policy that is content or blind vetoes home and base.
 */
import type { Conf } from './conf.ts';
import type { Judgement } from './policy.ts';
import type { Verdict } from './words.ts';

export interface Opinion extends Judgement {
  readonly policy: string;
  /** Its latest reading is missing, or too old: it can't ask, only veto. */
  readonly blind: boolean;
}

const BY_SAFETY: readonly Verdict[] = ['away', 'move', 'stay', 'home', 'base'];

export interface Arbitration {
  readonly winner: Opinion;
  /** Those that wanted something else. */
  readonly losers: readonly Opinion[];
}

/** A policy that rests isn't heard; where all rest, the first of them says so. */
export function arbitrate(
  opinions: readonly Opinion[],
  prefer: Conf['constraints']['prefer'],
): Arbitration | undefined {
  const resting = opinions.some(({ rests }) => rests);
  const heard = resting ? opinions.filter(({ rests }) => !rests) : opinions;
  const winner = preferred(heard, prefer) ?? safest(heard) ?? opinions[0];
  if (!winner) return undefined;
  return { winner, losers: heard.filter(({ verdict }) => verdict !== winner.verdict) };
}

/** With `prefer = cost`, `base` wins over `move`, though not over a veto nor over `away`. */
function preferred(opinions: readonly Opinion[], prefer: string): Opinion | undefined {
  if (prefer !== 'cost') return undefined;
  const onlyMoveOrBase = opinions.every(({ verdict }) => verdict === 'base' || verdict === 'move');
  return onlyMoveOrBase ? opinions.find(({ verdict }) => verdict === 'base') : undefined;
}

function safest(opinions: readonly Opinion[]): Opinion | undefined {
  for (const verdict of BY_SAFETY) {
    const found = opinions.find((opinion) => opinion.verdict === verdict);
    if (found) return found;
  }
  return undefined;
}
