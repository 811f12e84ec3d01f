/** What each policy says now, from its counts; used by `step` and by `explain` alike. */
import type { Opinion } from './arbitrate.ts';
import type { Conf, PolicyRule } from './conf.ts';
import type { Ground } from './entries.ts';
import type { Standing } from './policy.ts';
import { NO_TRACK, type State } from './state.ts';
import { currentHost, isBase } from './targets.ts';
import { type Count, heldMs, isDue } from './tarry.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { GAP_INTERVALS } from './tracks.ts';
import { isPresent, type Tarry } from './words.ts';

export function opinions(state: State, conf: Conf, at: Stamp): Opinion[] {
  return conf.policies.map((policy) => opinion(policy, state, conf, at));
}

function opinion(policy: PolicyRule, state: State, conf: Conf, at: Stamp): Opinion {
  const blindness = blindnessOf(policy, state, conf, at);
  if (blindness !== undefined) {
    return { policy: policy.name, verdict: 'stay', reason: blindness, blind: true };
  }
  const atBase = isBase(currentHost(state, conf), conf);
  const { suffering, idle } = standings(policy, state);
  const judged = policy.judge({ suffering, ...(idle ? { idle } : {}), atBase });
  return { policy: policy.name, ...judged, blind: false };
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

export interface Standings {
  readonly suffering: Standing;
  readonly idle?: Standing;
}

export function standings(policy: PolicyRule, state: State): Standings {
  const track = state.tracks[policy.name] ?? NO_TRACK;
  const suffering = standing(track.suffering, policy.suffering.tarry);
  return policy.idle ? { suffering, idle: standing(track.idle, policy.idle.tarry) } : { suffering };
}

function standing(count: Count, tarry: Tarry): Standing {
  return { due: isDue(count, tarry), progress: progress(count, tarry) };
}

/** `2 of 3`; `2 of 3 in 5`; `1m20s of 2m`. A count that went on past its tarry stays at it. */
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

/** The value, bound and count that stand behind a policy's judgement. */
export function groundOf(opinion: Opinion, state: State, conf: Conf): Ground {
  const { policy: name, reason, verdict } = opinion;
  const policy = conf.policies.find((candidate) => candidate.name === name);
  const value = state.tracks[name]?.value;
  if (!policy || value === undefined) return { policy: name, reason };
  const { suffering, idle } = standings(policy, state);
  const aboutIdle = verdict === 'base' && policy.idle !== undefined;
  const threshold = aboutIdle ? (policy.idle?.bound ?? 0) : policy.suffering.bound;
  const tarry = aboutIdle ? (idle?.progress ?? '') : suffering.progress;
  return { policy: name, reason, value, threshold, tarry };
}
