/**
 * What comes of a move, how long that takes and what is barred, for each way of moving and each kind of
 * target that isn't well: real sshds, doubles of xl, virsh and mln, and core's own judgement. A way
 * is a row of WAYS, a target one of TARGETS; a cell that isn't in a target's `expected` doesn't apply.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clone } from '../../src/migrators/clone.ts';
import { command } from '../../src/migrators/command.ts';
import { ec2 } from '../../src/migrators/ec2.ts';
import { libvirt } from '../../src/migrators/libvirt.ts';
import { local } from '../../src/migrators/local.ts';
import type { MigratorKind, OpenedMigrator, Standing } from '../../src/migrators/migrator.ts';
import { mln } from '../../src/migrators/mln.ts';
import { openstack } from '../../src/migrators/openstack.ts';
import { xl } from '../../src/migrators/xl.ts';
import { CommandCloud } from '../support/clouds/command-cloud.ts';
import { Ec2Cloud } from '../support/clouds/ec2-cloud.ts';
import { brokenLaunch, falseLaunch, Landing } from '../support/clouds/landing.ts';
import { OpenstackCloud } from '../support/clouds/openstack-cloud.ts';
import { Hosts } from '../support/hosts.ts';
import { optionsFrom } from '../support/options.ts';
import { Course, type Ended } from './course.ts';
import { any, clock, type Given } from './hosts/guest.ts';

/** Where nobody is silent nothing hangs on it, so it leaves room for a busy machine. */
const ASK_S = 20;
const TIMEOUT_S = 60;
/** A program is asked to end before it is ended by force, and the machine may be busy. */
const SLACK_S = 5;

interface Closing {
  close(): unknown;
}

interface Scene {
  readonly hosts: Hosts;
  /** Where ssh goes for the target. */
  readonly address: string;
  readonly target: Target;
  readonly landings: Readonly<Record<Landing['kind'], Landing>>;
  /** Where the guest stands in its course. */
  standing(): Standing;
}

interface Way {
  readonly vm: string;
  readonly domain: string;
  /** Its section on the hosts. */
  readonly lines?: string;
  open(scene: Scene, way: Way): OpenedMigrator;
}

const MLN = 'domain = mln.thesis\ntool = mln\nmln_template = @/mln.mln\n';

const WAYS = {
  xl: { vm: 'xl', domain: 'xl', lines: 'tool = xl', open: throughHosts(any(xl)) },
  libvirt: { vm: 'lv', domain: 'lv', lines: 'tool = libvirt', open: throughHosts(any(libvirt)) },
  mln: { vm: 'mln', domain: 'mln.thesis', lines: MLN, open: throughHosts(any(mln)) },
  'xl plain': { vm: 'xlp', domain: 'xlp', open: plainly(any(xl)) },
  'libvirt plain': { vm: 'lvp', domain: 'lvp', open: plainly(any(libvirt)) },
  command: { vm: 'cmd', domain: 'cmd', open: byCommand },
  local: { vm: 'loc', domain: 'loc', open: inAFile },
  ec2: { vm: 'ec2', domain: 'ec2', open: atACloud(any(ec2), 'ec2') },
  openstack: { vm: 'os', domain: 'os', open: atACloud(any(openstack), 'openstack') },
  clone: { vm: 'cl', domain: 'cl', open: atACloud(any(clone), 'clone') },
} satisfies Record<string, Way>;

type WayName = keyof typeof WAYS;

interface Expected {
  readonly outcome: Ended['outcome'];
  /** Why the target is barred; without it, it isn't. */
  readonly bar?: RegExp;
  /** Whose bound it keeps: that of a question, or of a move. */
  readonly within: 'ask' | 'move';
}

interface Target {
  readonly name: string;
  /** What answers in its place. */
  address?(open: Closing[]): Promise<string>;
  prepare?(hosts: Hosts): void;
  /** How long a question may take; `ASK_S` where nobody is silent. */
  readonly askS?: number;
  /** When the migrator is about to be asked to move. */
  migrating?(hosts: Hosts, way: Way): void;
  /** For clouds, which know none either. */
  landing?(landing: Landing): void;
  /** For `local`, which knows no hosts. */
  readonly local?: Given;
  /** How long an MLN that moves nothing is watched by the host. */
  readonly mlnTimeoutS?: number;
  readonly expected: Partial<Record<WayName, Expected>>;
}

