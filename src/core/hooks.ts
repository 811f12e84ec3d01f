/**
 * The tenant's programs around a move (DESIGN.md §7): what each is told. `before_move` runs when
 * the preflight has passed and may refuse the move; `after_move` follows each outcome. Core only
 * says when; what a hook may cost in time is bounded by who runs it.
 */
import type { Ended } from './entries.ts';
import type { OpenRequest } from './state.ts';
import type { Ask, Outcome } from './words.ts';

/** One run of a hook. */
export interface HookCall {
  readonly hook: 'before_move' | 'after_move';
  readonly request: string;
  readonly verdict: Ask;
  readonly policy?: string;
  readonly from: string;
  readonly to: string;
  /** Why the move was asked for. */
  readonly reason: string;
  /** `after_move` only. */
  readonly outcome?: Outcome;
  /** Where the guest is now, if that is known; `after_move` only. */
  readonly host?: string;
  readonly outcomeReason?: string;
}

export function beforeMove(request: OpenRequest): HookCall {
  return { hook: 'before_move', ...told(request) };
}

export function afterMove(request: OpenRequest, { outcome, host, reason }: Ended): HookCall {
  const where = host === undefined ? {} : { host };
  return { hook: 'after_move', ...told(request), outcome, ...where, outcomeReason: reason };
}

function told({ id, verdict, policy, from, to, reason }: OpenRequest) {
  return { request: id, verdict, ...(policy === undefined ? {} : { policy }), from, to, reason };
}
