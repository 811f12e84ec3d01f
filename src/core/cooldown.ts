/**
 * The cooldown (DESIGN.md §6): from an arrival until the next request. It grows once for each move
 * of an episode that hasn't ended, and once for each time that the guest went back to where it had
 * come from.
 */
import type { Conf } from './conf.ts';
import type { Asking } from './gates.ts';
import { FORCE, type Hold, timed } from './hold.ts';
import type { State } from './state.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { grownMs, timesBack } from './trail.ts';

/** How often it has grown, and why. */
interface Growth {
  readonly unhelpful: number;
  readonly back: number;
  readonly times: number;
}

function growthOf(state: State, conf: Conf): Growth {
  const unhelpful = state.episode?.moves ?? 0;
  const back = timesBack(state.trail, conf);
  return { unhelpful, back, times: unhelpful + back };
}

/** The cooldown as it has grown. */
export function cooldownMs(state: State, conf: Conf): number {
  return grownMs(growthOf(state, conf).times, conf);
}

export function cooldown(_: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  if (!state.arrival) return undefined;
  const growth = growthOf(state, conf);
  const leftMs = grownMs(growth.times, conf) - elapsedMs(state.arrival.at, at);
  if (leftMs <= 0) return undefined;
  const hold = { ...timed('cooldown', leftMs), change: FORCE };
  if (growth.times === 0 || conf.constraints.cooldownGrowth === 1) return hold;
  const reason = `${hold.reason} (${grownText(growth, conf)})`;
  return { ...hold, reason, made: madeOf(growth.times, conf) };
}

/** `doubled twice: the last 2 moves have not helped`. */
function grownText({ unhelpful, back, times }: Growth, conf: Conf): string {
  const { cooldownGrowth } = conf.constraints;
  const grown = cooldownGrowth === 2 ? 'doubled' : `grown ${cooldownGrowth}-fold`;
  const why = [unhelpfulText(unhelpful), backText(back)].filter((text) => text !== '');
  return `${grown} ${timesText(times)}: ${why.join('; ')}`;
}

function timesText(n: number): string {
  return ['once', 'twice'][n - 1] ?? `${n} times`;
}

function unhelpfulText(moves: number): string {
  if (moves === 0) return '';
  return moves === 1 ? 'the last move has not helped' : `the last ${moves} moves have not helped`;
}

function backText(times: number): string {
  if (times === 0) return '';
  return times === 1
    ? 'it went back to where it came from'
    : `it went back ${times} times in a row`;
}

/** More factors than these are written as a power. */
const FACTORS_MAX = 4;

/** `5m×2×2`, or `5m×2^9, 6h at most`. */
function madeOf(times: number, { constraints }: Conf): string {
  const { cooldownMs: base = 0, cooldownGrowth: growth, cooldownMaxMs: maxMs } = constraints;
  const factors = times > FACTORS_MAX ? `×${growth}^${times}` : `×${growth}`.repeat(times);
  const cut =
    base * growth ** times > maxMs ? `, ${formatSpan(Math.max(base, maxMs))} at most` : '';
  return `${formatSpan(base)}${factors}${cut}`;
}
