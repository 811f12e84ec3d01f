/** Metrics of what is asked for: the gates, requests and their outcomes, moves and what they took. */
import { GATE_NAMES } from '../../core/gates.ts';
import type { Ask, Outcome } from '../../core/words.ts';
import { eachWord, single } from '../../system/metrics/metric.ts';
import { hostReports } from '../reports.ts';
import { type Metric, type Scrape, seconds, timestamp } from './metric.ts';
import type { Counted } from './totals.ts';

const ASKS = ['move', 'base', 'away', 'home'] as const satisfies readonly Ask[];
const OUTCOMES = ['confirmed', 'failed', 'abandoned'] as const satisfies readonly Outcome[];
const PHASES = ['preflight', 'preparing', 'migrating', 'locating', 'unconfirmed'] as const;

export const MOVES: readonly Metric[] = [
  {
    name: 'vmmanage_gate_held',
    type: 'gauge',
    help: '1 for the first gate that holds what the policies ask for now; 0 for all others.',
    labels: ['gate'],
    read: ({ status }) => eachWord('gate', GATE_NAMES, (gate) => gate === status.held?.gate),
  },
  {
    name: 'vmmanage_gate_holds_total',
    type: 'counter',
    help: 'How often the gate began to hold what a policy asks for.',
    labels: ['gate'],
    read: ({ totals }) => eachWord('gate', GATE_NAMES, (gate) => totals.of('held', gate)),
  },
  {
    name: 'vmmanage_host_barred',
    type: 'gauge',
    help: '1 while the host is left alone since a preflight or a move to it failed.',
    labels: ['host', 'site'],
    read: ({ sight }) =>
      hostReports(sight).map(({ host, site, barred }) => ({
        labels: { host, site },
        value: Number(barred !== undefined),
      })),
  },
  {
    name: 'vmmanage_requests_total',
    type: 'counter',
    help: 'Requests that were made, by verdict.',
    labels: ['verdict'],
    read: ({ totals }) => eachWord('verdict', ASKS, (verdict) => totals.of('requests', verdict)),
  },
  {
    name: 'vmmanage_would_ask_total',
    type: 'counter',
    help: 'Requests that a passive or paused daemon would have made, by verdict.',
    labels: ['verdict'],
    read: ({ totals }) => eachWord('verdict', ASKS, (verdict) => totals.of('would ask', verdict)),
  },
  {
    name: 'vmmanage_request_phase',
    type: 'gauge',
    help: '1 for the phase of the open request, 0 for the others and while none is open.',
    labels: ['phase'],
    read: ({ status }) => eachWord('phase', PHASES, (phase) => phase === status.request?.phase),
  },
  {
    name: 'vmmanage_outcomes_total',
    type: 'counter',
    help: 'Requests that ended, by verdict and outcome.',
    labels: ['verdict', 'outcome'],
    read: (scrape) => eachOutcome(scrape, 'outcomes', (n) => n),
  },
  {
    name: 'vmmanage_outcomes_took_seconds_total',
    type: 'counter',
    help: 'The time from each request to its outcome, added up.',
    labels: ['verdict', 'outcome'],
    read: (scrape) => eachOutcome(scrape, 'took ms', seconds),
  },
  {
    name: 'vmmanage_moves_total',
    type: 'counter',
    help: 'Arrivals elsewhere: by a request of the guest, or moved by others.',
    labels: ['by'],
    read: ({ totals }) => eachWord('by', ['guest', 'others'], (by) => totals.of('moves', by)),
  },
  {
    name: 'vmmanage_recent_moves',
    type: 'gauge',
    help: "Moves within the move limit's span; within 24 h where there is no limit.",
    read: ({ status }) => single(status.moves.n),
  },
  {
    name: 'vmmanage_move_limit',
    type: 'gauge',
    help: 'How many moves the limit allows within its span ([constraints] max_moves).',
    read: ({ status }) => single(status.moves.limit),
  },
  {
    name: 'vmmanage_blackouts_total',
    type: 'counter',
    help: 'Outcomes for which the guest measured how long it stood still.',
    read: ({ totals }) => single(totals.of('blackouts')),
  },
  {
    name: 'vmmanage_blackout_seconds_total',
    type: 'counter',
    help: 'How long the guest stood still for these, added up.',
    read: ({ totals }) => single(seconds(totals.of('blackout ms'))),
  },
  {
    name: 'vmmanage_last_move_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest request of the guest that was confirmed ended.',
    read: ({ status }) => single(timestamp(status.last_move?.ended)),
  },
  {
    name: 'vmmanage_last_move_took_seconds',
    type: 'gauge',
    help: 'How long that one took from the request to its outcome.',
    read: ({ status: { last_move } }) => single(last_move && seconds(last_move.took_ms)),
  },
  {
    name: 'vmmanage_last_move_blackout_seconds',
    type: 'gauge',
    help: 'How long the guest stood still for it; absent where that is not known.',
    read: ({ status: { last_move: last } }) =>
      single(last?.blackout_ms === undefined ? undefined : seconds(last.blackout_ms)),
  },
];

function eachOutcome({ totals }: Scrape, what: Counted, shown: (n: number) => number) {
  return ASKS.flatMap((verdict) =>
    OUTCOMES.map((outcome) => ({
      labels: { verdict, outcome },
      value: shown(totals.of(what, verdict, outcome)),
    })),
  );
}
