/**
 * The page of metrics, in Prometheus's text format. prom-client writes it; it is loaded with the first
 * page, so that a daemon that serves none doesn't carry it.
 */
import { GUEST } from './guest.ts';
import type { Metric, Scrape } from './metric.ts';
import { MOVES } from './moves.ts';
import { SERVICE } from './service.ts';

/** In the order of docs/metrics.md. */
export const METRICS: readonly Metric[] = [...SERVICE, ...MOVES, ...GUEST];

export interface Page {
  readonly type: string;
  readonly text: string;
}

/** A registry of its own for each page: nothing of what the conf named before is left on it. */
export async function metricsPage(scrape: Scrape): Promise<Page> {
  const { default: prom } = await import('prom-client');
  const registry = new prom.Registry();
  for (const { name, type, help, labels = [], read } of METRICS) {
    const samples = read(scrape);
    if (samples.length === 0) continue;
    const about = { name, help, labelNames: labels, registers: [registry] };
    if (type === 'counter') {
      const counter = new prom.Counter(about);
      for (const { labels: which, value } of samples) counter.inc(which, value);
    } else {
      const gauge = new prom.Gauge(about);
      for (const { labels: which, value } of samples) gauge.set(which, value);
    }
  }
  return { type: registry.contentType, text: await registry.metrics() };
}
