/** `vmmanage sink`: the central log, in the foreground; receiving is the sink room's. */
import type { Command } from 'commander';
import { type ListenAddress, listenAddress } from '../../core/option-addresses.ts';
import { durationWithin, integer, sizeWithin } from '../../core/option-types.ts';
import type { Notice } from '../../sink/notice.ts';
import type { Endpoint } from '../../sink/receiver/listener.ts';
import type { Sink, SinkLimits, SinkOptions } from '../../sink/receiver/sink.ts';
import { type Call, type CliCommand, span, typed } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { clean } from '../render/clean.ts';
import { noticeText } from '../render/notice.ts';
import { serveHealth } from '../sink-health.ts';
import {
  askedText,
  declareListening,
  endpointsOf,
  type ListeningOptions,
  listeningText,
} from '../sink-listening.ts';
import {
  declareStoring,
  placeText,
  STORING_EXAMPLES,
  type StoringOptions,
  storeOf,
} from '../sink-storing.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends ListeningOptions, StoringOptions {
  readonly maxLine?: number;
  readonly maxConnections?: number;
  readonly maxPending?: number;
  readonly maxUnacked?: number;
  readonly maxRate?: number;
  readonly maxGuestRate?: number;
  readonly opening?: number;
  readonly idle?: number;
  readonly metrics?: ListenAddress;
}

const MEBIBYTE = 2 ** 20;

export const sink: CliCommand<Options> = {
  notes: [
    'Takes log records from guests over TCP: plain lines, syslog (RFC 5424 and 3164) and RELP, told',
    'apart by their first bytes. Appends each, with the time in front and what the sink has to say of',
    'it behind, to one file, or to one file for each guest. Over RELP it acknowledges what is on the',
    'disk; docs/sink.md says what each protocol promises. vmmanage logs reads the files.',
    'Sockets that systemd opened stand in for --listen and --listen-tls.',
    'SIGHUP opens the files anew (for logrotate) and reads certificates and names anew;',
    'SIGTERM and SIGINT end it in order.',
  ].join('\n'),
  examples: [
    'vmmanage sink --listen 127.0.0.1:31000 --file /var/log/vmmanage-central.log',
    "vmmanage sink --listen '[::]:31000' --file /var/log/vmmanage-central.log --max-line 4K",
    'vmmanage sink --listen-tls 0.0.0.0:6514 --cert s.pem --key s.key --client-ca ca.pem --file s.log',
    'vmmanage sink --listen 0.0.0.0:31000 --file /var/log/central.log --metrics 127.0.0.1:9465',
    ...STORING_EXAMPLES,
  ],
  describe: declare,
  async run(call) {
    const { terminal } = call;
    const endpoints = endpointsOf(call.options, terminal.env);
    const opened = await open(call, endpoints);
    const places = endpoints.map((each, index) =>
      listeningText(each, opened.listeners[index]?.port),
    );
    const { file, split, metrics } = call.options;
    terminal.out(clean(`listening on ${places.join(' and ')}, writing ${file ?? split}`));
    const endHealth = await serveHealth(opened, metrics, terminal);
    const lost = await untilEnded(opened, terminal);
    await endHealth();
    return lost > 0 ? EXIT.failed : EXIT.done;
  },
};

function declare(command: Command): void {
  declareListening(command);
  declareStoring(command);
  command
    .option('--max-line <size>', 'cut longer lines and messages (default: 8K)', size(MEBIBYTE))
    .option('--max-connections <n>', 'at once; more are refused (default: 1000)', count)
    .option(
      '--max-pending <size>',
      'received and not yet written; beyond it all senders wait (default: 8M)',
      size(1024 * MEBIBYTE),
    )
    .option(
      '--max-unacked <size>',
      'the same of one connection, which alone waits beyond it (default: 4M)',
      size(1024 * MEBIBYTE),
    )
    .option(
      '--max-rate <n>',
      'lines a second; a sender beyond it waits; 0: no limit (default: 1000000)',
      rate,
    )
    .option('--max-guest-rate <n>', 'the same for each guest (default: 500000)', rate)
    .option(
      '--opening <span>',
      'to tell what a connection speaks, and to open RELP (default: 10s)',
      opening,
    )
    .option('--idle <span>', 'end a connection that is silent for so long (default: 24h)', span)
    .option(
      '--metrics <host:port>',
      'serve /healthz and /metrics there; also the path of a socket',
      typed(listenAddress),
    );
}

function size(max: number): (text: string) => number {
  return typed(sizeWithin({ min: 64, max }));
}

function count(text: string): number {
  return typed(integer({ min: 1, max: 1_000_000 }))(text);
}

function rate(text: string): number {
  return typed(integer({ min: 0, max: 1_000_000_000 }))(text);
}

function opening(text: string): number {
  return typed(durationWithin({ min: 100, max: 3_600_000 }))(text);
}

async function open(
  { options, terminal }: Call<Options>,
  endpoints: readonly Endpoint[],
): Promise<Sink> {
  const { openSink } = await import('../../sink/receiver/sink.ts');
  const settings: SinkOptions = {
    listen: endpoints,
    store: storeOf(options),
    clock: terminal.clock,
    tell: (notice: Notice) => terminal.err(noticeText(notice)),
    limits: limitsOf(options),
    ...(options.handshake === undefined ? {} : { tlsLimits: { handshakeMs: options.handshake } }),
  };
  try {
    return await openSink(settings);
  } catch (error) {
    throw notOpened(error, endpoints, options);
  }
}

function limitsOf(options: Options): Partial<SinkLimits> {
  const limits = {
    lineBytes: options.maxLine,
    connections: options.maxConnections,
    pendingBytes: options.maxPending,
    unackedBytes: options.maxUnacked,
    totalRate: options.maxRate,
    guestRate: options.maxGuestRate,
    openingMs: options.opening,
    idleMs: options.idle,
  };
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function notOpened(error: unknown, endpoints: readonly Endpoint[], options: Options): unknown {
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (code === undefined && name !== 'TlsFilesError') return error;
  const status = code === 'EACCES' || code === 'EPERM' ? EXIT.denied : EXIT.failed;
  const asked = endpoints.map((each) => askedText(each)).join(' ');
  return new CliError(status, `the sink can't begin: ${message}`, [
    `${asked} ${placeText(options)}`,
  ]);
}

/**
 * Resolves to something else than 0 where records were lost. A second signal to end doesn't wait for
 * clients and disk.
 */
function untilEnded(sink: Sink, terminal: Terminal): Promise<number> {
  return new Promise((resolve, reject) => {
    let ending = false;
    const offReopen = terminal.onSignals(['SIGHUP'], () => void sink.reopen().catch(reject));
    const offEnd = terminal.onSignals(['SIGTERM', 'SIGINT'], () => {
      const done = (lost: number) => {
        offReopen();
        offEnd();
        resolve(lost);
      };
      if (ending) return done(sink.status().pendingBytes);
      ending = true;
      sink.close().then(done, reject);
    });
  });
}