/** Whose APIs are asked. */
const APIS = ['ec2', 'openstack'] as const;
const CLOUDS = [...APIS, 'clone'] as const;
const ASKING = ['xl', 'libvirt', 'mln', 'xl plain', 'libvirt plain', 'command'] as const;

function each(expected: Expected, ...ways: readonly WayName[]): Target['expected'] {
  return Object.fromEntries(ways.map((way) => [way, expected]));
}

const inTime = { within: 'move' as const };
const atOnce = { outcome: 'failed' as const, within: 'ask' as const };

const TARGETS: readonly Target[] = [
  {
    name: 'well',
    expected: each({ outcome: 'confirmed', ...inTime }, ...ASKING, 'local', ...CLOUDS),
  },
  {
    name: 'unreachable',
    address: deafPort,
    askS: 6,
    local: { unreachable: 'xen2' },
    expected: {
      ...each({ ...atOnce, bar: /^(ssh: Connection timed out|no answer in 6s)$/ }, ...ASKING),
      command: { ...atOnce, bar: /timed out/ },
      local: { ...atOnce, bar: /unreachable/ },
      ...each({ outcome: 'failed', bar: /^no answer from \S+ in time$/, ...inTime }, ...APIS),
      clone: { ...atOnce, bar: /^curl: \(28\)/ },
    },
  },
  {
    name: 'refusing',
    address: async () => '127.0.0.1:1',
    expected: {
      ...each({ ...atOnce, bar: /^ssh: Connection refused$/ }, ...ASKING),
      command: { ...atOnce, bar: /Connection refused/ },
      ...each({ outcome: 'failed', bar: /^no server listens at 127/, ...inTime }, ...APIS),
      clone: { ...atOnce, bar: /^curl: \(7\)/ },
    },
  },
  {
    name: 'hanging',
    address: silentListener,
    askS: 6,
    expected: {
      ...each({ ...atOnce, bar: /timed out during banner exchange$|^no answer in 6s/ }, ...ASKING),
      command: { ...atOnce, bar: /timed out/ },
      ...each({ outcome: 'failed', bar: /^no answer from \S+ in time$/, ...inTime }, ...APIS),
      clone: { ...atOnce, bar: /^curl: \(28\)/ },
    },
  },
  {
    name: 'half-dead',
    prepare: (hosts) => hosts.host('xen2').setKnob('broken', 'yes'),
    // Questions are answered; what is asked for isn't done.
    landing: (landing) => landing.launches(brokenLaunch),
    expected: {
      ...each({ ...atOnce, bar: /(xl|virsh)( does not|'s| doesn't)? ?.*(answer|exit)/ }, ...ASKING),
      command: { ...atOnce, bar: /^xencall: error/ },
      ...each({ outcome: 'failed', bar: /still at xen1/, ...inTime }, ...CLOUDS),
    },
  },
  {
    name: 'held by provider',
    // Nobody's failure, so nothing is barred.
    prepare: (hosts) => hosts.host('xen2').hold('nightly backup'),
    expected: each(atOnce, 'xl', 'libvirt', 'mln'),
  },
  {
    name: 'slow',
    prepare: (hosts) => hosts.host('xen1').setKnob('steps', '60'),
    local: { delay: '3s' },
    landing: (landing) => {
      landing.bootMs = 3000;
    },
    expected: each({ outcome: 'confirmed', ...inTime }, ...ASKING, 'local', ...CLOUDS),
  },
  {
    name: 'failing late',
    prepare: (hosts) => hosts.host('xen2').setKnob('fail_late', 'yes'),
    local: { fail: 'xen2' },
    landing: (landing) => {
      landing.dies = true;
    },
    mlnTimeoutS: 4,
    expected: each(
      { outcome: 'failed', bar: /still at xen1/, ...inTime },
      ...ASKING,
      'local',
      ...CLOUDS,
    ),
  },
  {
    name: 'lying',
    // It says that it has the guest, which never left.
    migrating: (hosts, { domain }) => hosts.host('xen2').createDomain(domain),
    landing: (landing) => landing.launches(falseLaunch),
    expected: {
      ...each({ outcome: 'unconfirmed', ...inTime }, ...ASKING),
      ...each({ outcome: 'failed', bar: /still at xen1/, ...inTime }, ...CLOUDS),
    },
  },
];

