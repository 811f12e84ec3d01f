/**
 * What hosts can be asked, whichever way they are: by `vmmanage-host`, or plainly. Every reply is
 * what a host said; whether it is true is for others to judge.
 */
import { oneLine } from '../../system/said.ts';
import type { Move } from '../migrator.ts';
import type { Capacity, Transfer, Veto, Where } from './answer.ts';

export type Reply<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** Not now: it says why, and nothing was begun. */
  | { readonly kind: 'veto'; readonly veto: Veto }
  /** It said nothing that can be used. `never`: it can't have begun what it was asked for. */
  | { readonly kind: 'silent'; readonly text: string; readonly never: boolean };

/** None of them rejects, and each ends within a bound of its own. */
export interface HostCalls {
  where(host: string, signal?: AbortSignal): Promise<Reply<Where>>;
  /** Whether `host` could take the guest. */
  capacity(host: string, signal?: AbortSignal): Promise<Reply<Capacity>>;
  /** Asks `from` to begin; comes back when that has begun, not when it has ended. */
  migrate(move: Move): Promise<Reply<Transfer>>;
  /** What became of a request that `host` was asked for. */
  status(host: string, request: string): Promise<Reply<Transfer>>;
  /** Asks `host` to stop it, and says what has become of it; may be asked again and again. */
  cancel(host: string, request: string): Promise<Reply<Transfer>>;
}

export function answered<T>(value: T): Reply<T> {
  return { kind: 'answer', value };
}

export function silent(text: string, never = false): Reply<never> {
  return { kind: 'silent', text: oneLine(text), never };
}

/** Why a reply is no answer, in one line. */
export function against(reply: Exclude<Reply<unknown>, { kind: 'answer' }>): string {
  return reply.kind === 'silent' ? reply.text : vetoText(reply.veto);
}

function vetoText({ veto, reason, retryAfterS }: Veto): string {
  return `vetoed (${veto}): ${oneLine(reason)}${laterText(retryAfterS)}`;
}

export function laterText(retryAfterS: number | undefined): string {
  return retryAfterS === undefined ? '' : `; ask again in ${retryAfterS} s`;
}
