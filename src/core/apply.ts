/**
 * The state after one journal entry. `step` makes every change but the readings' this way, and a
 * start makes the state anew from the stored entries with the same function, so that what a
 * running daemon believes and what the journal says can't differ.
 */

import { withAlert, withSent } from './alerts.ts';
import { withCarried } from './carried.ts';
import type {
  ClonedFrom,
  Ended,
  Entry,
  Handed,
  Intended,
  Progress,
  ProviderHeld,
  TakenBack,
} from './entries.ts';
import { afterMove } from './hooks.ts';
import { withLesson } from './lessons.ts';
import { moveOf } from './moves.ts';
import { withStay } from './spending.ts';
import {
  type Episode,
  type Leg,
  NOTHING_SAID,
  type OpenRequest,
  type Said,
  type State,
} from './state.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { longer } from './trail.ts';
import { withJobBegun, withJobEnded, withTrip } from './work.ts';

export function apply(state: State, entry: Entry, at: Stamp): State {
  switch (entry.type) {
    case 'started':
      return { ...state, inhibitors: {} };
    case 'state':
      return withCarried(state, entry.state);
    case 'conf':
      return {
        ...withMode(state, entry, at),
        confValues: entry.values,
        tracks: omitAll(state.tracks, entry.afresh ?? []),
      };
    case 'place':
      return withPlace(without(state, 'lost'), entry.host, at);
    case 'place-lost':
      return { ...state, lost: entry.answers };
    case 'moved-by-other':
      return movedByOther(state, entry, at);
    case 'verdict':
      return withSaid(state, withVerdict(state.said, entry));
    case 'held':
      return withSaid(state, withHeld(state.said, entry));
    case 'would-ask':
      return withSaid(state, withWouldAsk(state.said, entry, at));
    case 'intended':
      return opened(state, entry, at);
    case 'progress':
      return progressed(state, entry, at);
    case 'held-by-provider':
      return heldByProvider(state, entry, at);
    case 'outcome':
      return ended(withTrip(state, entry), entry, at);
    case 'learned':
      // Of an episode's end a version before this one told nothing else.
      return withLesson(entry.recovered ? without(state, 'episode') : state, entry, at);
    case 'episode-ended':
      return without(state, 'episode');
    case 'job-began':
      return withJobBegun(state, entry, at);
    case 'job-ended':
      return withJobEnded(state, entry);
    case 'cloned':
      return clonedFrom(state, entry, at);
    case 'handed-over':
      return handedOver(state, entry, at);
    case 'taken-back':
      return takenBack(state, entry, at);
    case 'alert':
      return { ...state, alerts: withAlert(state.alerts, entry, at) };
    case 'alert-sent':
      return { ...state, alerts: withSent(state.alerts, entry, at) };
    case 'spool-drained':
      return { ...state, alerts: { ...state.alerts, said: omit(state.alerts.said, SPOOL) } };
    case 'after-move':
      return { ...state, owed: state.owed.filter(({ request }) => request !== entry.request) };
    case 'probe-failing':
    case 'probe-recovered':
      return withFailing(state, entry.probe, entry.type === 'probe-failing');
    case 'paused':
      return { ...state, paused: pausedBy(entry, at) };
    case 'still-paused':
      return withReminded(state, entry.for_ms);
    case 'resumed':
      return without(state, 'paused');
    case 'inhibited':
      return { ...state, inhibitors: { ...state.inhibitors, [entry.id]: entry.why } };
    case 'released':
      return { ...state, inhibitors: omit(state.inhibitors, entry.id) };
    case 'bar-cleared':
      return { ...state, bars: omit(state.bars, entry.host) };
    case 'identity':
    case 'identity-changed':
      return { ...state, identity: entry.ids };
    case 'stopped':
    case 'results-waiting':
    case 'result-refused':
    case 'spool-dropping':
    case 'reload-failed':
    case 'clock-step':
    case 'frozen':
      return state;
  }
}

/** The slot that is free again when the spool is empty. */
const SPOOL = 'spool dropping';

/** A guest is passive from the first conf that said so, over reloads and restarts. */
function withMode(state: State, { values }: Entry & { type: 'conf' }, at: Stamp): State {
  if (values['constraints']?.['mode'] !== 'passive') return without(state, 'passive');
  return { ...state, passive: state.passive ?? { at } };
}

/** A policy that stays asks for nothing that could be held. */
function withVerdict(said: Said, entry: Entry & { type: 'verdict' }): Said {
  const { policy = '', verdict, reason } = entry;
  const verdicts = { ...said.verdicts, [policy]: { verdict, reason } };
  return { ...said, held: verdict === 'stay' ? omit(said.held, policy) : said.held, verdicts };
}

function withHeld(said: Said, { policy = '', verdict, gate }: Entry & { type: 'held' }): Said {
  return { ...said, held: { ...said.held, [policy]: { verdict, gate } } };
}

