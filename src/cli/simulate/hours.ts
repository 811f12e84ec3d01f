/** The spans that the page shades: when a policy's working hours are. */
import type { Conf } from '../../core/conf.ts';
import type { Simulated } from '../../core/simulated.ts';
import { spanAt } from '../../core/windows.ts';

/** Seconds since the epoch. */
export type HoursSpan = readonly [from: number, to: number];

/** Of the first policy that has any; a page has room for one kind of shade. */
export function workingHours(
  conf: Conf,
  { fromMs, toMs }: Pick<Simulated, 'fromMs' | 'toMs'>,
): HoursSpan[] {
  const schedule = conf.policies.find((policy) => policy.schedule)?.schedule;
  if (!schedule || fromMs === undefined || toMs === undefined) return [];
  const spans: HoursSpan[] = [];
  for (let atMs = fromMs; atMs < toMs; ) {
    const { inside, untilMs = toMs } = spanAt(schedule.hours, atMs);
    const endMs = Math.min(untilMs, toMs);
    if (inside) spans.push([atMs / 1000, endMs / 1000]);
    atMs = Math.max(endMs, atMs + 1);
  }
  return spans;
}
