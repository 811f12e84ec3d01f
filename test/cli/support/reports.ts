/** Reports of a daemon in the states that people meet, after the drawings in DESIGN.md §9. */
import { gateResults } from '../../../src/core/gates.ts';
import { INITIAL } from '../../../src/core/state.ts';
import type {
  ExplainReport,
  GateReport,
  HostReport,
  LocatorReport,
  PastRequest,
  RequestReport,
  StatusReport,
} from '../../../src/wire/control.ts';
import { makeConf } from '../../support/world.ts';

export const ID = '01JH8Z5V7Q3W9X2B4N6M8K0T1R';

export const LAST_MOVE: PastRequest = {
  id: '01JH8Z5V7Q3W9X2B4N6M8K0T1Q',
  time: '2009-05-13T01:03:40.000Z',
  verdict: 'move',
  policy: 'db',
  from: 'xen2',
  to: 'xen3',
  reason: 'suffering',
  outcome: 'confirmed',
  ended: '2009-05-13T01:04:11.000Z',
  host: 'xen3',
  took_ms: 31_000,
  blackout_ms: 4_100,
  why_ended: 'the guest is at xen3',
};

export const FAILED_MOVE: PastRequest = {
  ...LAST_MOVE,
  id: '01JH8Z5V7Q3W9X2B4N6M8K0T1P',
  time: '2009-05-12T20:14:02.000Z',
  from: 'xen1',
  to: 'xen2',
  outcome: 'failed',
  why_ended: 'still at xen1: Failed to populate physmap',
};

const BARRED: HostReport = {
  host: 'xen2',
  site: 'oslo',
  base: false,
  here: false,
  barred: { left_ms: 360_000, reason: 'no memory' },
  against: 'barred for 6m: no memory',
};

const AT = { wallMs: 0, boot: 'b', bootMs: 0 };

const COOLDOWN: GateReport = {
  gate: 'cooldown',
  reason: 'cooldown 14m09s left (doubled twice: the last 2 moves have not helped)',
  left_ms: 849_000,
  change: 'wait, or vmmanage move --force --why TEXT',
  made: '5m×2×2',
  origin: 'cooldown = 5m, default; cooldown_growth = 2, conf.d/20-limits.conf:3',
};

/** The hosts' word, 8 s old at the reports' moment. */
export const XL: LocatorReport = {
  ...{ name: 'xl', asks: 'the hosts', decides: true, contradicts: false, word: 'xen3' },
  looked: '2009-05-13T01:09:54.000Z',
  answers: [
    { who: 'xen2', says: 'no such domain' },
    { who: 'xen3', says: 'running' },
  ],
};

/** A file's word, older than the move. */
export const RACK: LocatorReport = {
  ...{ name: 'rack', decides: false, contradicts: true, word: 'xen2' },
  looked: '2009-05-13T01:09:59.000Z',
  answers: [{ who: '/run/rack', says: 'xen2, written 3h00m ago' }],
};

