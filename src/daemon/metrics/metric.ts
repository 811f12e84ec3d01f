/**
 * One metric of the daemon's page: a row of the tables beside this file, from which the page and
 * docs/metrics.md are made. Values are read from the same reports as `status`.
 */
import type { NumberMetric } from '../../system/metrics/metric.ts';
import type { StatusReport } from '../../wire/control.ts';
import type { Sight } from '../reports.ts';
import type { Totals } from './totals.ts';

export interface Scrape {
  readonly sight: Sight;
  readonly status: StatusReport;
  readonly totals: Totals;
  /** What prices are in, and whose days a day's cost goes by. */
  readonly money: { readonly currency: string | undefined; readonly zone: string };
}

export type Metric = NumberMetric<Scrape>;

export function seconds(ms: number): number {
  return ms / 1000;
}

/** Seconds since 1970. */
export function timestamp(time: string | undefined): number | undefined {
  return time === undefined ? undefined : seconds(Date.parse(time));
}
