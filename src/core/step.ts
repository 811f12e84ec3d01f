/**
 * The pure heart: one event in, the next state and its effects out. The daemon, the simulator and
 * the tests call this same function. It reads no clock, no file, no random source.
 */
import { reminder } from './alerts.ts';
import { apply } from './apply.ts';
import { askByHand, judge, judgeByClock } from './ask.ts';
import { COPY_REMEDY, mayBeCopy, takeCloneHappening } from './clone.ts';
import type { Conf } from './conf.ts';
import type { Entry } from './entries.ts';
import type { Effect, Event } from './events.ts';
import { identified } from './identity.ts';
import { jobBegan, jobEnded } from './jobs.ts';
import { noteEnd } from './learning.ts';
import {
  attempted,
  cancel,
  closeOpen,
  located,
  preflighted,
  prepared,
  reconcile,
  resolve,
} from './requests.ts';
import { INITIAL, type State } from './state.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { counts, withReading } from './tracks.ts';
import { Turn } from './turn.ts';
import { isPresent, type Reading } from './words.ts';

export interface Stepped {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export function step(state: State, event: Event, conf: Conf): Stepped {
  const turn = new Turn(state, conf, event.at);
  endPause(turn);
  remindOfPause(turn);
  take(turn, event);
  const probe = countedProbe(turn, event);
  if (probe !== undefined) judge(turn, probe, event.newRequest);
  else if (!CARRIES_NOTHING.has(event.type)) judgeByClock(turn, event.newRequest);
  const due = reminder(turn);
  if (due) turn.alert(due);
  return { state: turn.state, effects: turn.effects };
}

/**
 * Events that closing time isn't offered after: a person's wish is answered by itself, a daemon that
 * ends begins nothing, and after a start or a reload the conf that asks is to be in the journal first.
 * What the tenant's own programs say isn't a reason to ask them once more at once.
 */
const CARRIES_NOTHING: ReadonlySet<Event['type']> = new Set([
  ...(['ask', 'cancel', 'resolve', 'ending', 'began', 'cloned'] as const),
  ...(['hold-told', 'prepared', 'after-move-ended'] as const),
]);

/** The probe of a reading that counts. */
function countedProbe(turn: Turn, event: Event): string | undefined {
  if (event.type !== 'reading' || !isPresent(event.reading)) return undefined;
  return counts(turn.state, turn.conf, turn.at) ? event.reading.probe : undefined;
}

function take(turn: Turn, event: Event): void {
  switch (event.type) {
    case 'reading':
      return takeReading(turn, event.reading);
    case 'hold-told':
      return judge(turn, event.probe, event.newRequest, event.told);
    case 'ask':
      return askByHand(turn, event, event.newRequest);
    case 'preflighted':
      return preflighted(turn, event);
    case 'prepared':
      return prepared(turn, event);
    case 'after-move-ended':
      return turn.record({
        ...{ type: 'after-move', request: event.request },
        ...{ ok: event.ok, text: event.text },
      });
    case 'alerted':
      return turn.record({ type: 'alert-sent', n: event.n, ok: event.ok, text: event.text });
    case 'attempted':
      return attempted(turn, event);
    case 'located':
      return located(turn, event);
    case 'resolve':
      return resolve(turn, event.request, event.host);
    case 'cancel':
      return cancel(turn, event.request);
    case 'cloned':
    case 'handed-over':
    case 'taken-back':
      return takeCloneHappening(turn, event, closeOpen(turn));
    case 'began':
      turn.record({ type: 'started', version: event.version });
      return reconcile(turn);
    case 'ending':
      return turn.record({ type: 'stopped', reason: event.reason });
    case 'loaded':
      return takeConf(turn, event);
    case 'not-reloaded':
      return turn.record({ type: 'reload-failed', problems: event.problems });
    default:
      return takeSwitch(turn, event);
  }
}

/** What people, workers and clocks turn on and off. */
function takeSwitch(turn: Turn, event: Switch): void {
  switch (event.type) {
    case 'pause':
      // Whose time is over would act.
      if (mayBeCopy(turn.state)) return turn.refuse('wrong', `it rests already: ${COPY_REMEDY}`);
      return turn.record({
        type: 'paused',
        ...(event.why === undefined ? {} : { why: event.why }),
        ...(event.forMs === undefined ? {} : { for_ms: event.forMs }),
      });
    case 'resume':
      return resume(turn);
    case 'inhibit':
      return turn.record({ type: 'inhibited', id: event.id, why: event.why });
    case 'release':
      return turn.record({ type: 'released', id: event.id });
    case 'spool-dropping':
      return turn.record({ type: 'spool-dropping', dropped: event.dropped });
    case 'spool-drained':
      return turn.record({ type: 'spool-drained' });
    case 'clear-bar':
      return clearBar(turn, event.host);
    case 'job-began':
      return jobBegan(turn, event);
    case 'job-ended':
      return jobEnded(turn, event);
    case 'results-waiting': {
      const { type, queue, since_ms, reason } = event;
      return turn.record({ type, queue, since_ms, reason });
    }
    case 'result-refused': {
      const { type, queue, job, file, reason } = event;
      return turn.record({ type, queue, job, file, reason });
    }
    case 'clock-stepped':
      return turn.record({ type: 'clock-step', step_ms: event.stepMs });
    case 'thawed':
      return turn.record({ type: 'frozen', frozen_ms: event.frozenMs });
    case 'identified':
      return identified(turn, event.ids);
    case 'tick':
      return;
  }
}

type Switch = Extract<
  Event,
  {
    type:
      | 'pause'
      | 'resume'
      | 'inhibit'
      | 'release'
      | 'clear-bar'
      | 'job-began'
      | 'job-ended'
      | 'results-waiting'
      | 'result-refused'
      | 'clock-stepped'
      | 'thawed'
      | 'identified'
      | 'tick'
      | 'spool-dropping'
      | 'spool-drained';
  }
>;

function takeReading(turn: Turn, reading: Reading): void {
  turn.state = withReading(turn.state, reading, turn.conf);
  noteEnd(turn);
  noteFailing(turn, reading);
}

/** Reported once when it begins to fail for good, and once when it recovers. */
function noteFailing(turn: Turn, reading: Reading): void {
  const probe = turn.state.probes[reading.probe];
  const rule = turn.conf.probes[reading.probe];
  if (!probe || !rule) return;
  if (isPresent(reading)) {
    if (probe.failing) turn.record({ type: 'probe-recovered', probe: reading.probe });
  } else if (!probe.failing && probe.missing >= rule.maxErrors) {
    turn.record({ type: 'probe-failing', probe: reading.probe, reason: reading.missing });
  }
}

function endPause(turn: Turn): void {
  const { paused } = turn.state;
  if (paused?.forMs === undefined || elapsedMs(paused.at, turn.at) < paused.forMs) return;
  turn.record({ type: 'resumed', why: 'the time of the pause is over' });
}

const DAY_MS = 86_400_000;

/** A guest that was paused and forgotten is told of in the log, each day that has passed. */
function remindOfPause(turn: Turn): void {
  const { paused } = turn.state;
  if (!paused) return;
  const { why, forMs: spanMs } = paused;
  const lastedMs = elapsedMs(paused.at, turn.at);
  const days = (ms: number) => Math.floor(ms / DAY_MS);
  if (days(lastedMs) <= days(paused.remindedMs ?? 0)) return;
  turn.record({
    ...{ type: 'still-paused', for_ms: lastedMs },
    ...(spanMs === undefined ? {} : { left_ms: spanMs - lastedMs }),
    ...(why === undefined ? {} : { why }),
  });
}

function resume(turn: Turn): void {
  if (turn.state.paused) return turn.record({ type: 'resumed' });
  if (turn.conf.constraints.mode === 'passive') {
    return turn.refuse('wrong', 'mode = passive: set [constraints] mode = active and reload');
  }
  turn.refuse('wrong', 'not paused');
}

function clearBar(turn: Turn, host: string): void {
  if (turn.state.bars[host]) return turn.record({ type: 'bar-cleared', host });
  turn.refuse('wrong', `${host} is not barred`);
}

function takeConf(turn: Turn, { files, values, afresh }: Event & { type: 'loaded' }): void {
  turn.record({ type: 'conf', files, values, ...(afresh.length === 0 ? {} : { afresh }) });
}

/** What is stored: an entry with its moment, or a reading. */
export type Stored = { readonly entry: Entry; readonly at: Stamp } | { readonly reading: Reading };

/** The state that the stored entries and readings make, in their order. */
export function restore(stored: Iterable<Stored>, conf: Conf): State {
  let state = INITIAL;
  for (const item of stored) {
    state =
      'reading' in item
        ? withReading(state, item.reading, conf)
        : apply(state, item.entry, item.at);
  }
  return state;
}
