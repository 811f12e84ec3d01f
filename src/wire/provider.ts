/**
 * What a guest sends to its provider (DESIGN.md §12): JSON over HTTP, with a bearer token that says
 * which guest it is. A push is taken when the answer is 2xx with an empty body or a JSON object.
 */
import {
  count,
  filled,
  flag,
  listOf,
  matching,
  maybe,
  number,
  object,
  oneOf,
  openObject,
  parsed,
  text,
} from './shapes.ts';

export const PROVIDER_VERSION = 1;

/** Below the provider's address. */
export const READINGS_PATH = '/v1/vm/readings';

/** Below it too: where the guest is. */
export const VM_PATH = '/v1/vm';

/** In one push; what waits beyond it follows in the next. */
export const PUSHED_MAX = 500;
/** The longest text in a push, in characters. */
export const TEXT_MAX = 300;

/** POST /v1/vm/readings */
export interface ReadingsPush {
  readonly v: typeof PROVIDER_VERSION;
  readonly vm: string;
  /** A life of the daemon: `seq`, `n` and `dropped` begin anew with each. */
  readonly incarnation: string;
  /** Grows by one with each attempt: the state of the highest one is the latest. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds, as all times here. */
  readonly time: string;
  /** `event`: a reading among these crosses a bound that the guest was told to tell of at once. */
  readonly cause: 'period' | 'event';
  readonly state: GuestState;
  /** Those that the provider hasn't taken yet, oldest first. */
  readonly readings: readonly PushedReading[];
  /** Readings of this incarnation that will never come: too many waited, or their push was refused. */
  readonly dropped: number;
}

export type PushedReading = {
  /** Grows by one with each reading: what has the same number in the same incarnation is the same. */
  readonly n: number;
  readonly time: string;
  readonly probe: string;
  readonly unit: string;
  /** The bounds that it crosses: `> 90`. */
  readonly crossed?: readonly string[];
} & ({ readonly value: number } | { readonly missing: string });

export interface GuestState {
  readonly mode: 'active' | 'passive' | 'paused';
  readonly place: {
    readonly host?: string;
    readonly site?: string;
    readonly base?: boolean;
    readonly since?: string;
    /** Nobody could tell at the latest look. */
    readonly lost: boolean;
  };
  readonly policies: readonly { readonly name: string; readonly verdict: string }[];
  /** The first gate that holds what is asked for. */
  readonly held?: { readonly gate: string; readonly verdict: string; readonly left_ms?: number };
  readonly request?: {
    readonly id: string;
    readonly verdict: string;
    readonly from: string;
    readonly to: string;
    readonly phase: string;
  };
}

/** GET /v1/vm */
export interface VmAnswer {
  readonly name: string;
  readonly site: string;
  /** Null: only the site is known. */
  readonly host: string | null;
  /** RFC 3339, UTC. */
  readonly since?: string;
  readonly hosts?: readonly {
    readonly name: string;
    readonly base: boolean;
    readonly state: 'up' | 'draining' | 'down';
    readonly rank?: number;
    readonly free_mem_mb?: number;
    readonly load?: number;
  }[];
}

/** The answer in a body; undefined where it isn't one. What nobody knows yet is let through. */
export function parseVm(body: string): VmAnswer | undefined {
  const value = parsed(body);
  return isVm(value) ? (value as VmAnswer) : undefined;
}

/** The push in a body; undefined where it isn't one of this version, field by field. */
export function parseReadingsPush(body: string): ReadingsPush | undefined {
  const value = parsed(body);
  return isPush(value) ? (value as ReadingsPush) : undefined;
}

const words = text(TEXT_MAX);
const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** As many as a conf may hold. */
const POLICIES_MAX = 1000;

const STATE = object({
  mode: oneOf('active', 'passive', 'paused'),
  place: object({
    ...{
      host: maybe(words),
      site: maybe(words),
      base: maybe(flag),
      since: maybe(time),
      lost: flag,
    },
  }),
  policies: listOf(object({ name: words, verdict: words }), POLICIES_MAX),
  held: maybe(object({ gate: words, verdict: words, left_ms: maybe(number) })),
  request: maybe(object({ id: words, verdict: words, from: words, to: words, phase: words })),
});

const READING = {
  ...{ n: count, time, probe: words, unit: words },
  crossed: maybe(listOf(words, POLICIES_MAX)),
};
const present = object({ ...READING, value: number });
const missing = object({ ...READING, missing: words });

const isPush = object({
  ...{ v: oneOf(PROVIDER_VERSION), vm: words, incarnation: words, seq: count, time },
  ...{ cause: oneOf('period', 'event'), state: STATE, dropped: count },
  readings: listOf((value) => present(value) || missing(value), PUSHED_MAX),
});

/** Of one array. */
const HOSTS_MAX = 1000;
const name = filled(TEXT_MAX);
/** A provider may write it to the second. */
const moment = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);

const HOST = openObject({
  ...{ name, base: flag, state: oneOf('up', 'draining', 'down') },
  ...{ rank: maybe(number), free_mem_mb: maybe(number), load: maybe(number) },
});

const isVm = openObject({
  ...{ name, site: words, host: (value) => value === null || name(value) },
  ...{ since: maybe(moment), hosts: maybe(listOf(HOST, HOSTS_MAX)) },
});
