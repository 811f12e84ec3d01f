/** A policy's working hours: whether it is outside them, and what that does to its probe. */
import { acts } from './clone.ts';
import type { Conf, PolicyRule } from './conf.ts';
import type { Schedule } from './policy.ts';
import type { State } from './state.ts';
import { currentHost, isBase } from './targets.ts';
import type { Stamp } from './time.ts';
import { isInside } from './windows.ts';

/** The schedule that judges now; undefined inside the hours, and where there are none. */
export function offHoursSchedule({ schedule }: PolicyRule, at: Stamp): Schedule | undefined {
  return schedule && !isInside(schedule.hours, at.wallMs) ? schedule : undefined;
}

/**
 * Whether a probe is to be read: not while every policy that judges it rests at the base and wants
 * no readings then (`monitor_off_hours = no`); nor a queue whose jobs are another's, home's or its
 * clone's. One that no policy judges is.
 */
export function isMonitored(probe: string, state: State, conf: Conf, at: Stamp): boolean {
  const judges = conf.policies.filter((policy) => policy.probe === probe);
  if (!acts(state) && judges.some(({ jobs }) => jobs?.queue === probe)) return false;
  if (judges.length === 0 || !isBase(currentHost(state, conf), conf)) return true;
  return judges.some((policy) => offHoursSchedule(policy, at)?.monitored !== false);
}