const QUEUED = 8;

/**
 * Where no packet is answered, as behind a dead link: a process that stands still and whose queue of connections
 * is full, so that the kernel drops what else comes.
 */
async function deafPort(open: Closing[]): Promise<string> {
  const listen = "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }";
  const words = ['-e', `const s = ${listen}, () => console.log(s.address().port))`];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  open.push({ close: () => child.kill('SIGKILL') });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(said.toString());
  child.kill('SIGSTOP');
  for (let i = 0; i < QUEUED; i += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    open.push({ close: () => socket.destroy() });
    // The first ones get in; those that don't are what the queue is full of.
    await Promise.race([once(socket, 'connect'), clock.sleep(100)]);
  }
  return `127.0.0.1:${port}`;
}

/** Takes connections and never says a word. */
function silentListener(open: Closing[]): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  open.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    });
  });
}

function contextOf({ hosts, address }: Scene, { vm }: Way) {
  return {
    ...{ clock, vm, hosts: ['xen1', 'xen2'] },
    addressOf: (name: string) => (name === 'xen2' ? address : `127.0.0.1:${hosts.host(name).port}`),
    stateFolder: mkdtempSync(join(hosts.host('xen1').folder, `${vm}-`)),
  };
}

function sshOptions({ hosts, target }: Scene, key: string, more: Given = {}): Given {
  return {
    ...{ ssh_user: hosts.user, ssh_key: hosts.key(key), ssh_known_hosts: hosts.knownHosts },
    ...{ ask_timeout: `${target.askS ?? ASK_S}s`, timeout: `${TIMEOUT_S}s`, ...more },
  };
}

function throughHosts(kind: MigratorKind): Way['open'] {
  return (scene, way) =>
    kind.open(optionsFrom(kind.options, sshOptions(scene, way.vm)), contextOf(scene, way));
}

/** As root of the hosts. */
function plainly(kind: MigratorKind): Way['open'] {
  return (scene, way) => {
    const options = sshOptions(scene, 'hosts', { via: 'plain' });
    return kind.open(optionsFrom(kind.options, options), contextOf(scene, way));
  };
}

/** What a tenant would write: ssh to the target and to the source, and a look that is his own. */
function byCommand(scene: Scene, way: Way): OpenedMigrator {
  const { hosts, address, target } = scene;
  const context = contextOf(scene, way);
  const where = join(context.stateFolder, 'where');
  const look = (name: string) =>
    `[ ! -f ${hosts.host(name).folder}/things/domains/${way.domain} ] || echo ${name}`;
  writeFileSync(where, `#!/bin/sh\n${look('xen1')}\n${look('xen2')}\n`, { mode: 0o755 });
  const ssh = (to: string) => {
    const [machine = '', port = ''] = to.split(':');
    const set = ['BatchMode=yes', 'ConnectTimeout=2', `UserKnownHostsFile=${hosts.knownHosts}`];
    const options = set.map((each) => `-o ${each}`).join(' ');
    return `ssh -F none ${options} -i ${hosts.key('hosts')} -p ${port} ${hosts.user}@${machine}`;
  };
  const options = optionsFrom(command.options, {
    preflight: `${ssh(address)} xl list`,
    migrate: `${ssh(`127.0.0.1:${hosts.host('xen1').port}`)} xl migrate ${way.domain} {to}`,
    ...{ locate: where, preflight_timeout: `${target.askS ?? ASK_S}s`, timeout: `${TIMEOUT_S}s` },
  });
  return command.open(options, context);
}

/** Its API answers at the target's address, and the clone in the mailbox. */
function atACloud(kind: MigratorKind, name: Landing['kind']): Way['open'] {
  return (scene, way) => {
    const { landings, target, address, standing } = scene;
    const own = landings[name].options(target.address ? address : undefined);
    const call = 'call_timeout' in kind.options ? { call_timeout: '1s' } : {};
    const times = { ...call, report_timeout: '6s', poll: '100ms' };
    const context = { ...contextOf(scene, way), hosts: ['xen2'], standing };
    return kind.open(optionsFrom(kind.options, { ...own, ...times }), context);
  };
}

