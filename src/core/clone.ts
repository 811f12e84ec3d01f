/**
 * Home and its clone at a cloud: which of the two acts. Two daemons, a journal each; what one knows
 * of the other comes as an event, and changes nothing but by an entry (ARCHITECTURE.md, The clone).
 */
import type { Handed } from './entries.ts';
import type { Cloned, CloneHappening } from './events.ts';
import type { Hold } from './hold.ts';
import type { State } from './state.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import type { Turn } from './turn.ts';

/** A hand-over that stands: at home and in the clone alike it means that the clone acts. */
export interface HandOver {
  readonly request: string;
  /** As the cloud calls it. */
  readonly instance: string;
  readonly from: string;
  /** The cloud's host, called as its site is. */
  readonly to: string;
  readonly at: Stamp;
}

/** Only a clone has one. */
export interface Origin {
  readonly request: string;
  readonly instance: string;
  /** The cloud's host. */
  readonly host: string;
  /** Where the guest was at home. */
  readonly home: string;
  /** Home has taken back what it had handed over, or never will: this clone is to end. */
  readonly over?: true;
}

/** Whether this may be a copy of the guest that nobody has told what it is (identity.ts). */
export function mayBeCopy({ paused }: State): boolean {
  return paused?.copy === true;
}

/** Whether this guest may begin jobs, claim pages and ask for moves. */
export function acts(state: State): boolean {
  if (mayBeCopy(state)) return false;
  const isClone = state.origin !== undefined;
  const isOut = state.handedOver !== undefined;
  return isClone === isOut && handsBack(state) === undefined;
}

/** Only one of two may act, and which is the guest a person knows. */
export const COPY_REMEDY =
  'vmmanage resume where this is the guest; end this machine where it is a copy';

/** Why it may not, and what can be done; undefined where it may. */
export function whyResting(state: State, at: Stamp): Hold | undefined {
  if (acts(state)) return undefined;
  if (mayBeCopy(state)) return { reason: state.paused?.why ?? 'a copy?', change: COPY_REMEDY };
  const { origin, handedOver: handed } = state;
  if (origin?.over) return { reason: 'home has taken back: this clone ends', change: 'nothing' };
  if (origin && handed) return { reason: `handing back to ${origin.home}`, change: 'wait' };
  if (origin) {
    const reason = `a clone for request ${origin.request}, to which home has handed nothing over yet`;
    return { reason, change: 'see vmmanage status at home' };
  }
  if (!handed) return undefined;
  const { request, instance, to } = handed;
  const since = formatSpan(elapsedMs(handed.at, at));
  return {
    reason: `handed over to ${to} ${since} ago: instance ${instance} acts there`,
    change: `wait till it comes home; or end ${instance}, then vmmanage resolve ${request} --at HOST`,
  };
}

/** The request for which a clone hands back: from its entry on it never begins anything again. */
export function handsBack({ origin, request }: State): string | undefined {
  const begun = request && request.phase !== 'preflight' && request.phase !== 'preparing';
  return origin && begun && request.verdict === 'home' ? request.id : undefined;
}

/** At the start of a clone that has no journal yet. */
export function cloned(turn: Turn, { of, request, instance, host, home }: Cloned): void {
  if (turn.state.origin) return;
  turn.record({ type: 'cloned', of, request, instance, host, home });
}

/** At home, in the turn in which the clone was seen; in the clone, once home has told it. */
export function handOver(turn: Turn, handed: Omit<Handed, 'type'>): void {
  if (!turn.state.handedOver) turn.record({ type: 'handed-over', ...handed });
}

export type Close = (outcome: 'confirmed' | 'failed', reason: string, at: string) => void;

/** `close` ends the open request, if there is one. */
export function takeCloneHappening(turn: Turn, event: CloneHappening, close: Close): void {
  switch (event.type) {
    case 'cloned':
      return cloned(turn, event);
    case 'handed-over':
      return takenOver(turn, event.request);
    case 'taken-back':
      return takenBack(turn, event, close);
  }
}

function takenOver(turn: Turn, request: string): void {
  const { origin } = turn.state;
  if (!origin || origin.over || origin.request !== request) return;
  const { instance, host: to, home: from } = origin;
  handOver(turn, { request, instance, from, to });
}

function takenBack(
  turn: Turn,
  { request, reason, host }: CloneHappening & { type: 'taken-back' },
  close: Close,
): void {
  const { origin, handedOver, request: open } = turn.state;
  if (origin) {
    if (origin.over || origin.request !== request) return;
    const asked = handsBack(turn.state) !== undefined;
    turn.record({ type: 'taken-back', request, host: origin.home, reason });
    if (open) close(asked ? 'confirmed' : 'failed', reason, origin.home);
    return;
  }
  if (open || handedOver?.request !== request) return;
  turn.record({ type: 'taken-back', request, host: host ?? handedOver.from, reason });
}
