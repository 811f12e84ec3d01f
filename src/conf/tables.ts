/**
 * The options of every section but for the plugins' own. Parsing, defaults, `check`, the sample conf
 * and the reference page all come from these rows; there is no second list.
 */

import { hostAddress } from '../core/option-addresses.ts';
import {
  argv,
  budget,
  condition,
  hostList,
  httpUrl,
  limit,
  listOf,
  tarry,
} from '../core/option-shapes.ts';
import {
  choice,
  durationWithin,
  hostName,
  integer,
  number,
  orOff,
  path,
  pattern,
  sizeWithin,
  yesNo,
} from '../core/option-types.ts';
import { windows, zone } from '../core/option-windows.ts';
import { type OptionsTable, option, optional, required } from '../core/options.ts';
import { LOCATING, LOCATOR, name } from './locating-tables.ts';
import { LOG, METRICS, PROVIDER } from './publishing-tables.ts';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;
const YEAR_MS = 365 * DAY_MS;
const GIBIBYTE = 2 ** 30;

const upToAMonth = durationWithin({ max: MONTH_MS });
const upToADay = durationWithin({ min: 1000, max: DAY_MS });

export const VM = {
  name: optional(name, {
    example: 'db7',
    help: "The guest's name in the logs; the hostname where it is left out.",
  }),
  state: option(path, '/var/lib/vmmanage', { help: 'Where the journal and the history are kept.' }),
  runtime: option(path, '/run/vmmanage', { help: 'Where the control sockets are.' }),
  history_days: option(integer({ min: 1, max: 3660 }), '90', {
    help: 'How many days of readings are kept.',
  }),
  journal_max: option(sizeWithin({ min: 65_536, max: GIBIBYTE }), '16M', {
    help: 'The size at which the journal begins a new file.',
  }),
  journal_keep: option(integer({ min: 1, max: 1000 }), '5', {
    help: 'How many full journal files are kept.',
  }),
  locate_every: option(upToADay, '5m', {
    help: 'How often to look where the guest is when nothing happens.',
  }),
} satisfies OptionsTable;

const PLACES = {
  base: optional(hostName, {
    example: 'xen9',
    help: 'The cheap host: never chosen by a move, only by a move to the base.',
  }),
  order: option(choice('listed', 'learned'), 'listed', {
    help:
      'listed: the host after the present one is the next; learned: first those not tried yet, ' +
      'then those where the service recovered, whoever had moved the guest there.',
  }),
  learn_half_life: option(durationWithin({ min: 3_600_000, max: YEAR_MS }), '7d', {
    help: 'With order = learned: the time in which half of what was learned of a host fades.',
  }),
  spread: option(yesNo, 'yes', {
    help: 'Each guest begins its round at a place of its own, so that not all go to one host.',
  }),
  at: optional(hostName, {
    example: 'xen1',
    help: 'Where the guest is, for when no locator can tell.',
  }),
  migrator: optional(name, {
    example: 'local',
    help: 'Which [migrator] moves the guest here; may be left out where there is one.',
  }),
  ...LOCATING,
} satisfies OptionsTable;

export const ARRAY = {
  hosts: required(hostList, {
    example: 'xen1, xen2, xen3',
    help: 'The hosts that the guest may run on; tried in this order, round and round.',
  }),
  ...PLACES,
} satisfies OptionsTable;

export const SITE = {
  role: optional(choice('home', 'away'), {
    example: 'home',
    help: 'home is the cheap site; may be left out where there is one site.',
  }),
  hosts: optional(hostList, {
    example: 'xen1, xen2',
    help: "The hosts of this site, in the order in which they are tried; a cloud's is called as the site.",
  }),
  max_life: optional(durationWithin({ min: 60_000, max: YEAR_MS }), {
    example: '8h',
    help: "Of a cloud: its migrator's max_life.",
  }),
  ...PLACES,
} satisfies OptionsTable;

export const HOST = {
  address: optional(hostAddress, {
    example: '192.0.2.11',
    help: 'How the host is reached, where its name is not enough; ADDRESS:PORT for a port of its own.',
  }),
  cost: optional(number({ min: 0, max: 1e9 }), {
    example: '0.12',
    help: 'What an hour there costs.',
  }),
} satisfies OptionsTable;

export const PROBE = {
  kind: required(name, { example: 'mysql', help: 'The kind of probe, below.' }),
  interval: option(durationWithin({ min: 100, max: DAY_MS }), '60s', {
    help: 'How often it is measured.',
  }),
  timeout: optional(durationWithin({ min: 10, max: DAY_MS }), {
    example: '45s',
    help: 'A reading that takes longer is missing; three quarters of the interval by default.',
  }),
  max_errors: option(integer({ min: 1, max: 1000 }), '3', {
    help: 'So many missing readings in a row are reported as a failing probe.',
  }),
  startup: option(choice('retry', 'error'), 'retry', {
    help: 'error: the daemon does not start while this cannot be read; retry: it goes on trying.',
  }),
} satisfies OptionsTable;

