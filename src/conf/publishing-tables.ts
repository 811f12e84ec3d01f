/** The options of the sections by which the daemon lets others know of itself: tables.ts lists them. */
import { listenAddress, providerUrl } from '../core/option-addresses.ts';
import { listOf, percentage, probeBound } from '../core/option-shapes.ts';
import {
  choice,
  durationWithin,
  integer,
  orOff,
  path,
  pattern,
  sizeWithin,
  yesNo,
} from '../core/option-types.ts';
import { type OptionsTable, option, optional, required } from '../core/options.ts';
import { sinkUrl } from '../core/sink-url.ts';

const DAY_MS = 86_400_000;
const GIBIBYTE = 2 ** 30;

export const LOG = {
  sink: optional(listOf(sinkUrl, 'list of sinks'), {
    example: 'relp://log.example.org:31000',
    help:
      'The central log, SCHEME://HOST:PORT; none where it is left out. Of several the first that ' +
      'takes the connection; while it is another, those before it are tried once a minute. A record ' +
      'leaves the spool with relp:// and relp+tls:// when the sink has acknowledged it; with tcp:// ' +
      '(plain lines), syslog+tcp:// and syslog+tls:// (RFC 5424) when the kernel has taken it, so ' +
      'that what is under way is lost where the sink or the network fails.',
  }),
  sink_ca: optional(path, {
    example: '/etc/vmmanage/sink-ca.pem',
    help: "With a TLS scheme: who signs sinks' certificates; the system's authorities by default. The name must be the host's.",
  }),
  sink_cert: optional(path, {
    example: '/etc/vmmanage/sink-cert.pem',
    help: 'With a TLS scheme: the certificate that the guest shows, by whose name the sink knows it.',
  }),
  sink_key: optional(path, {
    example: '/etc/vmmanage/sink-key.pem',
    help: 'The key of sink_cert; others must not be able to read it.',
  }),
  spool_max: option(sizeWithin({ min: 4096, max: 64 * GIBIBYTE }), '64M', {
    help: 'How much is kept on disk while the central log is away; over it the oldest goes.',
  }),
  level: option(choice('error', 'warn', 'info', 'debug'), 'info', {
    help: "What goes to the daemon's own log on this machine: state changes and troubles, at info.",
  }),
  log_cycles: option(yesNo, 'no', {
    help: 'Whether it tells each reading too, and what every policy says to it; at the level info or debug.',
  }),
} satisfies OptionsTable;

export const METRICS = {
  listen: optional(listenAddress, {
    example: '127.0.0.1:9464',
    help: 'Where the page /metrics is served: ADDRESS:PORT, or a socket; nowhere where left out.',
  }),
} satisfies OptionsTable;

/** RFC 6750, 2.1. */
const token = pattern(/^[A-Za-z0-9._~+/-]+=*$/, 'a bearer token');

export const PROVIDER = {
  url: required(providerUrl, {
    example: 'https://control.example.net',
    help: 'Readings go to /v1/vm/readings below it; http:// only to this machine.',
  }),
  token: required(token, {
    secret: true,
    help: 'What the provider knows this guest by.',
  }),
  ca: optional(path, {
    example: '/etc/vmmanage/provider-ca.pem',
    help: "Where the provider's certificate comes from; the system's authorities by default.",
  }),
  push: option(orOff(durationWithin({ min: 1000, max: DAY_MS })), '10s', {
    help: 'How often the readings since the last push are sent; off: only those of push_event.',
  }),
  push_event: optional(listOf(probeBound, 'list of bounds'), {
    example: 'cpu > 90, cpu < 5',
    help: 'A reading that crosses one of these is sent at once, once for each crossing.',
  }),
  push_hysteresis: option(percentage, '10%', {
    help: 'How far back, of the bound, a reading must come before it can cross the bound again.',
  }),
  push_timeout: option(durationWithin({ min: 100, max: 60_000 }), '5s', {
    help: 'How long one push, or one question, may take.',
  }),
  push_queue: option(integer({ min: 1, max: 1_000_000 }), '10000', {
    help: 'How many readings wait while the provider is away; over it the oldest are dropped.',
  }),
} satisfies OptionsTable;