/** A cooldown holds a move that is due: the drawing's case. */
export const HELD: StatusReport = {
  version: '0.1.0',
  vm: 'db7',
  pid: 4711,
  now: '2009-05-13T01:10:02.000Z',
  mode: 'active',
  conf: {
    files: ['/etc/vmmanage/vmmanage.conf', '/etc/vmmanage/conf.d/20-limits.conf'],
    loaded: '2009-05-12T12:02:10.000Z',
    problems: [],
  },
  place: {
    host: 'xen3',
    site: 'oslo',
    base: false,
    since: '2009-05-13T01:04:11.000Z',
    looked: '2009-05-13T01:09:54.000Z',
    answers: [
      { who: 'xen2', says: 'no such domain' },
      { who: 'xen3', says: 'running' },
    ],
    locators: [XL],
    lost: false,
  },
  moves: { n: 4, limit: 6, span_ms: 86_400_000 },
  last_move: LAST_MOVE,
  probes: [
    {
      name: 'slow',
      kind: 'mysql',
      unit: '/min',
      interval_ms: 60_000,
      time: '2009-05-13T01:09:58.000Z',
      value: 76,
      failing: false,
    },
  ],
  policies: [
    {
      name: 'db',
      kind: 'base-aware',
      probe: 'slow',
      verdict: 'move',
      reason: 'suffering',
      suffering: { condition: '> 50 for 3', progress: '3 of 3', due: true },
      idle: { condition: '< 1 for 20', progress: '0 of 20', due: false },
    },
  ],
  held: { ...COOLDOWN, verdict: 'move', policy: 'db' },
  next: { to: 'xen1', why: 'listed after xen3', at: '2009-05-13T01:24:11.000Z' },
  bars: [BARRED],
  sink: { url: 'tcp://mainsyslog.example.org:31000', connected: true, queued: 0, dropped: 0 },
  alert: {
    ...{ time: '2009-05-13T01:05:00.000Z', about: 'all tried', sent: true, text: 'exec, url' },
  },
  inhibited: [],
  cautions: [],
};

const { held: _, alert: __, ...REST } = HELD;

/** The same guest a day on, with nothing to do. */
export const CONTENT: StatusReport = {
  ...REST,
  provider: { url: 'https://control.example.net/', pushes: 1, waiting: 2, dropped: 0 },
  next: {},
  bars: [],
  policies: HELD.policies.map((policy) => ({
    ...policy,
    verdict: 'stay',
    reason: 'content',
    suffering: { ...policy.suffering, progress: '0 of 3', due: false },
  })),
};

export const UNCONFIRMED: RequestReport = {
  id: ID,
  verdict: 'move',
  policy: 'db',
  from: 'xen2',
  to: 'xen3',
  phase: 'unconfirmed',
  since: '2009-05-13T00:56:02.000Z',
  answers: [
    { who: 'xen2', says: 'ssh time-out' },
    { who: 'xen3', says: 'no such domain' },
  ],
  next_look: '2009-05-13T01:10:42.000Z',
  do: `vmmanage resolve ${ID} --at HOST`,
};

export const BLOCKED: StatusReport = {
  ...CONTENT,
  place: {
    ...{ host: 'xen2', site: 'oslo', base: false, answers: UNCONFIRMED.answers, lost: true },
    locators: [{ ...XL, word: 'unknown', answers: UNCONFIRMED.answers }],
  },
  held: {
    gate: 'in flight',
    reason: `request ${ID} xen2→xen3 is unconfirmed`,
    change: `vmmanage resolve ${ID} --at HOST`,
    verdict: 'move',
    policy: 'db',
  },
  request: UNCONFIRMED,
};

/** A night at the base, with a window that opens in the morning. */
export const RESTING: StatusReport = {
  ...CONTENT,
  place: { ...HELD.place, host: 'xen9', base: true, answers: [{ who: 'xen9', says: 'running' }] },
  probes: HELD.probes.map((probe) => ({ ...probe, resting: true })),
  policies: CONTENT.policies.map((policy) => ({
    ...policy,
    kind: 'schedule-aware',
    reason: 'rests outside workhours',
    hours: {
      ...{ inside: false, until: '2009-05-13T05:30:00.000Z' },
      ...{ zone: 'Europe/Oslo', off_hours: 'rest' },
    },
  })),
};

