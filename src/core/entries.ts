/**
 * What the journal holds: everything that was decided or happened, but the readings. The state is
 * what these entries make of it (apply.ts), so an entry is written before anything is done.
 * Entries are data that goes to a file as it is: names are in snake case and end in their unit.
 */
import type { Raised } from './alerts.ts';
import type { Carried } from './carried.ts';
import type { Ids } from './identity.ts';
import type { Answer } from './sighting.ts';
import type { Ask, Outcome, Role, Verdict } from './words.ts';

export type EntryType = Entry['type'];

export type Entry =
  | { readonly type: 'started'; readonly version: string }
  | { readonly type: 'stopped'; readonly reason: string }
  /** The first line of a journal file that follows a full one. */
  | { readonly type: 'state'; readonly state: Carried }
  | Conf
  | { readonly type: 'reload-failed'; readonly problems: readonly string[] }
  | { readonly type: 'place'; readonly host: string; readonly by: string }
  | { readonly type: 'place-lost'; readonly answers: readonly Answer[] }
  | { readonly type: 'moved-by-other'; readonly from: string; readonly to: string }
  | ({ readonly type: 'verdict'; readonly verdict: Verdict } & Ground)
  | ({ readonly type: 'held'; readonly verdict: Ask; readonly gate: string } & Ground)
  | ({ readonly type: 'would-ask'; readonly verdict: Ask; readonly to: string } & Ground)
  | Intended
  | Progress
  | Ended
  | Learned
  | EpisodeEnded
  | ProviderHeld
  | JobBegan
  | JobEnded
  | ClonedFrom
  | Handed
  | TakenBack
  | ResultsWaiting
  | ResultRefused
  | {
      readonly type: 'after-move';
      readonly request: string;
      readonly ok: boolean;
      readonly text: string;
    }
  | ({ readonly type: 'alert'; readonly n: number } & Raised)
  | { readonly type: 'alert-sent'; readonly n: number; readonly ok: boolean; readonly text: string }
  | { readonly type: 'spool-dropping'; readonly dropped: number }
  | { readonly type: 'spool-drained' }
  | { readonly type: 'probe-failing'; readonly probe: string; readonly reason: string }
  | { readonly type: 'probe-recovered'; readonly probe: string }
  | { readonly type: 'clock-step'; readonly step_ms: number }
  | { readonly type: 'frozen'; readonly frozen_ms: number }
  | { readonly type: 'identity'; readonly ids: Ids }
  /** Of `ids`, those that were something else before: a clone, or a restored copy. */
  | { readonly type: 'identity-changed'; readonly ids: Ids; readonly changed: readonly string[] }
  /** `copy`: this machine may be a copy of the guest, and rests as one. */
  | {
      readonly type: 'paused';
      readonly why?: string;
      readonly for_ms?: number;
      readonly copy?: boolean;
    }
  /** Said again each day that it lasts. */
  | StillPaused
  | { readonly type: 'resumed'; readonly why?: string }
  | { readonly type: 'inhibited'; readonly id: string; readonly why: string }
  | { readonly type: 'released'; readonly id: string }
  | { readonly type: 'bar-cleared'; readonly host: string };

export interface StillPaused {
  readonly type: 'still-paused';
  /** So far. */
  readonly for_ms: number;
  /** Absent: until somebody resumes. */
  readonly left_ms?: number;
  readonly why?: string;
}

/** The conf in force from now on, secrets left out. */
interface Conf {
  readonly type: 'conf';
  readonly files: readonly string[];
  readonly values: ConfValues;
  /** Policies whose counts start afresh, since they or their probe were changed. */
  readonly afresh?: readonly string[];
}

/** The values of a conf that an entry tells or carries. */
export function confValuesIn(entry: Entry): ConfValues | undefined {
  if (entry.type === 'conf') return entry.values;
  return entry.type === 'state' ? entry.state.confValues : undefined;
}

/** Section → key → value. */
export type ConfValues = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Why something was decided: by which policy, and on which value against which bound. */
export interface Ground {
  /** Absent where a person asked. */
  readonly policy?: string;
  readonly reason: string;
  readonly value?: number;
  readonly threshold?: number;
  /** `2 of 3`, `3/5`, `1m20s of 2m`. */
  readonly tarry?: string;
}

export interface Intended extends Ground {
  readonly type: 'intended';
  readonly request: string;
  readonly verdict: Ask;
  readonly from: string;
  readonly to: string;
  /** The words of the person who asked. */
  readonly why?: string;
  readonly force?: true;
  /** Asked for by hand with this one target: no other is tried. */
  readonly only?: true;
  /** Policies that wanted something else, and why they lost. */
  readonly losers?: readonly string[];
}

