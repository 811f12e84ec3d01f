/**
 * The gates that make a guest rest because moving is of no use (DESIGN.md §6, §7): every host was
 * tried, or others undo its moves. A rest is counted from an arrival, so it follows from the
 * journal alone.
 */
import type { Conf, Site } from './conf.ts';
import type { Asking } from './gates.ts';
import { FORCE, type Hold } from './hold.ts';
import type { State } from './state.ts';
import { currentHost, isAllowed, siteOf } from './targets.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { movedBackTwice } from './trail.ts';

const HOUR_MS = 3_600_000;
/** DESIGN.md §6: 1 h, doubling to 24 h. */
const REST_MS = HOUR_MS;
const REST_MAX_MS = 24 * HOUR_MS;

/** Only a `move`: home, base and closing time have other reasons than the indicator. */
export function allTried(asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const rest = asking.verdict === 'move' ? restOf(state, conf) : undefined;
  if (!rest) return undefined;
  const leftMs = rest.lastsMs - elapsedMs(rest.from, at);
  if (leftMs <= 0) return undefined;
  const tried = `no host in the array satisfies the policy (${rest.hosts.join(', ')} tried)`;
  return {
    reason: `all tried: ${tried}, rests for ${formatSpan(leftMs)} more`,
    leftMs,
    change: `${FORCE}, or add hosts`,
  };
}

interface Rest {
  readonly hosts: readonly string[];
  readonly from: Stamp;
  readonly lastsMs: number;
}

/**
 * It begins with the arrival at the last host of the array that the episode hadn't come to, and
 * anew, twice as long, with each arrival after that. A host that failed in the episode, and hasn't
 * been come to, was tried as well. The end of the episode ends it.
 */
export function restOf(state: State, conf: Conf): Rest | undefined {
  const site = siteOf(currentHost(state, conf), conf);
  if (!conf.constraints.allTried || !state.episode || !site) return undefined;
  const hosts = site.hosts.filter((host) => isOneOf(site, host) && isAllowed(host, conf));
  const arrivals = state.episode.arrivals.filter(({ host }) => isOneOf(site, host));
  const [begun, latest] = [arrivals[0], arrivals.at(-1)];
  if (!begun || !latest) return undefined;
  const failedSince = (host: string) => {
    const bar = state.bars[host];
    return bar !== undefined && elapsedMs(begun.at, bar.at) > 0;
  };
  const missing = hosts.filter((host) => !arrivals.some((arrival) => arrival.host === host));
  if (!missing.every(failedSince)) return undefined;
  const firsts = hosts.map((host) => arrivals.findIndex((arrival) => arrival.host === host));
  const later = arrivals.length - 1 - Math.max(...firsts);
  return { hosts, from: latest.at, lastsMs: Math.min(REST_MS * 2 ** later, REST_MAX_MS) };
}

/** A host of the array, which the base is none of. */
function isOneOf({ hosts, base }: Site, host: string): boolean {
  return host !== base && hosts.includes(host);
}

/** Whoever undoes the guest's moves has a reason: it is believed, and nothing is asked for. */
export function providerDisagrees(
  _: Asking,
  state: State,
  conf: Conf,
  at: Stamp,
): Hold | undefined {
  const restMs = conf.constraints.movedBackRestMs;
  const back = restMs === undefined ? undefined : movedBackTwice(state.trail);
  if (restMs === undefined || !back) return undefined;
  const leftMs = restMs - elapsedMs(back.at, at);
  if (leftMs <= 0) return undefined;
  const twice = `others moved the guest back twice in a day (${back.from}→${back.to} last)`;
  return {
    reason: `provider disagrees: ${twice}, rests for ${formatSpan(leftMs)} more`,
    leftMs,
    change: 'wait, ask who moved it, or set [constraints] moved_back_rest = off and reload',
  };
}
