/** The spans that the page shades: when a policy's working hours are. */
import type { Conf } from '../../core/conf.ts';
import type { Simulated } from '../../core/simulated.ts';

/** Seconds since the epoch. */
export type HoursSpan = readonly [from: number, to: number];

/** None: no policy of this version has working hours. */
export function workingHours(
  _conf: Conf,
  _simulated: Pick<Simulated, 'fromMs' | 'toMs'>,
): HoursSpan[] {
  return [];
}
