/**
 * What crosses the two control sockets: HTTP and JSON under /v1. `look` answers the GETs, `act`
 * the POSTs as well. Times are RFC 3339 UTC, spans end in their unit.
 */

export const LOOK_SOCKET = 'look.sock';
export const ACT_SOCKET = 'act.sock';

/** GET /v1/status */
export interface StatusReport {
  readonly version: string;
  readonly vm: string;
  readonly pid: number;
  readonly now: string;
  readonly mode: 'active' | 'passive' | 'paused';
  readonly paused?: {
    readonly since: string;
    readonly why?: string;
    /** Absent: until somebody resumes. */
    readonly left_ms?: number;
  };
  readonly conf: {
    readonly files: readonly string[];
    readonly loaded: string;
    /** What was wrong at the last reload that failed; the conf before it still runs. */
    readonly problems: readonly string[];
  };
  /** Why nothing can be asked for at all: the journal can't be written. */
  readonly trouble?: string;
  /** Programs and people that keep a move from beginning. */
  readonly inhibited: readonly string[];
  readonly place: PlaceReport;
  /** `move`s and `away`s within the limit's span; no limit: only the count in 24 h. */
  readonly moves: { readonly n: number; readonly limit?: number; readonly span_ms: number };
  readonly last_move?: PastRequest;
  readonly probes: readonly ProbeReport[];
  readonly policies: readonly PolicyReport[];
  /** What is asked for now and the first gate that holds it. */
  readonly held?: GateReport & { readonly verdict: string; readonly policy?: string };
  /** Where a move would go now, and the hosts that can't be taken. */
  readonly next: { readonly to?: string; readonly why?: string; readonly at?: string };
  readonly bars: readonly HostReport[];
  readonly request?: RequestReport;
  /** Absent where the conf names no sink. */
  readonly sink?: SinkReport;
  /** Absent where the conf has no provider. */
  readonly provider?: ProviderReport;
  /** While passive or paused: what would have been asked for. */
  readonly shadow?: ShadowReport;
  /** The latest alert that was sent, or couldn't be. */
  readonly alert?: AlertReport;
  /** Said once about parts that aren't what they seem: `local` moves nothing. */
  readonly cautions: readonly string[];
}

export interface PlaceReport {
  readonly host?: string;
  readonly site?: string;
  readonly base?: boolean;
  readonly since?: string;
  /** When somebody was last asked, and who said what. */
  readonly looked?: string;
  readonly answers: readonly { readonly who: string; readonly says: string }[];
  readonly locators: readonly LocatorReport[];
  /** Nobody could tell at the latest look. */
  readonly lost: boolean;
}

/** What one locator said at the latest look. */
export interface LocatorReport {
  readonly name: string;
  /** Whom it asks: `the hosts`; absent where it is itself. */
  readonly asks?: string;
  /** Otherwise its word only warns. */
  readonly decides: boolean;
  /** It only warns, and says another place than those that decide. */
  readonly contradicts: boolean;
  /** `xen1`, `moving to xen2`, `in oslo` (which host it can't tell) or `unknown`. */
  readonly word: string;
  readonly looked: string;
  /** Where it doesn't know now: what it knew last. */
  readonly known?: { readonly word: string; readonly looked: string };
  readonly answers: readonly { readonly who: string; readonly says: string }[];
}

export interface ProbeReport {
  readonly name: string;
  readonly kind: string;
  readonly unit: string;
  readonly interval_ms: number;
  /** The latest reading; absent before the first. */
  readonly time?: string;
  readonly value?: number;
  readonly missing?: string;
  readonly failing: boolean;
  /** It isn't read now: its policies rest, and want no readings then. */
  readonly resting?: boolean;
}

export interface PolicyReport {
  readonly name: string;
  readonly kind: string;
  readonly probe: string;
  readonly verdict: string;
  readonly reason: string;
  readonly suffering: StandingReport;
  readonly idle?: StandingReport;
  /** Only of a policy that has working hours. */
  readonly hours?: HoursReport;
}