export const QUEUE = {
  url: required(httpUrl, {
    example: 'https://ci.example.org/builds',
    help: 'The page that lists the jobs.',
  }),
  interval: option(durationWithin({ min: 100, max: DAY_MS }), '60s', {
    help: 'How often a page is looked for, and the big jobs are counted.',
  }),
  max_errors: option(integer({ min: 1, max: 1000 }), '3', {
    help: 'So many missing readings in a row are reported as a failing queue.',
  }),
} satisfies OptionsTable;

export const POLICY = {
  kind: required(name, { example: 'base-aware', help: 'The kind of policy, below.' }),
  probe: optional(name, {
    example: 'mysql',
    help: 'Which [probe] it judges; may be left out where there is one.',
  }),
  suffering: optional(condition, {
    example: '> 50 for 3',
    help: 'When the service suffers: 3 readings in a row; also 3/5 (three of five) or 2m.',
  }),
  idle: optional(condition, {
    example: '< 1 for 20',
    help: 'When the service needs so little that the base will do.',
  }),
  threshold: optional(number(), {
    example: '50',
    help: 'With tarry: another way to write suffering.',
  }),
  tarry: optional(tarry, {
    example: '3',
    help: 'How long the threshold must be passed before it counts.',
  }),
  lowthreshold: optional(number(), {
    example: '1',
    help: 'With lowtarry: another way to write idle.',
  }),
  lowtarry: optional(tarry, {
    example: '20',
    help: 'How long the low threshold must be passed before it counts.',
  }),
  worse: optional(choice('high', 'low'), {
    example: 'high',
    help: "On which side the service suffers; as suffering says, or else the probe's kind.",
  }),
  on_error: option(choice('hold', 'reset'), 'hold', {
    help: 'What a missing reading does to the counts: holds them, or starts them afresh.',
  }),
} satisfies OptionsTable;

export const MIGRATOR = {
  kind: required(name, { example: 'local', help: 'The kind of migrator, below.' }),
} satisfies OptionsTable;

export const CONSTRAINTS = {
  gates: option(choice('default', 'thesis'), 'default', {
    help: 'thesis: only its 45 s of settling; all other gates are off unless set here.',
  }),
  mode: option(choice('active', 'passive'), 'active', {
    help: 'passive: watch, and only log what would be asked.',
  }),
  settle: option(orOff(upToAMonth), '45s', {
    help: 'After an arrival readings are recorded for so long, not counted.',
  }),
  hold_while: optional(argv, {
    example: '/usr/local/bin/backup-runs',
    help: 'Asked before each request: while it exits with 0 none is made, its first line says why.',
  }),
  hold_timeout: option(durationWithin({ min: 100, max: 600_000 }), '10s', {
    help: 'How long hold_while may take; one that takes longer, or cannot run, does not hold.',
  }),
  cooldown: option(orOff(upToAMonth), '5m', {
    help: 'The shortest time from an arrival to the next request.',
  }),
  cooldown_growth: option(number({ min: 1, max: 10 }), '2', {
    help: 'By how much the cooldown grows when a move did not help.',
  }),
  cooldown_max: option(upToAMonth, '6h', { help: 'The longest that cooldown and retry become.' }),
  back_and_forth: option(orOff(upToAMonth), '1h', {
    help: 'Going back this soon after the cooldown counts as a move that did not help.',
  }),
  retry: option(orOff(upToAMonth), '3m', {
    help: 'The time from a failed request to the next; it doubles with each failure.',
  }),
  max_moves: option(orOff(limit), '6/24h', { help: 'So many moves in a rolling span at most.' }),
  quiet: option(orOff(windows), 'off', {
    help: 'Windows in which nothing is asked, such as Mon-Fri 11:00-13:00, Sat 22:00-06:00.',
  }),
  timezone: optional(zone, {
    example: 'Europe/Oslo',
    help: "The zone of quiet and of a budget's day; the system's where it is left out.",
  }),
  all_tried: option(choice('rest', 'off'), 'rest', {
    help: 'rest: when no host of the array helped, moves rest for 1 h, doubling to 24 h.',
  }),
  moved_back_rest: option(orOff(upToAMonth), '24h', {
    help: 'For how long a guest rests that others moved back twice in a day.',
  }),
  budget: option(orOff(budget), 'off', {
    help: 'With prices: no move whose next hour would make a day cost more than, say, 5/day.',
  }),
  allow: optional(hostList, {
    example: 'xen1, xen2',
    help: 'Only these hosts are moved to; all of them where it is left out.',
  }),
  deny: optional(hostList, { example: 'xen3', help: 'These hosts are never moved to.' }),
  max_targets: option(integer({ min: 1, max: 100 }), '3', {
    help: 'How many hosts one request may try.',
  }),
  bar: option(durationWithin({ min: 1000, max: DAY_MS }), '3m', {
    help: 'For how long a host that failed is not tried again; it doubles with each failure.',
  }),
  look: option(durationWithin({ min: 100, max: DAY_MS }), '10s', {
    help: 'The first wait between two looks for a guest that nobody finds; it doubles.',
  }),
  look_max: option(upToADay, '5m', { help: 'The longest wait between two such looks.' }),
  prefer: option(choice('service', 'cost'), 'service', {
    help: 'With several policies: cost lets the base win over a move.',
  }),
} satisfies OptionsTable;

