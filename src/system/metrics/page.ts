/**
 * A page of metrics, in Prometheus's text format. prom-client writes it; it is loaded with the first
 * page, so that a process that serves none doesn't carry it.
 */
import type { Metric } from 'prom-client';
import type { AnyMetric, SpreadMetric } from './metric.ts';
import type { SpreadSeen } from './spread.ts';

export interface Page {
  readonly type: string;
  readonly text: string;
}

/** A registry of its own for each page: nothing that was told before is left on it. */
export async function pageOf<S>(metrics: readonly AnyMetric<S>[], scrape: S): Promise<Page> {
  const { default: prom } = await import('prom-client');
  const registry = new prom.Registry();
  for (const metric of metrics) {
    const { name, help } = metric;
    if (metric.type === 'histogram') {
      const seen = metric.read(scrape);
      if (seen) registry.registerMetric(shown(metric, seen));
      continue;
    }
    const samples = metric.read(scrape);
    if (samples.length === 0) continue;
    const about = { name, help, labelNames: metric.labels ?? [], registers: [registry] };
    if (metric.type === 'counter') {
      const counter = new prom.Counter(about);
      for (const { labels: which, value } of samples) counter.inc(which, value);
    } else {
      const gauge = new prom.Gauge(about);
      for (const { labels: which, value } of samples) gauge.set(which, value);
    }
  }
  return { type: registry.contentType, text: await registry.metrics() };
}

/** A histogram of prom-client's would count by itself: a registry asks a metric no more than this. */
function shown<S>({ name, help, type }: SpreadMetric<S>, seen: SpreadSeen): Metric {
  const line = (part: string, value: number, labels = {}) => {
    return { metricName: `${name}_${part}`, value, labels };
  };
  const values = [
    ...seen.buckets.map(([le, below]) => line('bucket', below, { le })),
    line('bucket', seen.count, { le: '+Inf' }),
    line('sum', seen.sum),
    line('count', seen.count),
  ];
  return { name, get: async () => ({ name, help, type, values }) } as unknown as Metric;
}
