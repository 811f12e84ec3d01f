/** Why a gate holds, and what can be done about it. */
import { formatSpan } from './text.ts';

export interface Hold {
  readonly reason: string;
  /** How long it holds if nothing else changes. */
  readonly leftMs?: number;
  /** What a span that has grown is made of: `5m×2×2`. */
  readonly made?: string;
  /** What would have to change. */
  readonly change: string;
}

/** What a person can do about a gate that `--force` skips. */
export const FORCE_NOW = 'vmmanage move --force --why TEXT';
export const FORCE = `wait, or ${FORCE_NOW}`;

export function timed(what: string, leftMs: number): Hold {
  return { reason: `${what} ${formatSpan(leftMs)} left`, leftMs, change: 'wait' };
}

/** `provider of xen1: nightly backup` */
export function heldText({ host, why }: { readonly host: string; readonly why: string }): string {
  return `provider of ${host}: ${why}`;
}