/** Everything at once that can be wrong and still be told. */
export const TROUBLED: StatusReport = {
  ...CONTENT,
  mode: 'paused',
  paused: {
    since: '2009-05-13T00:10:00.000Z',
    why: 'restoring the database',
    left_ms: 5_400_000,
  },
  conf: {
    ...HELD.conf,
    problems: ['/etc/vmmanage/vmmanage.conf:12: [policy db] treshold: unknown key'],
  },
  place: { answers: [], locators: [], lost: true },
  moves: { n: 1, span_ms: 86_400_000 },
  probes: [
    ...HELD.probes.map(({ value: _value, ...probe }) => ({
      ...probe,
      missing: 'no server listens at /run/mysqld/mysqld.sock',
      failing: true,
    })),
    { name: 'spare', kind: 'mysql', unit: '', interval_ms: 60_000, failing: false },
  ],
  sink: {
    url: 'tcp://mainsyslog.example.org:31000',
    connected: false,
    queued: 12,
    dropped: 3,
    error: 'connect ECONNREFUSED 192.0.2.7:31000',
  },
  provider: {
    ...{ url: 'https://control.example.net/', pushes: 40, waiting: 12, dropped: 3 },
    error: 'ECONNREFUSED',
  },
  inhibited: [],
  cautions: ['local moves nothing: it only writes to a file where the guest would be'],
};

/** A guest that has only watched for two weeks, and the last alert. */
export const PASSIVE: StatusReport = {
  ...CONTENT,
  mode: 'passive',
  shadow: {
    since: '2009-04-29T01:10:02.000Z',
    would_move: 9,
    without_need: 4,
    asks: [
      {
        ...{ time: '2009-05-12T20:14:02.000Z', verdict: 'move', policy: 'db', to: 'xen1' },
        ...{ reason: 'suffering', need: 'without need' },
      },
      {
        ...{ time: '2009-05-13T01:05:02.000Z', verdict: 'move', policy: 'db', to: 'xen1' },
        ...{ reason: 'suffering', need: 'needed' },
      },
    ],
  },
  alert: {
    ...{ time: '2009-05-13T01:05:00.000Z', about: 'passive', sent: true, text: 'exec, url' },
  },
};

const ORIGINS: Readonly<Record<string, string>> = {
  paused: 'mode = active',
  settling: 'settle = 45s',
  retry: 'retry = 3m',
  'move limit': 'max_moves = 6/24h',
  quiet: 'quiet = off',
  'all tried': 'all_tried = rest',
  'provider disagrees': 'moved_back_rest = 24h',
};

/** Every gate that there is, in its order; only the cooldown holds. */
const GATES = gateResults({ verdict: 'move' }, INITIAL, makeConf(), AT).map(
  ({ gate }): GateReport => {
    if (gate === 'cooldown') return COOLDOWN;
    const origin = ORIGINS[gate];
    return { gate, ...(origin === undefined ? {} : { origin: `${origin}, default` }) };
  },
);

export const EXPLAINED: ExplainReport = {
  now: HELD.now,
  vm: 'db7',
  summary: 'Not moving: cooldown 14m09s left (doubled twice: the last 2 moves have not helped).',
  readings: [
    {
      probe: 'slow',
      unit: '/min',
      latest: [
        { time: '2009-05-13T01:04:58.000Z', missing: 'timed out' },
        { time: '2009-05-13T01:05:58.000Z', missing: 'timed out' },
        { time: '2009-05-13T01:06:58.000Z', value: 61 },
        { time: '2009-05-13T01:07:58.000Z', value: 70 },
        { time: '2009-05-13T01:08:58.000Z', value: 76 },
      ],
    },
  ],
  policies: HELD.policies,
  winner: { policy: 'db', verdict: 'move', reason: 'suffering' },
  losers: [],
  asked: { verdict: 'move', hypothetical: false },
  gates: GATES,
  targets: [
    { host: 'xen1' },
    { host: 'xen2', against: 'barred for 6m: Failed to populate physmap' },
  ],
  order: 'listed after xen3',
  past: [FAILED_MOVE, LAST_MOVE],
};

export const HOSTS: readonly HostReport[] = [
  { host: 'xen1', site: 'oslo', base: false, here: false },
  BARRED,
  { host: 'xen3', site: 'oslo', base: false, here: true, against: 'the guest is there' },
  { host: 'xen4', site: 'oslo', base: false, here: false, against: 'denied by deny' },
  { host: 'xen9', site: 'oslo', base: true, here: false, against: 'by --base only' },
];