/**
 * - `preflight-failed`: `to` was barred; another target may follow as `next`.
 * - `preparing`: `before_move` runs now; `prepared`: it ended, `ok` when it let the move pass.
 * - `migrating`: the migrator is asked now.
 * - `attempted`: its attempt ended; `ok` is what it said of itself.
 * - `cancelling`: a person asked to stop.
 * - `unconfirmed`: nobody can say where the guest is.
 */
export interface Progress {
  readonly type: 'progress';
  readonly request: string;
  readonly phase:
    | 'preflight-failed'
    | 'preparing'
    | 'prepared'
    | 'migrating'
    | 'attempted'
    | 'cancelling'
    | 'unconfirmed';
  readonly to: string;
  readonly next?: string;
  readonly ok?: boolean;
  readonly text?: string;
  readonly blackout_ms?: number;
  /** Of `attempted`: nothing was begun, for a reason of the host that the guest is on. */
  readonly of_source?: true;
  /** Of `attempted`: the project file that is in force from now on (MLN). */
  readonly using?: string;
  readonly answers?: readonly Answer[];
}

export interface Ended {
  readonly type: 'outcome';
  readonly request: string;
  readonly outcome: Outcome;
  /** Where the guest is now, if that is known. */
  readonly host?: string;
  readonly reason: string;
  /** From the request to this outcome. */
  readonly took_ms: number;
  /** How long the guest stood still. */
  readonly blackout_ms?: number;
  /** A person stopped it: no failure of the hosts, so nothing has to wait for a retry. */
  readonly stopped?: true;
  /** The hook `after_move` is run on it. */
  readonly after_move?: true;
}

/** The provider lets the guest not move now: its request ends without a failure, and the gate `hold` holds. */
export interface ProviderHeld {
  readonly type: 'held-by-provider';
  readonly request: string;
  /** The host that said so. */
  readonly host: string;
  /** The provider's own words. */
  readonly why: string;
  readonly for_ms: number;
}

/** What was seen on a host between an arrival there and the end of the episode, or the next move. */
export interface Learned {
  readonly type: 'learned';
  readonly host: string;
  /** Whether the indicator of the episode's policy recovered. */
  readonly recovered: boolean;
  /** From the arrival to the recovery, or to the request for the next move. */
  readonly after_ms: number;
  readonly policy: string;
}

/** Whatever readings a start still knows, the next `move` begins an episode of its own. */
export interface EpisodeEnded {
  readonly type: 'episode-ended';
  /** The one that began it. */
  readonly policy: string;
  /** No breach was seen for the policy's tarry; or a reload took the policy away. */
  readonly reason: 'recovered' | 'policy gone';
}

/** The first entry of a clone's journal: of which guest, and for which of its requests. */
export interface ClonedFrom {
  readonly type: 'cloned';
  readonly of: string;
  readonly request: string;
  readonly instance: string;
  /** The cloud's host, and where the guest was at home. */
  readonly host: string;
  readonly home: string;
}

/** From here on the clone acts, and home rests. */
export interface Handed {
  readonly type: 'handed-over';
  readonly request: string;
  readonly instance: string;
  readonly from: string;
  readonly to: string;
}

/** From here on home acts; a clone ends itself. `request` is the one that was handed over for. */
export interface TakenBack {
  readonly type: 'taken-back';
  readonly request: string;
  readonly host: string;
  readonly reason: string;
}

/** The guest's worker has begun a job of its queue. */
export interface JobBegan {
  readonly type: 'job-began';
  readonly job: string;
  /** What the queue says of its size: `grade a`. */
  readonly grade: string;
  readonly queue?: string;
  /** Where; absent while nobody knows. */
  readonly role?: Role;
}

export interface JobEnded {
  readonly type: 'job-ended';
  readonly job: string;
  readonly grade: string;
  readonly ok: boolean;
  /** Its program, by the worker. Absent where nobody knows: it was lost. */
  readonly took_ms?: number;
  readonly role?: Role;
}

/** Nobody has taken the results of a queue for the `result_alert` of its conf. */
export interface ResultsWaiting {
  readonly type: 'results-waiting';
  readonly queue: string;
  /** Wall milliseconds. */
  readonly since_ms: number;
  readonly reason: string;
}

/** A result that nobody will ever take was set aside. */
export interface ResultRefused {
  readonly type: 'result-refused';
  readonly queue: string;
  readonly job: string;
  /** Where it is kept. */
  readonly file: string;
  readonly reason: string;
}
