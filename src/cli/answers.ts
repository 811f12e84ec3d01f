/**
 * What the daemon may answer: the shapes of the control socket's messages (wire/control.ts). An
 * answer of another shape comes from another version, and isn't guessed at.
 */
import type {
  ErrorAnswer,
  ExplainReport,
  GateReport,
  HostReport,
  HoursReport,
  JobsReport,
  LocatorReport,
  MoveAnswer,
  PastRequest,
  PolicyReport,
  QueueReport,
  ReloadAnswer,
  RequestAnswer,
  RequestReport,
  ShadowReport,
  StandingReport,
  StatusReport,
  WhereReport,
} from '../wire/control.ts';
import { type Guard, guard, maybe, type ShapeOf } from './shape.ts';

const ANSWERS = [{ who: 'string', says: 'string' }] as const;

const LOCATOR = {
  name: 'string',
  asks: maybe('string'),
  decides: 'boolean',
  contradicts: 'boolean',
  word: 'string',
  looked: 'string',
  known: maybe({ word: 'string', looked: 'string' }),
  answers: ANSWERS,
} as const satisfies ShapeOf<LocatorReport>;

const GATE = {
  gate: 'string',
  reason: maybe('string'),
  left_ms: maybe('number'),
  change: maybe('string'),
  made: maybe('string'),
  origin: maybe('string'),
} as const satisfies ShapeOf<GateReport>;

const HOST = {
  host: 'string',
  site: 'string',
  base: 'boolean',
  here: 'boolean',
  barred: maybe({ left_ms: 'number', reason: 'string' }),
  against: maybe('string'),
  learned: maybe({
    helped: 'number',
    of: 'number',
    last_age_ms: 'number',
    last_recovered: 'boolean',
    last_after_ms: 'number',
    score: maybe('number'),
  }),
} as const satisfies ShapeOf<HostReport>;

const STANDING = {
  condition: 'string',
  progress: 'string',
  due: 'boolean',
} as const satisfies ShapeOf<StandingReport>;

const HOURS = {
  inside: 'boolean',
  until: maybe('string'),
  zone: 'string',
  off_hours: 'string',
} as const satisfies ShapeOf<HoursReport>;

const POLICY = {
  name: 'string',
  kind: 'string',
  probe: 'string',
  verdict: 'string',
  reason: 'string',
  suffering: STANDING,
  idle: maybe(STANDING),
  hours: maybe(HOURS),
} as const satisfies ShapeOf<PolicyReport>;

const REQUEST = {
  id: 'string',
  verdict: 'string',
  policy: maybe('string'),
  from: 'string',
  to: 'string',
  phase: 'string',
  since: 'string',
  answers: ANSWERS,
  progress: maybe('string'),
  next_look: maybe('string'),
  do: maybe('string'),
} as const satisfies ShapeOf<RequestReport>;

const PAST = {
  id: 'string',
  time: 'string',
  verdict: 'string',
  policy: maybe('string'),
  from: 'string',
  to: 'string',
  reason: 'string',
  outcome: 'string',
  ended: 'string',
  host: maybe('string'),
  took_ms: 'number',
  blackout_ms: maybe('number'),
  why_ended: 'string',
} as const satisfies ShapeOf<PastRequest>;

const SHADOW = {
  since: 'string',
  would_move: 'number',
  without_need: 'number',
  asks: [
    {
      ...{ time: 'string', verdict: 'string', to: 'string', reason: 'string', need: 'string' },
      policy: maybe('string'),
    },
  ],
} as const satisfies ShapeOf<ShadowReport>;

