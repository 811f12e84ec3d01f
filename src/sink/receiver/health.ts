/**
 * How the sink fares, for machines: whether it takes records, and its numbers. It counts nothing itself:
 * the numbers are read where they are counted, at the moment somebody asks.
 */
import { type AnyMetric, type Sample, single } from '../../system/metrics/metric.ts';
import type { SpreadSeen } from '../../system/metrics/spread.ts';
import type { Listener, Turned } from './listener.ts';
import type { SinkStatus } from './sink.ts';

/** Seconds that a sync may take: from a fast disk's to one that is in trouble. */
export const SYNC_BOUNDS_S: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Where a protocol's name is the label of a number. */
type ByProtocol = Readonly<Record<string, number>>;

/** Since the start, but where a field says “now”. Undefined: not known to this sink. */
export interface SinkCounts {
  /** Now. */
  readonly connections: number;
  /** For want of room. */
  readonly refused: number;
  readonly turned: Turned;
  readonly records: ByProtocol | undefined;
  /** As they came, framing included. */
  readonly bytes: ByProtocol | undefined;
  /** Records whose sender was told that they are safe. */
  readonly acknowledged: number | undefined;
  /** Records that were sent again and so not written twice. */
  readonly again: number | undefined;
  /** Records that were written with a mark. */
  readonly marked: number | undefined;
  /** Records whose senders had to wait, since they were too many. */
  readonly delayed: number | undefined;
  /** Bytes received and not yet safe, now. */
  readonly pendingBytes: number;
  /** Seconds that syncs took. */
  readonly syncs: SpreadSeen | undefined;
  /** Why the disk takes nothing now, while it doesn't. */
  readonly failing: string | undefined;
  readonly stopping: boolean;
  /** Records that wait to be passed on, now; undefined where none are passed on. */
  readonly forwardQueued: number | undefined;
  /** When the first of the sink's own certificates ends, in milliseconds since 1970. */
  readonly certificateEndsMs: number | undefined;
}

/** What a sink that counts more says more of; see SinkCounts. */
type Known = SinkStatus & Partial<SinkCounts>;

export function countsOf(status: Known, listeners: readonly Listener[]): SinkCounts {
  const ends = listeners.flatMap(({ certificateEndsMs }) => certificateEndsMs ?? []);
  return {
    acknowledged: undefined,
    again: undefined,
    bytes: undefined,
    delayed: undefined,
    forwardQueued: undefined,
    marked: undefined,
    records: { plain: status.lines },
    syncs: undefined,
    ...status,
    turned: turnedBy(listeners),
    certificateEndsMs: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

function turnedBy(listeners: readonly Listener[]): Turned {
  const sum = (why: keyof Turned) => listeners.reduce((all, { turned }) => all + turned[why], 0);
  return { handshake: sum('handshake'), certificate: sum('certificate'), name: sum('name') };
}

/** Why it takes no records now; undefined while it does. */
export function troubleOf({ failing, stopping }: SinkCounts | SinkStatus): string | undefined {
  if (stopping) return 'stopping';
  return failing === undefined ? undefined : `the log is not written: ${failing}`;
}

function byProtocol(numbers: ByProtocol | undefined): Sample[] {
  const entries = Object.entries(numbers ?? {});
  return entries.map(([protocol, value]) => ({ labels: { protocol }, value }));
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
    read: ({ forwardQueued }) => single(forwardQueued),
  },
  {
    name: 'vmmanage_sink_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: "When the first of the sink's own certificates ends.",
    read: ({ certificateEndsMs: endsMs }) =>
      single(endsMs === undefined ? undefined : endsMs / 1000),
  },
];
