/**
 * What a new journal file begins with, so that older ones may go: everything of the state that
 * follows from entries alone. It is read back as strictly as any other data.
 */
import type { HandOver } from './clone.ts';
import type { Answer } from './sighting.ts';
import { type Lesson, NO_ALERTS, type ProviderHold, type State, type Stay } from './state.ts';
import type { Stamp } from './time.ts';
import { GRADES_MAX, IN_HAND_MAX, RECORDS_MAX } from './work.ts';

const CARRIED = [
  'place',
  'lost',
  'arrival',
  'trail',
  'request',
  'moves',
  'failures',
  'episode',
  'owed',
  'alerts',
  'passive',
  'bars',
  'lessons',
  'stays',
  'paused',
  'inhibitors',
  'providerHold',
  'confValues',
  'work',
  'identity',
  'handedOver',
  'origin',
] as const;

/** What a version before this one didn't carry is empty where it isn't there. */
const NEWER = {
  trail: [],
  failures: {},
  owed: [],
  alerts: NO_ALERTS,
  lessons: {},
  stays: [],
  inhibitors: {},
  confValues: undefined,
} satisfies Partial<State>;

type Newer = keyof typeof NEWER;

export type Carried = Omit<Pick<State, (typeof CARRIED)[number]>, Newer> &
  Partial<Pick<State, Newer>>;

export function carry(state: State): Carried {
  const known = CARRIED.filter((key) => state[key] !== undefined);
  return Object.fromEntries(known.map((key) => [key, state[key]])) as unknown as Carried;
}

/** The state with all of this taken from `carried`; what it doesn't hold is not the case. */
export function withCarried(state: State, carried: Carried): State {
  const { probes, tracks, said } = state;
  return { ...NEWER, ...carried, probes, tracks, said };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const number: Check = (value) => Number.isFinite(value);
const flag: Check = (value) => value === true;
const yesNo: Check = (value) => typeof value === 'boolean';

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields; `optional` ones may be left out. */
function object(fields: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value) =>
    isRecord(value) &&
    Object.entries(fields).every(([name, check]) => check(value[name])) &&
    Object.entries(optional).every(
      ([name, check]) => value[name] === undefined || check(value[name]),
    );
}

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const atMost =
  (max: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(check);

const byName =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);

/** Name → text. */
export const isTexts: Check = byName(text);

const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);

const stamp: Check = object({ wallMs: number, boot: text, bootMs: number } satisfies Record<
  keyof Stamp,
  Check
>);

export const isAnswers = listOf(object({ who: text, says: text })) as (
  value: unknown,
) => value is readonly Answer[];

const request = object(
  {
    id: text,
    verdict: oneOf('move', 'base', 'away', 'home'),
    from: text,
    to: text,
    tried: listOf(text),
    at: stamp,
    reason: text,
    phase: oneOf('preflight', 'preparing', 'migrating', 'locating', 'unconfirmed'),
  },
  {
    policy: text,
    only: flag,
    force: flag,
    attempt: object({ ok: yesNo, text }),
    blackoutMs: number,
    cancelled: flag,
    held: flag,
    ofSource: flag,
    answers: isAnswers,
  },
);

const lesson = object({
  wallMs: number,
  recovered: yesNo,
  afterMs: number,
  policy: text,
} satisfies Record<keyof Lesson, Check>);

const stay = object({ host: text, fromMs: number, toMs: number } satisfies Record<
  keyof Stay,
  Check
>);

const leg = object(
  { from: text, to: text, at: stamp, by: oneOf('guest', 'others') },
  { further: flag },
);

const span: Check = (value) => number(value) && (value as number) >= 0;
const spans = atMost(RECORDS_MAX, span);

const work = object(
  {
    grades: atMost(GRADES_MAX, object({ grade: text, homeMs: spans, awayMs: spans })),
    tripsMs: spans,
  },
  {
    inHand: atMost(
      IN_HAND_MAX,
      object({ job: text, grade: text, at: stamp }, { queue: text, role: oneOf('home', 'away') }),
    ),
  },
);

const hookCall = object(
  {
    hook: oneOf('before_move', 'after_move'),
    request: text,
    verdict: oneOf('move', 'base', 'away', 'home'),
    from: text,
    to: text,
    reason: text,
  },
  {
    policy: text,
    outcome: oneOf('confirmed', 'failed', 'abandoned'),
    host: text,
    outcomeReason: text,
  },
);

const alerts = object(
  {
    n: count,
    pending: listOf(object({ n: count, about: text, text, at: stamp })),
    said: byName(text),
  },
  { last: object({ at: stamp, about: text, ok: yesNo, text }) },
);

export const isCarried = object(
  { moves: listOf(stamp), bars: byName(object({ at: stamp, n: count, reason: text })) },
  {
    place: object({ host: text, since: stamp }),
    lost: isAnswers,
    arrival: object({ at: stamp }),
    trail: listOf(leg),
    owed: listOf(hookCall),
    alerts,
    passive: object({ at: stamp }),
    request,
    failures: byName(object({ n: count, at: stamp })),
    episode: object({
      policy: text,
      moves: count,
      arrivals: listOf(object({ host: text, at: stamp })),
    }),
    lessons: byName(listOf(lesson)),
    stays: listOf(stay),
    paused: object({ at: stamp }, { why: text, forMs: number, copy: flag, remindedMs: number }),
    inhibitors: byName(text),
    providerHold: object({ at: stamp, host: text, why: text, forMs: number } satisfies Record<
      keyof ProviderHold,
      Check
    >),
    confValues: byName(byName(text)),
    work,
    identity: isTexts,
    handedOver: object({
      request: text,
      instance: text,
      from: text,
      to: text,
      at: stamp,
    } satisfies Record<keyof HandOver, Check>),
    origin: object({ request: text, instance: text, host: text, home: text }, { over: flag }),
  },
) as (value: unknown) => value is Carried;
