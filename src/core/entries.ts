/**
 * What the journal holds: everything that was decided or happened, but the readings. The state is
 * what these entries make of it (apply.ts), so an entry is written before anything is done.
 * Entries are data that goes to a file as it is: names are in snake case and end in their unit.
 */
import type { Answer } from './sighting.ts';
import type { Ask, Outcome, Verdict } from './words.ts';

export type EntryType = Entry['type'];

export type Entry =
  | { readonly type: 'started'; readonly version: string }
  | { readonly type: 'stopped'; readonly reason: string }
  | { readonly type: 'conf'; readonly files: readonly string[]; readonly values: ConfValues }
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
  | { readonly type: 'probe-failing'; readonly probe: string; readonly reason: string }
  | { readonly type: 'probe-recovered'; readonly probe: string }
  | { readonly type: 'clock-step'; readonly step_ms: number }
  | { readonly type: 'frozen'; readonly frozen_ms: number }
  | { readonly type: 'paused'; readonly why?: string; readonly for_ms?: number }
  | { readonly type: 'resumed'; readonly why?: string }
  | { readonly type: 'inhibited'; readonly id: string; readonly why: string }
  | { readonly type: 'released'; readonly id: string }
  | { readonly type: 'bar-cleared'; readonly host: string };

/** Section → key → value, secrets left out. */
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
 * - `migrating`: the migrator is asked now.
 * - `attempted`: its attempt ended; `ok` is what it said of itself.
 * - `cancelling`: a person asked to stop.
 * - `unconfirmed`: nobody can say where the guest is.
 */
export interface Progress {
  readonly type: 'progress';
  readonly request: string;
  readonly phase: 'preflight-failed' | 'migrating' | 'attempted' | 'cancelling' | 'unconfirmed';
  readonly to: string;
  readonly next?: string;
  readonly ok?: boolean;
  readonly text?: string;
  readonly blackout_ms?: number;
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
  /** When it was learned, on a line that carries it into a new file of the journal. */
  readonly at_ms?: number;
}

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'object';
type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

const GROUND = {
  policy: 'string?',
  reason: 'string',
  value: 'number?',
  threshold: 'number?',
  tarry: 'string?',
} as const;

/** The fields of each type; what reads a journal checks a line against this. */
const SHAPES = {
  started: { version: 'string' },
  stopped: { reason: 'string' },
  conf: { files: 'list', values: 'object' },
  'reload-failed': { problems: 'list' },
  place: { host: 'string', by: 'string' },
  'place-lost': { answers: 'list' },
  'moved-by-other': { from: 'string', to: 'string' },
  verdict: { verdict: 'string', ...GROUND },
  held: { verdict: 'string', gate: 'string', ...GROUND },
  'would-ask': { verdict: 'string', to: 'string', ...GROUND },
  intended: {
    request: 'string',
    verdict: 'string',
    from: 'string',
    to: 'string',
    why: 'string?',
    force: 'boolean?',
    only: 'boolean?',
    losers: 'list?',
    ...GROUND,
  },
  progress: {
    request: 'string',
    phase: 'string',
    to: 'string',
    next: 'string?',
    ok: 'boolean?',
    text: 'string?',
    blackout_ms: 'number?',
    answers: 'list?',
  },
  outcome: {
    request: 'string',
    outcome: 'string',
    host: 'string?',
    reason: 'string',
    took_ms: 'number',
    blackout_ms: 'number?',
  },
  learned: {
    host: 'string',
    recovered: 'boolean',
    after_ms: 'number',
    policy: 'string',
    at_ms: 'number?',
  },
  'probe-failing': { probe: 'string', reason: 'string' },
  'probe-recovered': { probe: 'string' },
  'clock-step': { step_ms: 'number' },
  frozen: { frozen_ms: 'number' },
  paused: { why: 'string?', for_ms: 'number?' },
  resumed: { why: 'string?' },
  inhibited: { id: 'string', why: 'string' },
  released: { id: 'string' },
  'bar-cleared': { host: 'string' },
} as const satisfies Record<EntryType, Shape>;

/** Whether a parsed journal line is an entry that this version knows, field by field. */
export function isEntry(value: object): value is Entry {
  const record = value as Readonly<Record<string, unknown>>;
  const type = record['type'];
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) return false;
  const shape: Shape = SHAPES[type as EntryType];
  return Object.entries(shape).every(([name, kind]) => fits(record[name], kind));
}

function fits(value: unknown, kind: Shape[string]): boolean {
  if (value === undefined) return kind.endsWith('?');
  switch (kind.replace('?', '')) {
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === kind.replace('?', '');
  }
}