function inAFile(scene: Scene, way: Way): OpenedMigrator {
  const options = optionsFrom(local.options, { delay: '100ms', ...scene.target.local });
  return local.open(options, contextOf(scene, way));
}

/** MLN's project on the hosts. */
const PROJECT = 'global {\n\tproject thesis\n}\nhost mln {\n\tservice_host xen1\n}\n';

/** All ways at once, to a target of a kind. */
async function scene(
  target: Target,
): Promise<{ ended: Map<WayName, Ended>; close: () => Promise<void> }> {
  const open: Closing[] = [];
  const sections = Object.values<Way>(WAYS).flatMap(({ vm, lines }) => {
    const watched = vm === 'mln' ? `timeout = ${target.mlnTimeoutS ?? TIMEOUT_S}\n` : '';
    return lines === undefined ? [] : [[vm, `${lines}\n${watched}`]];
  });
  const hosts = await Hosts.start({
    hosts: ['xen1', 'xen2'],
    vms: Object.fromEntries(sections),
    conf: 'max_out = 9\nmax_in = 9\nask_timeout = 10',
  });
  const close = async () => {
    await Promise.all(open.map((each) => each.close()));
    await hosts.remove();
  };
  for (const host of hosts.all) host.write('mln.mln', PROJECT);
  for (const { domain } of Object.values<Way>(WAYS)) hosts.host('xen1').createDomain(domain);
  const landings = {
    ec2: await Landing.at(new Ec2Cloud()),
    openstack: await Landing.at(new OpenstackCloud()),
    clone: await Landing.at(new CommandCloud()),
  };
  open.push(...Object.values(landings));
  for (const landing of Object.values(landings)) target.landing?.(landing);
  target.prepare?.(hosts);
  const address = (await target.address?.(open)) ?? `127.0.0.1:${hosts.host('xen2').port}`;
  const names = Object.keys(target.expected) as WayName[];
  const ended = await Promise.all(
    names.map(async (name) => {
      const way: Way = WAYS[name];
      let course: Course | undefined;
      const standing = () => course?.standing ?? {};
      const opened = way.open({ hosts, address, target, landings, standing }, way);
      course = new Course(way.vm, opened, () => target.migrating?.(hosts, way));
      return [name, await course.toItsEnd()] as const;
    }),
  );
  return { ended: new Map(ended), close };
}

const seen = new Map<string, Map<WayName, Ended>>();

describe.each(TARGETS)('a target: $name', (target) => {
  let close: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const played = await scene(target);
    close = played.close;
    seen.set(target.name, played.ended);
  }, 120_000);
  afterAll(() => close?.());

  it.each(Object.entries(target.expected))('%s', (name, expected) => {
    const ended = seen.get(target.name)?.get(name as WayName);
    const about = JSON.stringify(ended);
    expect(ended?.outcome, about).toBe(expected.outcome);
    expect(ended?.bar !== undefined, about).toBe(expected.bar !== undefined);
    if (expected.bar) expect(ended?.bar).toMatch(expected.bar);
    const boundS = expected.within === 'move' ? TIMEOUT_S : (target.askS ?? ASK_S);
    expect(ended?.tookMs, about).toBeLessThan((boundS + SLACK_S) * 1000);
  });
});

/** What was seen, for people. */
afterAll(() => {
  const names = Object.keys(WAYS) as WayName[];
  const cell = (ended: Ended | undefined) =>
    ended === undefined
      ? '–'
      : `${ended.outcome} ${(ended.tookMs / 1000).toFixed(1)}s${ended.bar === undefined ? '' : ' bar'}`;
  const rows = [...seen].map(([name, row]) => [name, ...names.map((way) => cell(row.get(way)))]);
  const lines = [['target', ...names], ...rows].map((row) =>
    row
      .map((text) => text.padEnd(20))
      .join('')
      .trimEnd(),
  );
  console.log(lines.join('\n'));
});
