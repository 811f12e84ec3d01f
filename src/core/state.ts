/**
 * Everything that `step` remembers. All of it follows from the journal's entries (apply.ts) and
 * the stored readings (tracks.ts): what isn't in one of the two can't survive a restart.
 */
import type { Alert } from './alerts.ts';
import type { HandOver, Origin } from './clone.ts';
import type { ConfValues } from './entries.ts';
import type { HookCall } from './hooks.ts';
import type { Ids } from './identity.ts';
import type { Answer } from './sighting.ts';
import { type Count, NO_COUNT } from './tarry.ts';
import type { Stamp } from './time.ts';
import type { Ask, Reading, Verdict } from './words.ts';
import type { Work } from './work.ts';

export interface Paused {
  readonly at: Stamp;
  readonly why?: string;
  /** Absent: until somebody resumes. */
  readonly forMs?: number;
  /** This machine may be a copy of the guest. */
  readonly copy?: true;
  /** How long it had lasted when the log was last told that it still does. */
  readonly remindedMs?: number;
}

export interface State {
  /** Where the guest is; absent while nobody has told. */
  readonly place?: Place | undefined;
  /** Set while the latest look for the guest's place found nobody who knows. */
  readonly lost?: readonly Answer[] | undefined;
  /** Where it was before, as far as a day's budget looks back; oldest first. */
  readonly stays: readonly Stay[];
  /** The latest arrival, by our own request or by others: settling and cooldown count from it. */
  readonly arrival?: { readonly at: Stamp } | undefined;
  /** The latest arrivals, oldest first: they tell who goes back and forth (trail.ts). */
  readonly trail: readonly Leg[];
  readonly request?: OpenRequest | undefined;
  /** Confirmed `move`s and `away`s, oldest first; the latest of them are enough. */
  readonly moves: readonly Stamp[];
  /** Verdict → failed requests in a row, none a day after the one before. */
  readonly failures: Readonly<Partial<Record<Ask, Failures>>>;
  /** From the first `move` until no breach was seen for the policy's tarry. */
  readonly episode?: Episode | undefined;
  /** `after_move`s that haven't ended yet, oldest first; a start runs them again. */
  readonly owed: readonly HookCall[];
  readonly alerts: Alerts;
  /** Since when `mode = passive` has been in force. */
  readonly passive?: { readonly at: Stamp } | undefined;
  readonly bars: Readonly<Record<string, Bar>>;
  /** Host → what was learned of it, oldest first. */
  readonly lessons: Readonly<Record<string, readonly Lesson[]>>;
  readonly paused?: Paused | undefined;
  readonly inhibitors: Readonly<Record<string, string>>;
  /** What the provider's host last said; it may be over. */
  readonly providerHold?: ProviderHold | undefined;
  /** The guest's jobs; absent before the first of them, and the first way to another site. */
  readonly work?: Work | undefined;
  /** By what this machine is told from a copy of it. */
  readonly identity?: Ids | undefined;
  /** While it stands, a clone of the guest acts and home rests. */
  readonly handedOver?: HandOver | undefined;
  /** Where this guest is a clone itself. */
  readonly origin?: Origin | undefined;
  readonly probes: Readonly<Record<string, ProbeState>>;
  readonly tracks: Readonly<Record<string, Track>>;
  readonly said: Said;
  /** The conf in force, as the journal was last told it. */
  readonly confValues: ConfValues | undefined;
}

export interface ProviderHold {
  readonly at: Stamp;
  readonly host: string;
  readonly why: string;
  readonly forMs: number;
}

/** In wall time: what is paid goes by calendar days. */
export interface Stay {
  readonly host: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Alerts {
  /** The number of the latest one. */
  readonly n: number;
  /** Recorded, and not known to have been sent. */
  readonly pending: readonly Alert[];
  /** Slot → the occurrence that was told last (alerts.ts). */
  readonly said: Readonly<Record<string, string>>;
  /** The latest that was sent, or couldn't be. */
  readonly last?: {
    readonly at: Stamp;
    readonly about: string;
    readonly ok: boolean;
    readonly text: string;
  };
}

/** One arrival, and where the guest came from. */
export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly at: Stamp;
  readonly by: 'guest' | 'others';
  /** A move of an episode that had begun before: it counts as one that hasn't helped. */
  readonly further?: true;
}

