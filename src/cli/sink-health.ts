/** Serves how `vmmanage sink` fares: /healthz and /metrics. What they say is the sink room's. */
import type { ListenAddress } from '../core/option-addresses.ts';
import type { Notice } from '../sink/notice.ts';
import type { Sink } from '../sink/receiver/sink.ts';
import { noticeText } from './render/notice.ts';
import type { Terminal } from './terminal.ts';

/** What it gives back ends it. An address that can't be had is tried for again, and told. */
export async function serveHealth(
  sink: Sink,
  address: ListenAddress | undefined,
  { clock, err }: Terminal,
): Promise<() => Promise<void>> {
  if (address === undefined) return async () => undefined;
  const { countsOf, SINK_METRICS, troubleOf } = await import('../sink/receiver/health.ts');
  const { pageOf } = await import('../system/metrics/page.ts');
  const { MetricsServer } = await import('../system/metrics/server.ts');
  const tell = (level: Notice['level']) => (text: string, fields: Notice['fields']) =>
    err(noticeText({ level, text, fields }));
  const server = new MetricsServer({
    clock,
    log: { info: tell('info'), error: tell('error') },
    page: () => pageOf(SINK_METRICS, countsOf(sink.status(), sink.listeners)),
    trouble: () => troubleOf(sink.status()),
  });
  await server.use(address);
  return () => server.end();
}
