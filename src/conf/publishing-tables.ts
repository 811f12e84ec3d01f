/** The options of the sections by which the daemon lets machines know of itself: tables.ts lists them. */
import { listenAddress, providerUrl } from '../core/option-addresses.ts';
import { listOf, percentage, probeBound } from '../core/option-shapes.ts';
import { durationWithin, integer, orOff, path, pattern } from '../core/option-types.ts';
import { type OptionsTable, option, optional, required } from '../core/options.ts';

const DAY_MS = 86_400_000;

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
