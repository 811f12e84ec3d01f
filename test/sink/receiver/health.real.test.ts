/** How a sink fares, as its page of metrics says it: right by Prometheus's checker, and true. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  countsOf,
  SINK_METRICS,
  type SinkCounts,
  troubleOf,
} from '../../../src/sink/receiver/health.ts';
import { SYNC_BOUNDS_S } from '../../../src/sink/receiver/store/store.ts';
import { pageOf } from '../../../src/system/metrics/page.ts';
import { Spread } from '../../../src/system/metrics/spread.ts';
import { mustFind } from '../../support/program.ts';
import { failingDisk } from '../failing-disk.ts';
import { connectTo, sendOnce, startSink, type TestSink, until } from '../support.ts';

function counts(sink: TestSink): SinkCounts {
  return countsOf(sink.status(), sink.listeners);
}

/** `name{labels}` → value. */
async function values(from: SinkCounts): Promise<Record<string, number>> {
  const { text } = await pageOf(SINK_METRICS, from);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('the page of metrics', () => {
  it('says what a sink has taken and refused', async () => {
    const sink = await startSink({ limits: { connections: 1 } });
    const standing = await connectTo(sink.port);
    standing.write('one\ntwo\n');
    await until(() => sink.status().lines === 2);
    await sendOnce(sink.port, 'no room\n').catch(() => undefined);
    await until(() => sink.status().refused === 1 && sink.status().pendingBytes === 0);
    const { vmmanage_sink_sync_duration_seconds_count: synced, ...said } = await values(
      counts(sink),
    );
    expect(synced).toBeGreaterThan(0);
    expect(said).toMatchObject({
      vmmanage_sink_connections: 1,
      'vmmanage_sink_refused_connections_total{reason="room"}': 1,
      'vmmanage_sink_refused_connections_total{reason="handshake"}': 0,
      'vmmanage_sink_refused_connections_total{reason="certificate"}': 0,
      'vmmanage_sink_refused_connections_total{reason="name"}': 0,
      'vmmanage_sink_records_total{protocol="plain"}': 2,
      'vmmanage_sink_records_total{protocol="relp"}': 0,
      'vmmanage_sink_received_bytes_total{protocol="plain"}': 8,
      vmmanage_sink_pending_bytes: 0,
      vmmanage_sink_disk_failing: 0,
    });
  });

  it('is as promtool wants it, with all that a sink can know', async () => {
    const syncs = new Spread(SYNC_BOUNDS_S);
    for (const seconds of [0.004, 0.2, 60]) syncs.note(seconds);
    const full: SinkCounts = {
      ...{ connections: 3, refused: 1, turned: { handshake: 4, certificate: 5, name: 6 } },
      ...{ lines: 15, records: { plain: 7, syslog: 0, relp: 8 } },
      bytes: { plain: 700, syslog: 0, relp: 800 },
      ...{ acknowledged: 8, again: 2, marked: 1, delayed: 0, pendingBytes: 9, stopping: false },
      ...{ syncs: syncs.seen(), failing: 'ENOSPC', forward: { queued: 10, dropped: 2 } },
      certificateEndsMs: Date.UTC(2030, 0, 1),
    };
    const { text } = await pageOf(SINK_METRICS, full);
    const checked = spawnSync(mustFind('promtool'), ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
    const shown = new Set(text.match(/^# TYPE \S+/gm)?.map((line) => line.slice(7)));
    expect([...shown]).toEqual(SINK_METRICS.map(({ name }) => name));
    expect(await values(full)).toMatchObject({
      'vmmanage_sink_sync_duration_seconds_bucket{le="0.005"}': 1,
      'vmmanage_sink_sync_duration_seconds_bucket{le="10"}': 2,
      'vmmanage_sink_sync_duration_seconds_bucket{le="+Inf"}': 3,
      vmmanage_sink_disk_failing: 1,
      vmmanage_sink_certificate_expiry_timestamp_seconds: 1_893_456_000,
    });
  });
});

describe('a sink', () => {
  it('is well, not well while its disk fails, and well again', async () => {
    const disk = failingDisk();
    disk.room = 10;
    const { openOutput } = disk;
    const sink = await startSink({ disk: { openOutput, retry: { firstMs: 1, maxMs: 2 } } });
    expect(troubleOf(counts(sink))).toBeUndefined();
    await sendOnce(sink.port, 'a line that finds no room\n');
    await until(() => sink.status().failing !== undefined);
    expect(troubleOf(counts(sink))).toMatch(/^the log is not written: .*ENOSPC/);
    disk.room = Number.POSITIVE_INFINITY;
    await until(() => sink.status().pendingBytes === 0);
    expect(troubleOf(counts(sink))).toBeUndefined();
  });

  it('is not well while it stops', async () => {
    const sink = await startSink();
    await connectTo(sink.port);
    await until(() => sink.status().connections === 1);
    const closed = sink.close();
    expect(troubleOf(counts(sink))).toBe('stopping');
    await closed;
  });
});
