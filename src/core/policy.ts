/**
 * What a policy is: one pure judgement. The counting is core's (tarry.ts), the judging is the
 * policy's (one file each in the policies room).
 */
import type { OptionsTable } from './options.ts';
import type { Calendar } from './windows.ts';
import type { Verdict } from './words.ts';

/** A condition as it stands after the latest present reading. */
export interface Standing {
  /** Held for its tarry, and by the latest present reading too. */
  readonly due: boolean;
}

export interface View {
  readonly suffering: Standing;
  /** Absent where the policy has no idle condition. */
  readonly idle?: Standing;
  readonly atBase: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
  /** The clock alone decided it, so that any event carries it, a missing reading too. */
  readonly byClock?: true;
  /** It has no say now: it doesn't keep the guest where another policy asks for base or home. */
  readonly rests?: true;
}

export interface Policy {
  readonly kind: string;
  /** One sentence for the reference. */
  readonly help: string;
  /** Beyond those that every policy has. */
  readonly options: OptionsTable;
  /** Whether the kind needs, permits or knows no `idle` condition. */
  readonly idle: 'required' | 'optional' | 'none';
  judge(view: View): Judgement;
}

/** A policy whose hours come from its options; outside them it judges otherwise. */
export interface Scheduled extends Policy {
  /** From the values of its own options. */
  schedule(options: Readonly<Record<string, unknown>>): Schedule;
}

/** When a policy works, and what it says when it doesn't. */
export interface Schedule {
  readonly hours: Calendar;
  readonly offHours: 'rest' | 'rescue';
  /** Whether its probe is read while it rests. */
  readonly monitored: boolean;
  outside(view: OutsideView): Judgement;
}

export interface OutsideView {
  readonly atBase: boolean;
  readonly offHours: Schedule['offHours'];
  /** Absent where the policy is blind. */
  readonly suffering?: Standing;
}

export function isScheduled(policy: Policy): policy is Scheduled {
  return 'schedule' in policy;
}
