/** What each policy says now, from its counts; used by `step` and by `explain` alike. */
import type { Opinion } from './arbitrate.ts';
import type { Conf, PolicyRule } from './conf.ts';
import type { Ground } from './entries.ts';
import type { Asking } from './gates.ts';
import { offHoursSchedule } from './hours.ts';
import type { Standing, View } from './policy.ts';
import type { State, Track } from './state.ts';
import { currentHost, isBase, roleOf } from './targets.ts';
import { type Count, heldMs, isDue } from './tarry.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { GAP_INTERVALS, trackOf } from './tracks.ts';
import { isPresent, type Tarry } from './words.ts';
import { estimate, jobsInHand } from './work.ts';

export function opinions(state: State, conf: Conf, at: Stamp): Opinion[] {
  return conf.policies.map((policy) => opinion(policy, state, conf, at));
}

function opinion(policy: PolicyRule, state: State, conf: Conf, at: Stamp): Opinion {
  const { name } = policy;
  const blindness = blindnessOf(policy, state, conf, at);
  const atBase = isBase(currentHost(state, conf), conf);
  const track = trackOf(policy, state, at);
  const suffering = { due: isDue(track.suffering, policy.suffering.tarry) };
  const off = offHoursSchedule(policy, at);
  if (off) {
    const seen = blindness === undefined ? { suffering } : {};
    const judged = off.outside({ atBase, offHours: off.offHours, ...seen });
    return { policy: name, ...judged, blind: false };
  }
  if (blindness !== undefined) {
    return { policy: name, verdict: 'stay', reason: blindness, blind: true };
  }
  const jobs = jobsView(policy, track, state, conf, at);
  const judged = policy.judge({ suffering, ...idleStanding(policy, track), atBase, ...jobs });
  return { policy: name, ...judged, blind: false };
}

function idleStanding({ idle }: PolicyRule, track: Track): Pick<View, 'idle'> {
  return idle ? { idle: { due: isDue(track.idle, idle.tarry) } } : {};
}

function jobsView(
  { jobs }: PolicyRule,
  { value = 0 }: Track,
  state: State,
  conf: Conf,
  at: Stamp,
): Pick<View, 'jobs'> {
  if (!jobs) return {};
  const away = roleOf(currentHost(state, conf), conf) === 'away';
  const { margin, finishMs = Number.POSITIVE_INFINITY } = jobs;
  const all = jobsInHand(state, at);
  const inHand = all.find((each) => elapsedMs(each.at, at) < finishMs);
  const overdue = inHand ? undefined : all[0];
  return {
    jobs: {
      away,
      ...(inHand ? { inHand } : {}),
      ...(overdue ? { overdue } : {}),
      ...(margin === undefined ? {} : { estimate: estimate(value, jobs, margin, state.work) }),
    },
  };
}

/** Why a policy can't see: no reading, a missing one, or none for three intervals. */
function blindnessOf(policy: PolicyRule, state: State, conf: Conf, at: Stamp): string | undefined {
  const latest = state.probes[policy.probe]?.latest;
  const intervalMs = conf.probes[policy.probe]?.intervalMs ?? 0;
  if (!latest) return 'blind: no reading yet';
  if (!isPresent(latest)) return `blind: ${latest.missing}`;
  const silentMs = elapsedMs(latest.at, at);
  if (silentMs <= GAP_INTERVALS * intervalMs) return undefined;
  return `blind: no reading for ${formatSpan(silentMs)}`;
}

/** What an opinion asks the gates for; undefined where it asks for nothing. */
export function askingOf({ verdict, byClock }: Opinion): Asking | undefined {
  if (verdict === 'stay') return undefined;
  return byClock ? { verdict, closing: true } : { verdict };
}

/** How a policy's conditions stand, and how far: `2 of 3`, `2 of 3 in 5`, `1m20s of 2m`. */
export interface Standings {
  readonly suffering: Progress;
  readonly idle?: Progress;
}

export interface Progress extends Standing {
  readonly progress: string;
  /** How much of its tarry that is, from 0 to 1. */
  readonly share: number;
}

export function standings(policy: PolicyRule, state: State, at: Stamp): Standings {
  const track = trackOf(policy, state, at);
  const suffering = standing(track.suffering, policy.suffering.tarry);
  return policy.idle ? { suffering, idle: standing(track.idle, policy.idle.tarry) } : { suffering };
}

function standing(count: Count, tarry: Tarry): Progress {
  const share = Math.min(1, shareOf(count, tarry));
  return { due: isDue(count, tarry), progress: progress(count, tarry), share };
}

function shareOf(count: Count, tarry: Tarry): number {
  if (tarry.kind === 'time') return heldMs(count) / tarry.ms;
  return count.hits / (tarry.kind === 'count' ? tarry.n : tarry.k);
}

/** A count that went on past its tarry stays at it. */
export function progress(count: Count, tarry: Tarry): string {
  switch (tarry.kind) {
    case 'count':
      return `${Math.min(count.hits, tarry.n)} of ${tarry.n}`;
    case 'window':
      return `${Math.min(count.hits, tarry.k)} of ${tarry.k} in ${tarry.n}`;
    case 'time':
      return `${formatSpan(Math.min(heldMs(count), tarry.ms))} of ${formatSpan(tarry.ms)}`;
  }
}

/** The value, bound and count that stand behind a policy's judgement; none where it is the clock's. */
export function groundOf(opinion: Opinion, state: State, conf: Conf, at: Stamp): Ground {
  const { policy: name, reason, verdict } = opinion;
  const policy = conf.policies.find((candidate) => candidate.name === name);
  const value = policy && trackOf(policy, state, at).value;
  if (!policy || value === undefined || opinion.byClock) return { policy: name, reason };
  const { suffering, idle } = standings(policy, state, at);
  const aboutIdle = (verdict === 'base' || verdict === 'home') && policy.idle !== undefined;
  const threshold = aboutIdle ? (policy.idle?.bound ?? 0) : policy.suffering.bound;
  const tarry = aboutIdle ? (idle?.progress ?? '') : suffering.progress;
  return { policy: name, reason, value, threshold, tarry };
}