function withWouldAsk(said: Said, entry: Entry & { type: 'would-ask' }, at: Stamp): Said {
  const { policy = '', verdict } = entry;
  const wouldAsk = { ...said.wouldAsk, [policy]: { verdict, at } };
  return { ...said, held: omit(said.held, policy), wouldAsk };
}

function withSaid(state: State, said: Said): State {
  return { ...state, said };
}

function pausedBy(entry: Entry & { type: 'paused' }, at: Stamp): NonNullable<State['paused']> {
  return {
    at,
    ...(entry.why === undefined ? {} : { why: entry.why }),
    ...(entry.for_ms === undefined ? {} : { forMs: entry.for_ms }),
    ...(entry.copy ? { copy: true } : {}),
  };
}

function withReminded(state: State, remindedMs: number): State {
  return state.paused ? { ...state, paused: { ...state.paused, remindedMs } } : state;
}

function withFailing(state: State, name: string, failing: boolean): State {
  const probe = { ...(state.probes[name] ?? { missing: 0 }), failing };
  return { ...state, probes: { ...state.probes, [name]: probe } };
}

function withPlace(state: State, host: string, at: Stamp): State {
  if (state.place?.host === host) return state;
  return { ...state, stays: staysAfter(state, at), place: { host, since: at } };
}

/** The stay that ends now, wherever the guest is next. */
function staysAfter({ stays, place }: State, at: Stamp): State['stays'] {
  if (!place) return stays;
  return withStay(stays, { host: place.host, fromMs: place.since.wallMs, toMs: at.wallMs });
}

/** After an arrival every earlier reading is out of the count. */
function withArrival(state: State, leg: Leg): State {
  const moved = withPlace(state, leg.to, leg.at);
  const trail = longer(state.trail, leg);
  return { ...moved, arrival: { at: leg.at }, trail, tracks: {}, said: NOTHING_SAID };
}

function movedByOther(
  state: State,
  { from, to }: Entry & { type: 'moved-by-other' },
  at: Stamp,
): State {
  const arrived = withArrival(without(state, 'lost'), { from, to, at, by: 'others' });
  if (!state.episode) return arrived;
  return { ...arrived, episode: cameTo(state.episode, to, at) };
}

function clonedFrom(state: State, entry: ClonedFrom, at: Stamp): State {
  const { request, instance, host, home } = entry;
  return { ...withPlace(state, host, at), origin: { request, instance, host, home } };
}

/** At home the outcome that follows is the arrival. */
function handedOver(state: State, entry: Handed, at: Stamp): State {
  const { request, instance, from, to } = entry;
  const handed = { ...state, handedOver: { request, instance, from, to, at } };
  return state.origin ? withArrival(handed, { from, to, at, by: 'guest' }) : handed;
}

function takenBack(state: State, { host }: TakenBack, at: Stamp): State {
  const { handedOver: handed, origin } = state;
  const after = without(without(state, 'handedOver'), 'lost');
  const over = origin ? { ...after, origin: { ...origin, over: true as const } } : after;
  const from = handed?.to ?? state.place?.host ?? host;
  return withArrival(over, { from, to: host, at, by: 'guest' });
}

function opened(state: State, entry: Intended, at: Stamp): State {
  const request: OpenRequest = {
    id: entry.request,
    verdict: entry.verdict,
    from: entry.from,
    to: entry.to,
    tried: [entry.to],
    at,
    reason: entry.why ?? entry.reason,
    phase: 'preflight',
    ...(entry.policy === undefined ? {} : { policy: entry.policy }),
    ...(entry.only ? { only: true as const } : {}),
    ...(entry.force ? { force: true as const } : {}),
  };
  return { ...state, request, said: { ...state.said, held: {} } };
}

function progressed(state: State, entry: Progress, at: Stamp): State {
  const { request } = state;
  if (!request || request.id !== entry.request) return state;
  switch (entry.phase) {
    case 'preflight-failed': {
      const barred = withBar(state, entry.to, entry.text ?? 'preflight failed', at);
      if (entry.next === undefined) return barred;
      const tried = [...request.tried, entry.next];
      return { ...barred, request: { ...request, to: entry.next, tried } };
    }
    case 'preparing':
      return { ...state, request: { ...request, phase: 'preparing' } };
    case 'prepared':
      return state;
    case 'migrating':
      return { ...state, request: { ...request, to: entry.to, phase: 'migrating' } };
    case 'attempted':
      return { ...state, request: attempted(request, entry) };
    case 'cancelling':
      return { ...state, request: { ...request, cancelled: true } };
    case 'unconfirmed':
      return {
        ...state,
        request: { ...request, phase: 'unconfirmed', answers: entry.answers ?? [] },
      };
  }
}

function heldByProvider(state: State, entry: ProviderHeld, at: Stamp): State {
  const { host, why, for_ms: forMs, request: id } = entry;
  const held = { ...state, providerHold: { at, host, why, forMs } };
  const { request } = state;
  return request?.id === id ? { ...held, request: { ...request, held: true } } : held;
}