export interface HoursReport {
  readonly inside: boolean;
  /** When that changes; absent: neither this year nor the next. */
  readonly until?: string;
  /** In which zone the hours are meant. */
  readonly zone: string;
  readonly off_hours: string;
}

export interface StandingReport {
  /** As in the conf: `> 50 for 3`. */
  readonly condition: string;
  readonly progress: string;
  readonly due: boolean;
}

export interface GateReport {
  readonly gate: string;
  /** Absent: it is open. */
  readonly reason?: string;
  readonly left_ms?: number;
  readonly change?: string;
  /** What a span that has grown is made of: `5m×2×2`. */
  readonly made?: string;
  /** Where its option comes from: `default`, or `FILE:LINE`. */
  readonly origin?: string;
}

export interface HostReport {
  readonly host: string;
  readonly site: string;
  readonly base: boolean;
  readonly here: boolean;
  readonly barred?: { readonly left_ms: number; readonly reason: string };
  /** Why a plain move can't go there now, whatever the reason. */
  readonly against?: string;
  /** What this guest has seen there after arriving; absent where it has seen nothing yet. */
  readonly learned?: LearnedReport;
}

export interface LearnedReport {
  /** Arrivals after which the service recovered, of those that are remembered. */
  readonly helped: number;
  readonly of: number;
  readonly last_age_ms: number;
  readonly last_recovered: boolean;
  /** From that arrival to its recovery, or to the request for the next move. */
  readonly last_after_ms: number;
  /** From -1 to 1, by which `order = learned` sorts; absent: it has faded, as good as unknown. */
  readonly score?: number;
}

export interface RequestReport {
  readonly id: string;
  readonly verdict: string;
  readonly policy?: string;
  readonly from: string;
  readonly to: string;
  readonly phase: string;
  readonly since: string;
  readonly answers: readonly { readonly who: string; readonly says: string }[];
  /** How far it is, where the migrator tells. */
  readonly progress?: string;
  /** When the guest is looked for again. */
  readonly next_look?: string;
  /** What a person can do about it. */
  readonly do?: string;
}

export interface ShadowReport {
  readonly since: string;
  readonly would_move: number;
  /** Of these: the indicator recovered by itself before a move could have helped. */
  readonly without_need: number;
  /** The latest of them. */
  readonly asks: readonly {
    readonly time: string;
    readonly verdict: string;
    readonly policy?: string;
    readonly to: string;
    readonly reason: string;
    /** `needed`, `without need`, `open` (not known yet) or `not judged` (base and home). */
    readonly need: string;
  }[];
}

export interface AlertReport {
  readonly time: string;
  readonly about: string;
  readonly sent: boolean;
  /** Which ways it went, or what went wrong. */
  readonly text: string;
}

export interface SinkReport {
  /** The one in use; where none is connected, the first of the conf. */
  readonly url: string;
  /** The first of the conf, where another is in use. */
  readonly instead_of?: string;
  readonly connected: boolean;
  readonly queued: number;
  readonly dropped: number;
  /** What is wrong with the connection. */
  readonly error?: string;
  /** Why what waits may be lost: a spool that fails, or that goes with this machine. */
  readonly spool?: string;
}

/** Who takes the guest's readings. */
export interface ProviderReport {
  readonly url: string;
  /** Taken since the daemon began. */
  readonly pushes: number;
  /** Readings that wait for the next push. */
  readonly waiting: number;
  readonly dropped: number;
  /** Why the last push wasn't taken. */
  readonly error?: string;
}

/** A request that ended. */
export interface PastRequest {
  readonly id: string;
  readonly time: string;
  readonly verdict: string;
  readonly policy?: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly outcome: string;
  readonly ended: string;
  readonly host?: string;
  readonly took_ms: number;
  readonly blackout_ms?: number;
  readonly why_ended: string;
}

