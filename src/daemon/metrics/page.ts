/** The daemon's page of metrics. */
import { type Page, pageOf } from '../../system/metrics/page.ts';
import { GUEST } from './guest.ts';
import type { Metric, Scrape } from './metric.ts';
import { MOVES } from './moves.ts';
import { SERVICE } from './service.ts';

/** In the order of docs/metrics.md. */
export const METRICS: readonly Metric[] = [...SERVICE, ...MOVES, ...GUEST];

export function metricsPage(scrape: Scrape): Promise<Page> {
  return pageOf(METRICS, scrape);
}
