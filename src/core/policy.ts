/**
 * What a policy is: one pure judgement. The counting is core's (tarry.ts), the judging is the
 * policy's (one file each in the policies room).
 */
import type { OptionsTable } from './options.ts';
import type { Verdict } from './words.ts';

/** A condition as it stands after the latest present reading. */
export interface Standing {
  /** Held for its tarry, and by the latest present reading too. */
  readonly due: boolean;
  /** How far: `2 of 3`, `3/5`, `1m20s of 2m`. */
  readonly progress: string;
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
}

export interface Policy {
  readonly kind: string;
  /** One sentence for the reference. */
  readonly help: string;
  /** Beyond those that every policy has. */
  readonly options: OptionsTable;
  /** Whether the kind needs, permits or knows no `idle` condition. */
  readonly idle: 'required' | 'none';
  judge(view: View): Judgement;
}
