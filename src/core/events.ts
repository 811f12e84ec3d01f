/**
 * What goes into `step` and what comes out. Events carry their moment; effects are carried out in
 * their order, and the journal's are on disk before anything after them is done.
 */
import type { Alert } from './alerts.ts';
import type { ConfValues, Entry, ResultRefused, ResultsWaiting } from './entries.ts';
import type { HookCall } from './hooks.ts';
import type { Ids } from './identity.ts';
import type { Sighting } from './sighting.ts';
import type { Stamp } from './time.ts';
import type { Ask, Reading } from './words.ts';

/** What happened, and the id of the request that comes of it, if one does: any event may carry one. */
export type Event = Happening & { readonly newRequest: string };

export type Happening = { readonly at: Stamp } & (
  | { readonly type: 'reading'; readonly reading: Reading }
  | AskedByHand
  | Preflighted
  | Prepared
  | Attempted
  | Located
  | HoldTold
  | CloneHappening
  | { readonly type: 'alerted'; readonly n: number; readonly ok: boolean; readonly text: string }
  | { readonly type: 'spool-dropping'; readonly dropped: number }
  | { readonly type: 'spool-drained' }
  | {
      readonly type: 'after-move-ended';
      readonly request: string;
      readonly ok: boolean;
      readonly text: string;
    }
  | { readonly type: 'began'; readonly version: string }
  | { readonly type: 'ending'; readonly reason: string }
  | {
      readonly type: 'loaded';
      readonly files: readonly string[];
      readonly values: ConfValues;
      /** Policies that were changed, or whose probe was. */
      readonly afresh: readonly string[];
    }
  | { readonly type: 'not-reloaded'; readonly problems: readonly string[] }
  | { readonly type: 'pause'; readonly why?: string; readonly forMs?: number }
  | { readonly type: 'resume' }
  | { readonly type: 'inhibit'; readonly id: string; readonly why: string }
  | { readonly type: 'release'; readonly id: string }
  | { readonly type: 'cancel'; readonly request?: string }
  | { readonly type: 'resolve'; readonly request: string; readonly host?: string }
  | { readonly type: 'clear-bar'; readonly host: string }
  /** The worker's word; how long ids and grades may be is bounded by who takes it from there. */
  | {
      readonly type: 'job-began';
      readonly job: string;
      readonly grade: string;
      readonly queue?: string;
    }
  | {
      readonly type: 'job-ended';
      readonly job: string;
      readonly ok: boolean;
      /** How long its program took, by the worker; absent where nobody knows. */
      readonly tookMs?: number;
    }
  | ({ readonly type: 'results-waiting' } & Omit<ResultsWaiting, 'type'>)
  | ({ readonly type: 'result-refused' } & Omit<ResultRefused, 'type'>)
  | { readonly type: 'clock-stepped'; readonly stepMs: number }
  | { readonly type: 'thawed'; readonly frozenMs: number }
  /** At a start and after a freeze. */
  | { readonly type: 'identified'; readonly ids: Ids }
  /** Nothing but time has passed: what the clock decides needs no other event. */
  | { readonly type: 'tick' }
);

export interface AskedByHand {
  readonly type: 'ask';
  readonly verdict: Ask;
  readonly host?: string;
  readonly force: boolean;
  readonly why?: string;
  /** What `hold_while` said just now, where the conf has it. */
  readonly told?: Told;
}

/** What the `hold_while` program said. */
export type Told = { readonly holds: false } | { readonly holds: true; readonly reason: string };

/** The answer to `ask-hold`; the policies on this probe, and the clock, are judged once more, with it. */
export interface HoldTold {
  readonly type: 'hold-told';
  readonly told: Told;
  readonly probe?: string;
}

/** The provider lets nobody, or not this guest, move now. */
export interface HeldByProvider {
  /** The host that said so. */
  readonly host: string;
  /** The provider's own words, one line. */
  readonly why: string;
  /** For how long, where it said so. */
  readonly forMs?: number;
}

export type CloneHappening =
  | ({ readonly type: 'cloned' } & Cloned)
  /** Only in a clone: home has told it. */
  | { readonly type: 'handed-over'; readonly request: string }
  /** At home: the clone has handed back, or is gone; in a clone: home has told it. */
  | {
      readonly type: 'taken-back';
      readonly request: string;
      readonly reason: string;
      /** Where the guest is, where a person told. */
      readonly host?: string;
    };

/** What a clone is told at its start. */
export interface Cloned {
  readonly of: string;
  readonly request: string;
  readonly instance: string;
  readonly host: string;
  readonly home: string;
}

export interface Preflighted {
  readonly type: 'preflighted';
  readonly request: string;
  readonly to: string;
  readonly ok: boolean;
  readonly reason?: string;
  readonly held?: HeldByProvider;
  /** The host that the guest is on is why, and not the target. */
  readonly ofSource?: true;
}

/** `before_move` has ended; `text` is its last line, or how it ended. */
export interface Prepared {
  readonly type: 'prepared';
  readonly request: string;
  readonly to: string;
  readonly ok: boolean;
  readonly text: string;
}

export interface Attempted {
  readonly type: 'attempted';
  readonly request: string;
  readonly to: string;
  readonly ok: boolean;
  readonly text: string;
  readonly blackoutMs?: number;
  /** Nothing was begun. */
  readonly held?: HeldByProvider;
  /** Nothing was begun: the host that the guest is on is why, and not the target. */
  readonly ofSource?: true;
  /** The project file that is in force from now on (MLN). */
  readonly using?: string;
}

export interface Located {
  readonly type: 'located';
  readonly sighting: Sighting;
  /** When the look began, if it was for no request. */
  readonly begun?: Stamp;
  /** Set when the look was for an open request: its id, and how many looks came before. */
  readonly request?: string;
  readonly look?: number;
  /** Whether the request's attempt has surely ended. */
  readonly ended?: boolean;
}

export type Effect =
  | { readonly do: 'journal'; readonly entry: Entry }
  | Errand
  /** The answer to a person who asked for what can't be. */
  | Refusal;

/** Something to be done outside; what comes of it returns as an event. */
export type Errand = MoveErrand | AskHold | RunHook | SendAlert;

export interface SendAlert {
  readonly do: 'alert';
  readonly alert: Alert;
}

export type RunHook = { readonly do: 'hook' } & HookCall;

/**
 * Every gate is open but for what the `hold_while` program says. Nothing is remembered of it: a
 * request is made on its answer (`hold-told`), or never.
 */
export interface AskHold {
  readonly do: 'ask-hold';
  /** Whose reading asks; without one it is the clock. */
  readonly probe?: string;
}

export type MoveErrand =
  | ({ readonly do: 'preflight' } & Errands)
  | ({ readonly do: 'migrate' } & Errands)
  | { readonly do: 'cancel'; readonly request: string }
  | {
      readonly do: 'locate';
      readonly request: string;
      readonly look: number;
      readonly afterMs: number;
    };

interface Errands {
  readonly request: string;
  readonly from: string;
  readonly to: string;
}

export interface Refusal {
  readonly do: 'refuse';
  /** `held`: a gate holds it now, try later. `wrong`: it can never be. */
  readonly code: 'held' | 'wrong';
  readonly reason: string;
  readonly change?: string;
}