/** GET /v1/explain */
export interface ExplainReport {
  readonly now: string;
  readonly vm: string;
  /** One sentence: `Not moving: cooldown 14m09s left`. */
  readonly summary: string;
  readonly readings: readonly {
    readonly probe: string;
    readonly unit: string;
    readonly latest: readonly {
      readonly time: string;
      readonly value?: number;
      readonly missing?: string;
    }[];
  }[];
  readonly policies: readonly PolicyReport[];
  /** Which policy's verdict counts, and why the others lost. */
  readonly winner?: { readonly policy: string; readonly verdict: string; readonly reason: string };
  readonly losers: readonly {
    readonly policy: string;
    readonly verdict: string;
    readonly reason: string;
  }[];
  /** The verdict the gates were asked about; `hypothetical` when nobody asks for it now. */
  readonly asked: { readonly verdict: string; readonly hypothetical: boolean };
  readonly gates: readonly GateReport[];
  readonly targets: readonly {
    readonly host: string;
    readonly against?: string;
    /** With `order = learned`: `helped 2 of 3, last seen 4h ago`. */
    readonly learned?: string;
  }[];
  readonly order: string;
  readonly past: readonly PastRequest[];
  readonly request?: RequestReport;
  /** Of a past moment: what it can't be told for certain by. */
  readonly notes?: readonly string[];
  readonly shadow?: ShadowReport;
}

/** GET /v1/where: asks the locators now. */
export interface WhereReport {
  readonly now: string;
  readonly kind: 'at' | 'moving' | 'unknown';
  readonly host?: string;
  readonly site?: string;
  readonly answers: readonly { readonly who: string; readonly says: string }[];
  readonly locators: readonly LocatorReport[];
}

/** GET /v1/jobs */
export interface JobsReport {
  readonly now: string;
  /** Whether a worker is there to run them. */
  readonly worker: boolean;
  /** Whether a next job may begin: not while the guest is about to leave. */
  readonly may_begin: boolean;
  readonly queues: readonly QueueReport[];
}

export interface QueueReport {
  readonly name: string;
  readonly url: string;
  /** Why things don't go on. */
  readonly trouble?: string;
  /** The page that this guest works on. */
  readonly claimed?: {
    readonly since: string;
    readonly jobs: number;
    readonly done: number;
    /** Ended with a failure as their result. */
    readonly failed: number;
    /** Lines that are no jobs. */
    readonly set_aside: number;
    /** Of those that wait; none where no policy judges the queue. */
    readonly big: number;
  };
  readonly in_hand: readonly {
    readonly line: number;
    readonly id?: string;
    readonly grade: string;
    readonly key: string;
    readonly since?: string;
  }[];
  /** The page before. */
  readonly last?: {
    readonly time: string;
    readonly ok: number;
    readonly failed: number;
    readonly set_aside?: number;
  };
  /** What the big jobs that wait would take, by the guest's own records of each. */
  readonly estimate: {
    readonly home_ms?: number;
    readonly away_ms?: number;
    readonly move_ms?: number;
  };
}

/** POST /v1/move */
export interface MoveOrder {
  readonly verdict: 'move' | 'base' | 'away' | 'home';
  readonly host?: string;
  readonly force?: boolean;
  readonly why?: string;
}

/** POST /v1/move, 202. GET /v1/requests/ID gives the request, open or past. */
export interface MoveAnswer {
  readonly request: string;
  readonly from: string;
  readonly to: string;
}

export type RequestAnswer = { readonly open: RequestReport } | { readonly past: PastRequest };

/** POST /v1/cancel { request? } · /v1/resolve { request, host? } · /v1/clear-bar { host } */
export interface ResolveOrder {
  readonly request: string;
  /** Absent: abandoned, not knowing. */
  readonly host?: string;
}

/** POST /v1/pause { why?, for_ms? } · /v1/resume {} */
export interface PauseOrder {
  readonly why?: string;
  readonly for_ms?: number;
}

/**
 * POST /v1/inhibit { why }: the answer's head comes at once, its body ends with the connection;
 * no move begins for as long as the connection stays open.
 */
export interface InhibitOrder {
  readonly why: string;
}

/** POST /v1/reload: 200, or 422 with the conf's problems. */
export interface ReloadAnswer {
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/** Any 4xx. 409: held by a gate, try later. 422: it can't be. 400: not understood. */
export interface ErrorAnswer {
  readonly error: string;
  readonly change?: string;
  readonly problems?: readonly string[];
}
