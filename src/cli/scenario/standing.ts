/** How things stood at a moment, held against a claim; the same view as `vmmanage explain` has. Pure. */
import type { Conf } from '../../core/conf.ts';
import { firstHold, type Overview, overview } from '../../core/explain.ts';
import type { State } from '../../core/state.ts';
import { currentHost } from '../../core/targets.ts';
import type { Stamp } from '../../core/time.ts';
import type { Ask } from '../../core/words.ts';
import type { Claim, HeldClaim } from './claims.ts';

export interface Sight {
  readonly state: State;
  readonly conf: Conf;
  readonly at: Stamp;
}

/** What was so instead; undefined where the claim was true. */
export function notAsClaimed(
  claim: Exclude<Claim, { kind: 'request' | 'nothing' }>,
  sight: Sight,
): string | undefined {
  switch (claim.kind) {
    case 'at':
      return notAt(claim.host, sight);
    case 'stay':
      return notStaying(claim.by, sight);
    case 'held':
      return notHeld(claim, sight);
  }
}

function notAt(host: string, { state, conf }: Sight): string | undefined {
  const here = currentHost(state, conf);
  if (here === host) return undefined;
  const { request } = state;
  return request ? `at ${here}, on the way to ${request.to}` : `at ${here}`;
}

function notStaying(by: string | undefined, { state, conf, at }: Sight): string | undefined {
  const { opinions } = overview(state, conf, at);
  const asking = opinions.filter(
    ({ policy, verdict }) => verdict !== 'stay' && (by === undefined || by === policy),
  );
  if (asking.length === 0) return undefined;
  return asking.map(({ policy, verdict }) => `${policy} says ${verdict}`).join(', ');
}

function notHeld({ verdict, gate }: HeldClaim, sight: Sight): string | undefined {
  const held = heldAt(sight);
  if (!held) return 'no gate held anything';
  const asExpected =
    (verdict === undefined || verdict === held.verdict) &&
    (gate === undefined || gate === held.gate);
  return asExpected ? undefined : `${held.verdict} held by ${held.gate}`;
}

export interface Held {
  readonly verdict: Ask;
  readonly gate: string;
  readonly reason: string;
}

/** What was wanted and what held it: the first gate, or a policy that is content. */
export function heldAt({ state, conf, at }: Sight): Held | undefined {
  const view = overview(state, conf, at);
  if (view.hypothetical) return heldByPolicy(view);
  const first = firstHold(view.gates);
  if (!first?.hold) return undefined;
  return { verdict: view.verdict, gate: first.gate, reason: first.hold.reason };
}

function heldByPolicy({ arbitration }: Overview): Held | undefined {
  const asker = arbitration?.losers.find(({ verdict }) => verdict !== 'stay');
  if (!arbitration || !asker || asker.verdict === 'stay') return undefined;
  const { policy, reason } = arbitration.winner;
  const gate = 'other policy';
  return { verdict: asker.verdict, gate, reason: `policy ${policy} keeps it: ${reason}` };
}
