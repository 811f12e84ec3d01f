/** The fields of each entry, held against what a journal's line has: data of a file, field by field. */
import { isAnswers, isCarried, isRecord, isTexts } from './carried.ts';
import type { Entry, EntryType, EpisodeEnded, Progress } from './entries.ts';
import type { Ask, Outcome, Role, Verdict } from './words.ts';

/**
 * What a field may be; `?` for one that may be left out, a list of words for a closed set, with
 * `undefined` among them where it may be left out.
 */
type Kind = 'string' | 'number' | 'boolean' | 'texts' | 'ids' | 'answers' | 'object' | 'state';
type Shape = Readonly<Record<string, Kind | `${Kind}?` | readonly (string | undefined)[]>>;

const VERDICTS = ['stay', 'move', 'base', 'away', 'home'] satisfies Verdict[];
const ASKS = ['move', 'base', 'away', 'home'] satisfies Ask[];
const OUTCOMES = ['confirmed', 'failed', 'abandoned'] satisfies Outcome[];
const ROLES_OR_NONE = ['home', 'away', undefined] satisfies (Role | undefined)[];
const EPISODE_ENDS = ['recovered', 'policy gone'] satisfies EpisodeEnded['reason'][];
const PHASES = [
  'preflight-failed',
  'preparing',
  'prepared',
  'migrating',
  'attempted',
  'cancelling',
  'unconfirmed',
] satisfies Progress['phase'][];

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
  state: { state: 'state' },
  conf: { files: 'texts', values: 'object', afresh: 'texts?' },
  'reload-failed': { problems: 'texts' },
  place: { host: 'string', by: 'string' },
  'place-lost': { answers: 'answers' },
  'moved-by-other': { from: 'string', to: 'string' },
  verdict: { verdict: VERDICTS, ...GROUND },
  held: { verdict: ASKS, gate: 'string', ...GROUND },
  'would-ask': { verdict: ASKS, to: 'string', ...GROUND },
  intended: {
    request: 'string',
    verdict: ASKS,
    from: 'string',
    to: 'string',
    why: 'string?',
    force: 'boolean?',
    only: 'boolean?',
    losers: 'texts?',
    ...GROUND,
  },
  progress: {
    request: 'string',
    phase: PHASES,
    to: 'string',
    next: 'string?',
    ok: 'boolean?',
    text: 'string?',
    blackout_ms: 'number?',
    of_source: 'boolean?',
    using: 'string?',
    answers: 'answers?',
  },
  outcome: {
    request: 'string',
    outcome: OUTCOMES,
    host: 'string?',
    reason: 'string',
    took_ms: 'number',
    blackout_ms: 'number?',
    stopped: 'boolean?',
    after_move: 'boolean?',
  },
  'held-by-provider': { request: 'string', host: 'string', why: 'string', for_ms: 'number' },
  learned: {
    host: 'string',
    recovered: 'boolean',
    after_ms: 'number',
    policy: 'string',
  },
  'episode-ended': { policy: 'string', reason: EPISODE_ENDS },
  'job-began': { job: 'string', grade: 'string', queue: 'string?', role: ROLES_OR_NONE },
  'job-ended': {
    job: 'string',
    grade: 'string',
    ok: 'boolean',
    took_ms: 'number?',
    role: ROLES_OR_NONE,
  },
  cloned: { of: 'string', request: 'string', instance: 'string', host: 'string', home: 'string' },
  'handed-over': { request: 'string', instance: 'string', from: 'string', to: 'string' },
  'taken-back': { request: 'string', host: 'string', reason: 'string' },
  'results-waiting': { queue: 'string', since_ms: 'number', reason: 'string' },
  'result-refused': { queue: 'string', job: 'string', file: 'string', reason: 'string' },
  'after-move': { request: 'string', ok: 'boolean', text: 'string' },
  alert: { n: 'number', about: 'string', text: 'string', slot: 'string', occurrence: 'string' },
  'alert-sent': { n: 'number', ok: 'boolean', text: 'string' },
  'spool-dropping': { dropped: 'number' },
  'spool-drained': {},
  'probe-failing': { probe: 'string', reason: 'string' },
  'probe-recovered': { probe: 'string' },
  'clock-step': { step_ms: 'number' },
  frozen: { frozen_ms: 'number' },
  identity: { ids: 'ids' },
  'identity-changed': { ids: 'ids', changed: 'texts' },
  paused: { why: 'string?', for_ms: 'number?', copy: 'boolean?' },
  'still-paused': { for_ms: 'number', left_ms: 'number?', why: 'string?' },
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
  if (typeof kind !== 'string') return kind.includes(value as string | undefined);
  if (value === undefined) return kind.endsWith('?');
  return CHECKS[kind.replace('?', '') as Kind](value);
}

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  ids: isTexts,
  answers: isAnswers,
  object: isRecord,
  state: isCarried,
};
