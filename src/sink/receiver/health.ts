/**
 * How the sink fares, for machines: whether it takes records, and its numbers. It counts nothing itself:
 * the numbers are read where they are counted, at the moment somebody asks.
 */
import { type AnyMetric, type Sample, single } from '../../system/metrics/metric.ts';
import type { Listener, Turned } from './listener.ts';
import type { SinkStatus } from './sink.ts';

/** What a sink knows of itself, and of those who were turned away before they got to it. */
export interface SinkCounts extends SinkStatus {
  readonly turned: Turned;
  /** When the first of the sink's own certificates ends, in milliseconds since 1970. */
  readonly certificateEndsMs: number | undefined;
}

export function countsOf(status: SinkStatus, listeners: readonly Listener[]): SinkCounts {
  const ends = listeners.flatMap(({ certificateEndsMs }) => certificateEndsMs ?? []);
  const certificateEndsMs = ends.length === 0 ? undefined : Math.min(...ends);
  return { ...status, turned: turnedBy(listeners), certificateEndsMs };
}

function turnedBy(listeners: readonly Listener[]): Turned {
  const sum = (why: keyof Turned) => listeners.reduce((all, { turned }) => all + turned[why], 0);
  return { handshake: sum('handshake'), certificate: sum('certificate'), name: sum('name') };
}

/** Why it takes no records now; undefined while it does. */
export function troubleOf({ failing, stopping }: SinkStatus): string | undefined {
  if (stopping) return 'stopping';
  return failing === undefined ? undefined : `the log is not written: ${failing}`;
}

function byProtocol(numbers: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(numbers).map(([protocol, value]) => ({ labels: { protocol }, value }));
}

/** In the order of docs/sink.md. */
export const SINK_METRICS: readonly AnyMetric<SinkCounts>[] = [
  {
    name: 'vmmanage_sink_connections',
    type: 'gauge',
    help: 'Connections that are open.',
    read: ({ connections }) => single(connections),
  },
  {
    name: 'vmmanage_sink_refused_connections_total',
    type: 'counter',
    help: 'Connections that were refused: no room, a TLS handshake that failed, no certificate that is trusted, a name that is not allowed.',
    labels: ['reason'],
    read: ({ refused, turned }) =>
      Object.entries({ room: refused, ...turned }).map(([reason, value]) => ({
        labels: { reason },
        value,
      })),
  },
  {
    name: 'vmmanage_sink_records_total',
    type: 'counter',
    help: 'Records received.',
    labels: ['protocol'],
    read: ({ records }) => byProtocol(records),
  },
  {
    name: 'vmmanage_sink_received_bytes_total',
    type: 'counter',
    help: 'Bytes received, framing included.',
    labels: ['protocol'],
    read: ({ bytes }) => byProtocol(bytes),
  },
  {
    name: 'vmmanage_sink_acknowledged_records_total',
    type: 'counter',
    help: 'Records whose sender was told that they are safe.',
    read: ({ acknowledged }) => single(acknowledged),
  },
  {
    name: 'vmmanage_sink_repeated_records_total',
    type: 'counter',
    help: 'Records that were sent again and not written twice.',
    read: ({ again }) => single(again),
  },
  {
    name: 'vmmanage_sink_marked_records_total',
    type: 'counter',
    help: 'Records that were written with a mark.',
    read: ({ marked }) => single(marked),
  },
  {
    name: 'vmmanage_sink_delayed_records_total',
    type: 'counter',
    help: 'Records whose senders had to wait, since more came than the rates allow.',
    read: ({ delayed }) => single(delayed),
  },
  {
    name: 'vmmanage_sink_pending_bytes',
    type: 'gauge',
    help: 'Bytes received and not yet safe.',
    read: ({ pendingBytes }) => single(pendingBytes),
  },
  {
    name: 'vmmanage_sink_sync_duration_seconds',
    type: 'histogram',
    help: 'How long it took until a batch was on the disk.',
    read: ({ syncs }) => syncs,
  },
  {
    name: 'vmmanage_sink_disk_failing',
    type: 'gauge',
    help: '1 while the disk does not take what came in.',
    read: ({ failing }) => single(failing !== undefined),
  },
  {
    name: 'vmmanage_sink_forward_queued_records',
    type: 'gauge',
    help: 'Records that wait to be passed on.',
    read: ({ forward }) => single(forward?.queued),
  },
  {
    name: 'vmmanage_sink_forward_dropped_records_total',
    type: 'counter',
    help: 'Records that were not passed on, since their spool was full.',
    read: ({ forward }) => single(forward?.dropped),
  },
  {
    name: 'vmmanage_sink_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: "When the first of the sink's own certificates ends.",
    read: ({ certificateEndsMs: endsMs }) =>
      single(endsMs === undefined ? undefined : endsMs / 1000),
  },
];
