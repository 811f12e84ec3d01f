/**
 * The part of the conf that `step` reads: checked, typed, with every default filled in. The conf
 * room makes it; tests and the simulator make it by hand.
 */
import type { JobsRule, Policy, Schedule } from './policy.ts';
import type { Calendar } from './windows.ts';
import type { Condition, Role, Worse } from './words.ts';

export interface Conf {
  /** The guest's name. */
  readonly vm: string;
  /** The home site first. A conf with an `[array]` has one site, named `home`. */
  readonly sites: readonly Site[];
  /** Queues too: the number of their big jobs is a reading like any other. */
  readonly probes: Readonly<Record<string, ProbeRule>>;
  /** In the conf's order. */
  readonly policies: readonly PolicyRule[];
  readonly constraints: Constraints;
  /** Host → what an hour there costs, where that is known. */
  readonly prices: Readonly<Record<string, number>>;
  readonly hooks: Hooks;
  /** Absent where nobody is to be alerted. */
  readonly alert?: { readonly remindMs: number };
}

/** Which programs the conf has around a move. */
export interface Hooks {
  readonly beforeMove: boolean;
  readonly afterMove: boolean;
}

/** An array of hosts at one provider; a cloud has one, called as the site is. */
export interface Site {
  readonly name: string;
  readonly role: Role;
  /** Tried in this order, round and round. */
  readonly hosts: readonly string[];
  readonly base?: string;
  /** Where the guest is when no locator can tell (`at =`). */
  readonly at?: string;
  /** `learned`: by what this guest has itself seen on each host. */
  readonly order: 'listed' | 'learned';
  /** In which half of what was learned fades. */
  readonly learnHalfLifeMs: number;
  /** Each guest begins its round at a place of its own, derived from its name. */
  readonly spread: boolean;
}

export interface ProbeRule {
  readonly intervalMs: number;
  /** Missing readings in a row before the probe is reported as failing. */
  readonly maxErrors: number;
  readonly unit: string;
}

export interface PolicyRule {
  readonly name: string;
  /** `threshold-aware`, `base-aware` … */
  readonly kind: string;
  readonly probe: string;
  readonly worse: Worse;
  readonly suffering: Condition;
  readonly idle?: Condition;
  /** What a missing reading does to the counts. */
  readonly onError: 'hold' | 'reset';
  readonly judge: Policy['judge'];
  /** Outside its hours a schedule judges instead. */
  readonly schedule?: Schedule;
  /** Only of a policy on jobs. */
  readonly jobs?: JobsRule;
}

/** §6. `undefined` means that the gate is `off`. */
export interface Constraints {
  readonly mode: 'active' | 'passive';
  readonly settleMs: number | undefined;
  /** The `hold_while` program is asked before anything is asked for. */
  readonly holdWhile: boolean;
  readonly cooldownMs: number | undefined;
  readonly cooldownGrowth: number;
  readonly cooldownMaxMs: number;
  /** Going back this soon after the cooldown's end lets the cooldown grow. */
  readonly backAndForthMs: number | undefined;
  readonly retryMs: number | undefined;
  readonly maxMoves: { readonly n: number; readonly spanMs: number } | undefined;
  /** Inside its windows nothing is asked. */
  readonly quiet: Calendar | undefined;
  /** The most that a calendar day of the zone may cost, with `prices`. */
  readonly budget: { readonly perDay: number; readonly zone: string } | undefined;
  /** A `move` rests when every host was tried in one episode. */
  readonly allTried: boolean;
  /** For how long a guest rests that others moved back twice in a day. */
  readonly movedBackRestMs: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
  /** How many targets one request may try. */
  readonly maxTargets: number;
  /** How long a host is barred that failed its preflight or a move; doubles each time. */
  readonly barMs: number;
  /** First wait between two looks for a guest whose place nobody could tell; doubles up to the max. */
  readonly lookMs: number;
  readonly lookMaxMs: number;
  /** With several policies, `cost` lets `base` win over `move`. */
  readonly prefer: 'service' | 'cost';
}