const price = number({ min: 0, max: 1e9 });

export const COST = {
  currency: optional(pattern(/^\S{1,10}$/, 'a currency'), {
    example: 'EUR',
    help: 'What prices are in; only shown.',
  }),
  array: optional(price, {
    example: '0.12',
    help: 'What an hour costs at a host whose [host NAME] names no price.',
  }),
  base: optional(price, { example: '0.02', help: 'The same at a base.' }),
  away: optional(price, {
    example: '0.20',
    help: 'The same at a host of an away site; as array where it is left out.',
  }),
} satisfies OptionsTable;

export const HOOKS = {
  before_move: optional(argv, {
    example: '/usr/local/bin/drain',
    help: 'Runs when the target would do; any exit status but 0 refuses, its last line says why.',
  }),
  after_move: optional(argv, {
    example: '/usr/local/bin/undrain',
    help: 'Runs after each outcome, whatever it is; a failure is only logged.',
  }),
  timeout: option(durationWithin({ min: 100, max: 3_600_000 }), '1m', {
    help: 'How long each may take before it is ended, which counts as a failure.',
  }),
} satisfies OptionsTable;

const address = pattern(/^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/, 'a mail address');

export const ALERT = {
  exec: optional(argv, {
    example: '/usr/local/bin/page',
    help: 'Is told each alert in its environment, and as JSON on its standard input.',
  }),
  url: optional(pattern(/^https?:\/\/[^\s@]+$/, 'an http or https address'), {
    secret: true,
    example: 'https://alerts.example.org/vmmanage',
    help: 'Gets each alert as JSON in a POST; often a secret, and kept like one.',
  }),
  mail: optional(listOf(address, 'list of mail addresses'), {
    example: 'ops@example.org',
    help: 'Gets each alert by mail.',
  }),
  sendmail: option(path, '/usr/sbin/sendmail', { help: 'What sends the mail, with -t and -i.' }),
  timeout: option(durationWithin({ min: 100, max: 600_000 }), '30s', {
    help: 'How long each way may take for one try.',
  }),
  tries: option(integer({ min: 1, max: 10 }), '3', {
    help: 'How often each way is tried, 10 s after the first time, then ten times as long.',
  }),
  remind: option(orOff(durationWithin({ min: 1000, max: 366 * DAY_MS })), '7d', {
    help: 'A guest that is paused or passive for longer is told of, each time that it has passed.',
  }),
} satisfies OptionsTable;

export interface SectionKind {
  readonly kind: string;
  /** Whether the header carries a name; `optional` may leave it out where there is one section. */
  readonly named: 'never' | 'optional' | 'always';
  readonly help: string;
  readonly options: OptionsTable;
}

/** Every section of this version, in the order of the sample conf and the reference. */
export const SECTIONS: readonly SectionKind[] = [
  { kind: 'array', named: 'never', help: 'Where the guest may run.', options: ARRAY },
  {
    kind: 'site',
    named: 'always',
    help: 'Instead of [array], where there are several providers: one section for each.',
    options: SITE,
  },
  { kind: 'host', named: 'always', help: 'What is known of one host.', options: HOST },
  { kind: 'probe', named: 'optional', help: 'What is measured.', options: PROBE },
  { kind: 'policy', named: 'optional', help: 'When the guest asks to be moved.', options: POLICY },
  {
    kind: 'queue',
    named: 'optional',
    help: 'The jobs that the guest works on. vmmanage work does them, as docs/jobs.md says.',
    options: QUEUE,
  },
  { kind: 'migrator', named: 'optional', help: 'Who carries the moves out.', options: MIGRATOR },
  { kind: 'locator', named: 'optional', help: 'Who else tells the place.', options: LOCATOR },
  {
    kind: 'constraints',
    named: 'never',
    help: 'What keeps the guest from moving too often.',
    options: CONSTRAINTS,
  },
  { kind: 'cost', named: 'never', help: 'What the hosts cost.', options: COST },
  {
    kind: 'hooks',
    named: 'never',
    help: 'Programs of your own around each move.',
    options: HOOKS,
  },
  {
    kind: 'alert',
    named: 'never',
    help: 'Who is told when a person should look. Several ways may be given.',
    options: ALERT,
  },
  { kind: 'log', named: 'never', help: 'Where the log goes.', options: LOG },
  {
    kind: 'metrics',
    named: 'never',
    help: 'Numbers for Prometheus and what reads its format.',
    options: METRICS,
  },
  {
    kind: 'provider',
    named: 'never',
    help: 'A provider who takes the readings of the guest, and may be asked where it is.',
    options: PROVIDER,
  },
  { kind: 'vm', named: 'never', help: 'The guest itself.', options: VM },
];
