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
  /** Only of a policy on jobs. */
  readonly jobs?: JobsView;
}

export interface JobsView {
  /** Whether the guest is at an away site. */
  readonly away: boolean;
  /** What it works on now, and is waited for. */
  readonly inHand?: { readonly job: string; readonly grade: string };
  /** What it has worked on for so long that nobody waits for it. */
  readonly overdue?: { readonly job: string; readonly grade: string };
  /** Absent: it goes away whatever that takes. */
  readonly estimate?: Estimate;
}

/** What the jobs that wait would take, from the guest's own records; absent where it has none. */
export interface Estimate {
  readonly homeMs?: number;
  readonly awayMs?: number;
  /** The way there. */
  readonly moveMs?: number;
  /** It goes away only where that many times less is taken. */
  readonly margin: number;
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

/** A policy on the number of jobs that wait; it goes to another site for them. */
export interface OnJobs extends Policy {
  /** From the values of its own options. */
  jobs(options: Readonly<Record<string, unknown>>): JobsRule;
}

export interface JobsRule {
  /** The queue whose jobs are counted; its readings carry its name. Absent: a probe counts them. */
  readonly queue?: string;
  /** How many of its jobs run side by side; absent: one. */
  readonly workers?: number;
  /** The jobs that count, by their grade; absent: all of them. */
  readonly grades?: readonly string[];
  /** Goes away only where it is worth it so many times; absent: whatever it takes. */
  readonly margin?: number;
  /** A job that has run for so long is not waited for; absent: each is. */
  readonly finishMs?: number;
}

export function isOnJobs(policy: Policy): policy is OnJobs {
  return 'jobs' in policy;
}

export function isScheduled(policy: Policy): policy is Scheduled {
  return 'schedule' in policy;
}
