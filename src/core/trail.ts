/**
 * What the latest arrivals tell together: that the guest goes back and forth between two places
 * (the base is a place like any other), and that others move it back (DESIGN.md §6, §7).
 */
import type { Conf } from './conf.ts';
import type { Leg } from './state.ts';
import { elapsedMs } from './time.ts';

/** More arrivals than these change nothing: the cooldown is at its longest long before. */
const MAX_LEGS = 32;
const DAY_MS = 24 * 3_600_000;

export function longer(trail: readonly Leg[], leg: Leg): readonly Leg[] {
  return [...trail, leg].slice(-MAX_LEGS);
}

/**
 * How many times in a row the guest went back to where it had just come from. Going back counts
 * until `back_and_forth` after the end of the cooldown, as it had grown by then; a guest that
 * stays for longer, as one that goes to its base every evening does, begins again at none. A
 * further move of an episode has made the cooldown grow already and isn't counted twice.
 */
export function timesBack(trail: readonly Leg[], conf: Conf): number {
  const spanMs = conf.constraints.backAndForthMs;
  if (spanMs === undefined) return 0;
  let times = 0;
  trail.forEach((leg, index) => {
    const before = trail[index - 1];
    const soonMs = grownMs(times, conf) + spanMs;
    const back = before && goesBack(leg, before) && elapsedMs(before.at, leg.at) < soonMs;
    if (!back) times = 0;
    else if (!leg.further) times += 1;
  });
  return times;
}

/** The cooldown after so many moves that were of no use. */
export function grownMs(times: number, { constraints }: Conf): number {
  const { cooldownMs = 0, cooldownGrowth, cooldownMaxMs } = constraints;
  // So many times a growth is beyond every number, and no times that is none.
  if (cooldownMs === 0) return 0;
  return Math.max(cooldownMs, Math.min(cooldownMs * cooldownGrowth ** times, cooldownMaxMs));
}

function goesBack(leg: Leg, before: Leg): boolean {
  return leg.from === before.to && leg.to === before.from;
}

/** The latest time that others undid a move of the guest's own for the second time in a day. */
export function movedBackTwice(trail: readonly Leg[]): Leg | undefined {
  const undone = trail.filter((leg, index) => {
    const before = trail[index - 1];
    return before?.by === 'guest' && leg.by === 'others' && goesBack(leg, before);
  });
  return undone.findLast((leg, index) => {
    const before = undone[index - 1];
    return before !== undefined && elapsedMs(before.at, leg.at) < DAY_MS;
  });
}
