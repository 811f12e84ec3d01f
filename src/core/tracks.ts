/**
 * From readings to counts (DESIGN.md §5). Readings taken while a move is in flight or settling
 * are remembered as the probe's latest, but never counted.
 */
import type { Conf, PolicyRule } from './conf.ts';
import type { EpisodeEnded } from './entries.ts';
import type { State, Track } from './state.ts';
import { NO_TRACK } from './state.ts';
import { calmTarry, counted, fulfils, isDue } from './tarry.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { changedBetween } from './windows.ts';
import { isPresent, type PresentReading, type Reading } from './words.ts';

/** A probe without any reading for more than this many intervals starts every count afresh. */
export const GAP_INTERVALS = 3;

/** The state after one more reading: the probe's latest, and the counts. */
export function withReading(state: State, reading: Reading, conf: Conf): State {
  const rule = conf.probes[reading.probe];
  if (!rule) return state;
  const before = state.probes[reading.probe];
  const gap =
    before?.latest !== undefined &&
    elapsedMs(before.latest.at, reading.at) > GAP_INTERVALS * rule.intervalMs;
  const missing = isPresent(reading) ? 0 : (before?.missing ?? 0) + 1;
  const probe = { latest: reading, missing, failing: before?.failing ?? false };
  const probes = { ...state.probes, [reading.probe]: probe };
  const tracks = tracksAfter(state, reading, conf, gap);
  return withCounts(state, probes, tracks);
}

/** Each key by its name: a spread of so many costs more than all else that a reading does. */
function withCounts(state: State, probes: State['probes'], tracks: State['tracks']): State {
  const { place, lost, stays, arrival, trail, request, moves, failures, episode, owed } = state;
  const { alerts, passive, handedOver, origin } = state;
  const { bars, lessons, paused, inhibitors, providerHold, work, identity } = state;
  const { said, confValues } = state;
  return {
    place,
    lost,
    stays,
    arrival,
    trail,
    request,
    moves,
    failures,
    episode,
    owed,
    alerts,
    passive,
    bars,
    lessons,
    paused,
    inhibitors,
    providerHold,
    work,
    identity,
    handedOver,
    origin,
    probes,
    tracks,
    said,
    confValues,
  } satisfies { readonly [K in keyof State]-?: State[K] };
}

/** The track as it stands: one from before a window opened or closed is none. */
export function trackOf(policy: PolicyRule, state: State, at: Stamp): Track {
  const latest = state.probes[policy.probe]?.latest;
  const { schedule } = policy;
  const stale = schedule && latest && changedBetween(schedule.hours, latest.at.wallMs, at.wallMs);
  return stale ? NO_TRACK : (state.tracks[policy.name] ?? NO_TRACK);
}

/** Whether a reading taken at `at` counts: no move in flight, and not settling. */
export function counts(state: State, conf: Conf, at: Stamp): boolean {
  return state.request === undefined && !isSettling(state, conf, at);
}

export function isSettling(state: State, conf: Conf, at: Stamp): boolean {
  const { settleMs } = conf.constraints;
  if (settleMs === undefined || !state.arrival) return false;
  return elapsedMs(state.arrival.at, at) < settleMs;
}

/** `state` is the one before the reading. */
function tracksAfter(state: State, reading: Reading, conf: Conf, gap: boolean): State['tracks'] {
  const counting = counts(state, conf, reading.at);
  const tracks = { ...state.tracks };
  for (const policy of conf.policies) {
    if (policy.probe !== reading.probe) continue;
    const track = gap ? NO_TRACK : trackOf(policy, state, reading.at);
    tracks[policy.name] = counting ? trackAfter(track, reading, policy) : track;
  }
  return tracks;
}

function trackAfter(track: Track, reading: Reading, policy: PolicyRule): Track {
  if (!isPresent(reading)) return policy.onError === 'reset' ? NO_TRACK : track;
  return trackAfterPresent(track, reading, policy);
}

function trackAfterPresent(track: Track, reading: PresentReading, policy: PolicyRule): Track {
  const { value, at } = reading;
  const { suffering, idle } = policy;
  const breach = fulfils(suffering, value);
  return {
    suffering: counted(track.suffering, suffering.tarry, breach, at),
    idle: idle ? counted(track.idle, idle.tarry, fulfils(idle, value), at) : track.idle,
    calm: counted(track.calm, calmTarry(suffering.tarry), !breach, at),
    value,
  };
}

/**
 * Whether a reading has ended the episode: its policy saw no breach for its tarry, or is gone. Only
 * its entry ends it (apply.ts), since a start knows the latest readings alone.
 */
export function endOfEpisode(state: State, conf: Conf): EpisodeEnded['reason'] | undefined {
  if (!state.episode) return undefined;
  const { policy: name } = state.episode;
  const policy = conf.policies.find((candidate) => candidate.name === name);
  if (!policy) return 'policy gone';
  const track = state.tracks[name];
  return track && isDue(track.calm, calmTarry(policy.suffering.tarry)) ? 'recovered' : undefined;
}