function attempted(request: OpenRequest, entry: Progress): OpenRequest {
  return {
    ...request,
    phase: 'locating',
    attempt: { ok: entry.ok ?? false, text: entry.text ?? '' },
    ...(entry.blackout_ms === undefined ? {} : { blackoutMs: entry.blackout_ms }),
    ...(entry.of_source ? { ofSource: true as const } : {}),
  };
}

function withBar(state: State, host: string, reason: string, at: Stamp): State {
  const n = inARow(state.bars[host], at);
  return { ...state, bars: { ...state.bars, [host]: { at, n, reason } } };
}

function ended(state: State, entry: Ended, at: Stamp): State {
  const { request } = state;
  if (!request || request.id !== entry.request) return state;
  const closed = { ...without(state, 'request'), owed: owedAfter(state.owed, request, entry) };
  switch (entry.outcome) {
    case 'confirmed':
      return confirmed(closed, request, entry.host ?? request.to, at);
    case 'failed':
      return failed(closed, request, entry, at);
    case 'abandoned':
      return abandoned(closed, request, at);
  }
}

/** More than these are never owed at once by a daemon that runs; the oldest are let go. */
const MAX_OWED = 8;

function owedAfter(owed: State['owed'], request: OpenRequest, entry: Ended): State['owed'] {
  return entry.after_move ? [...owed, afterMove(request, entry)].slice(-MAX_OWED) : owed;
}

function confirmed(state: State, request: OpenRequest, host: string, at: Stamp): State {
  const { from, verdict } = request;
  const further = state.episode && verdict === 'move' ? { further: true as const } : {};
  const leg: Leg = { from, to: host, at, by: 'guest', ...further };
  const arrived = withArrival({ ...without(state, 'lost'), failures: {} }, leg);
  return {
    ...arrived,
    bars: omit(arrived.bars, host),
    ...moveOf(state, request, at),
    ...episodeAfter(state, request, host, at),
  };
}

/**
 * Nobody knows where the guest is, so nothing is believed until somebody tells. It may have moved:
 * that counts as an arrival and as a move, rather than as none.
 */
function abandoned(state: State, request: OpenRequest, at: Stamp): State {
  const { place: _, ...rest } = state;
  const lost = [{ who: 'operator', says: 'abandoned, not knowing' }];
  return {
    ...rest,
    stays: staysAfter(state, at),
    lost,
    arrival: { at },
    tracks: {},
    said: NOTHING_SAID,
    ...moveOf(state, request, at),
  };
}

/** The first `move` that a policy asked for begins an episode; each further one belongs to it. */
function episodeAfter(
  { episode: before }: State,
  request: OpenRequest,
  host: string,
  at: Stamp,
): Pick<State, 'episode'> {
  const episode = request.verdict === 'move' ? oneMove(before, request) : before;
  return episode ? { episode: cameTo(episode, host, at) } : {};
}

function oneMove(episode: Episode | undefined, { policy }: OpenRequest): Episode | undefined {
  if (episode) return { ...episode, moves: episode.moves + 1 };
  return policy === undefined ? undefined : { policy, moves: 1, arrivals: [] };
}

/** No array is longer. */
const ARRIVALS_MAX = 1000;

/** What the guest was at before the episode isn't an arrival of it. */
function cameTo(episode: Episode, host: string, at: Stamp): Episode {
  return { ...episode, arrivals: [...episode.arrivals, { host, at }].slice(-ARRIVALS_MAX) };
}

/** A move that fails by its target bars it; the counts of the policy that asked start afresh. */
function failed(state: State, request: OpenRequest, entry: Ended, at: Stamp): State {
  const tracks = omitAll(state.tracks, request.policy === undefined ? [] : [request.policy]);
  const after = { ...state, tracks, said: NOTHING_SAID };
  if (entry.stopped) return after;
  const asked = request.phase !== 'preflight' && request.phase !== 'preparing';
  const barred = asked && !request.ofSource ? withBar(after, request.to, entry.reason, at) : after;
  const failures = { n: inARow(state.failures[request.verdict], at), at };
  return { ...barred, failures: { ...state.failures, [request.verdict]: failures } };
}

/** Failures a day apart have nothing to do with each other. */
const FORGOTTEN_MS = 24 * 3_600_000;

function inARow(before: { n: number; at: Stamp } | undefined, at: Stamp): number {
  return before && elapsedMs(before.at, at) < FORGOTTEN_MS ? before.n + 1 : 1;
}

function omitAll<T>(record: Readonly<Record<string, T>>, names: readonly string[]) {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

function omit<T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  const { [name]: _, ...rest } = record;
  return rest;
}

function without<K extends 'lost' | 'paused' | 'passive' | 'request' | 'episode' | 'handedOver'>(
  state: State,
  key: K,
): Omit<State, K> {
  const { [key]: _, ...rest } = state;
  return rest;
}