export interface Episode {
  readonly policy: string;
  readonly moves: number;
  /** The latest arrivals in it, oldest first, whoever moved the guest. */
  readonly arrivals: readonly Arrival[];
}

export interface Arrival {
  readonly host: string;
  readonly at: Stamp;
}

export interface Failures {
  readonly n: number;
  readonly at: Stamp;
}

export interface Place {
  readonly host: string;
  readonly since: Stamp;
}

/** Whether the service recovered after one arrival. Its age is days: wall time will do. */
export interface Lesson {
  readonly wallMs: number;
  readonly recovered: boolean;
  readonly afterMs: number;
  readonly policy: string;
}

/** A host that failed its preflight or a move, `n` times in a row. */
export interface Bar {
  readonly at: Stamp;
  readonly n: number;
  readonly reason: string;
}

/**
 * An open request. Legal phases and what leads from one to the next:
 *
 *     intended ──► preflight ──ok──► preparing ──► migrating ──ended──► locating ──seen──► outcome
 *                  │  ▲ next target  │               │                   │    ▲
 *                  │  └──────┐       │               └─daemon ended──────┤    │ looked again
 *                  ├─failed──┘       └─refused──► outcome                ▼    │
 *                  └─none left──► outcome                            unconfirmed ──resolve──► outcome
 *
 * `preparing` is `before_move`'s; without that hook a request passes it by.
 */
export interface OpenRequest {
  readonly id: string;
  readonly verdict: Ask;
  readonly policy?: string;
  readonly from: string;
  /** The target of the present try. */
  readonly to: string;
  readonly tried: readonly string[];
  readonly at: Stamp;
  /** Why it was asked for. */
  readonly reason: string;
  readonly phase: 'preflight' | 'preparing' | 'migrating' | 'locating' | 'unconfirmed';
  /** By hand, to one named host: no other is tried. */
  readonly only?: true;
  /** By hand, past the gates that permit it. */
  readonly force?: true;
  /** What the attempt said of itself when it ended. */
  readonly attempt?: { readonly ok: boolean; readonly text: string };
  readonly blackoutMs?: number;
  readonly cancelled?: true;
  /** By the provider, when it was asked: nothing was begun. */
  readonly held?: true;
  /** Nothing was begun, for a reason of the host that the guest is on: the target isn't to blame. */
  readonly ofSource?: true;
  /** Who said what when nobody could tell. */
  readonly answers?: readonly Answer[];
}

export interface ProbeState {
  readonly latest?: Reading;
  /** Missing readings in a row. */
  readonly missing: number;
  readonly failing: boolean;
}

/** What a policy's readings add up to. */
export interface Track {
  readonly suffering: Count;
  readonly idle: Count;
  /** Readings without a breach: when it is due, the episode is over. */
  readonly calm: Count;
  /** The latest counted reading. */
  readonly value?: number;
}

export const NO_TRACK: Track = { suffering: NO_COUNT, idle: NO_COUNT, calm: NO_COUNT };

/** What was last recorded of each policy, so that it is recorded again only when it changes. */
export interface Said {
  readonly verdicts: Readonly<Record<string, { verdict: Verdict; reason: string }>>;
  readonly held: Readonly<Record<string, { verdict: Ask; gate: string }>>;
  readonly wouldAsk: Readonly<Record<string, { verdict: Ask; at: Stamp }>>;
}

export const NOTHING_SAID: Said = { verdicts: {}, held: {}, wouldAsk: {} };

export const NO_ALERTS: Alerts = { n: 0, pending: [], said: {} };

export const INITIAL: State = {
  stays: [],
  trail: [],
  moves: [],
  failures: {},
  owed: [],
  alerts: NO_ALERTS,
  bars: {},
  lessons: {},
  inhibitors: {},
  probes: {},
  tracks: {},
  said: NOTHING_SAID,
  confValues: undefined,
};