export const isStatus = guard<StatusReport>({
  version: 'string',
  vm: 'string',
  pid: 'number',
  now: 'string',
  mode: 'string',
  paused: maybe({ since: 'string', why: maybe('string'), left_ms: maybe('number') }),
  conf: { files: ['string'], loaded: 'string', problems: ['string'] },
  trouble: maybe('string'),
  inhibited: ['string'],
  place: {
    host: maybe('string'),
    site: maybe('string'),
    base: maybe('boolean'),
    since: maybe('string'),
    looked: maybe('string'),
    answers: ANSWERS,
    locators: [LOCATOR],
    lost: 'boolean',
  },
  moves: { n: 'number', limit: maybe('number'), span_ms: 'number' },
  last_move: maybe(PAST),
  probes: [
    {
      name: 'string',
      kind: 'string',
      unit: 'string',
      interval_ms: 'number',
      time: maybe('string'),
      value: maybe('number'),
      missing: maybe('string'),
      failing: 'boolean',
      resting: maybe('boolean'),
    },
  ],
  policies: [POLICY],
  held: maybe({ ...GATE, verdict: 'string', policy: maybe('string') }),
  next: { to: maybe('string'), why: maybe('string'), at: maybe('string') },
  bars: [HOST],
  request: maybe(REQUEST),
  sink: maybe({
    url: 'string',
    instead_of: maybe('string'),
    connected: 'boolean',
    queued: 'number',
    dropped: 'number',
    error: maybe('string'),
    spool: maybe('string'),
  }),
  provider: maybe({
    ...{ url: 'string', pushes: 'number', waiting: 'number', dropped: 'number' },
    error: maybe('string'),
  }),
  shadow: maybe(SHADOW),
  alert: maybe({ time: 'string', about: 'string', sent: 'boolean', text: 'string' }),
  cautions: ['string'],
});

export const isExplanation = guard<ExplainReport>({
  now: 'string',
  vm: 'string',
  summary: 'string',
  readings: [
    {
      probe: 'string',
      unit: 'string',
      latest: [{ time: 'string', value: maybe('number'), missing: maybe('string') }],
    },
  ],
  policies: [POLICY],
  winner: maybe({ policy: 'string', verdict: 'string', reason: 'string' }),
  losers: [{ policy: 'string', verdict: 'string', reason: 'string' }],
  asked: { verdict: 'string', hypothetical: 'boolean' },
  gates: [GATE],
  targets: [{ host: 'string', against: maybe('string'), learned: maybe('string') }],
  order: 'string',
  past: [PAST],
  request: maybe(REQUEST),
  notes: maybe(['string']),
  shadow: maybe(SHADOW),
});

/** GET /v1/hosts */
export interface HostsAnswer {
  readonly hosts: readonly HostReport[];
}

export const isHosts = guard<HostsAnswer>({ hosts: [HOST] });

export const isWhere = guard<WhereReport>({
  now: 'string',
  kind: 'string',
  host: maybe('string'),
  site: maybe('string'),
  answers: ANSWERS,
  locators: [LOCATOR],
});

const QUEUE = {
  name: 'string',
  url: 'string',
  trouble: maybe('string'),
  claimed: maybe({
    since: 'string',
    jobs: 'number',
    done: 'number',
    failed: 'number',
    set_aside: 'number',
    big: 'number',
  }),
  in_hand: [
    {
      line: 'number',
      id: maybe('string'),
      grade: 'string',
      key: 'string',
      since: maybe('string'),
    },
  ],
  last: maybe({ time: 'string', ok: 'number', failed: 'number', set_aside: maybe('number') }),
  estimate: { home_ms: maybe('number'), away_ms: maybe('number'), move_ms: maybe('number') },
} as const satisfies ShapeOf<QueueReport>;

export const isJobs = guard<JobsReport>({
  now: 'string',
  worker: 'boolean',
  may_begin: 'boolean',
  queues: [QUEUE],
});

export const isMove = guard<MoveAnswer>({ request: 'string', from: 'string', to: 'string' });

const isOpen = guard<{ readonly open: RequestReport }>({ open: REQUEST });
const isPast = guard<{ readonly past: PastRequest }>({ past: PAST });

export const isRequest: Guard<RequestAnswer> = (value) => isOpen(value) || isPast(value);

export const isReload = guard<ReloadAnswer>({ files: ['string'], warnings: ['string'] });

/** What acts and has nothing to tell. */
export const isDone = guard<object>({});

export const isError = guard<ErrorAnswer>({
  error: 'string',
  change: maybe('string'),
  problems: maybe(['string']),
});
