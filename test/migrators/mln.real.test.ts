/** MLN both ways, with doubles that behave as MLN 1.0.8.8: through `vmmanage-host`, and by an mln of the guest's own. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mln } from '../../src/migrators/mln.ts';
import { markedProcesses } from '../../src/system/marks.ts';
import { Hosts } from '../support/hosts.ts';
import { optionsFrom } from '../support/options.ts';
import { any, clock, type Given, Guest } from './hosts/guest.ts';

const PASSWORD = 'sesam-luk-op';
const project = (host: string) => `global {
\tproject thesis
\tproject_password ${PASSWORD}
}
host nii3 {
\txen
\tservice_host ${host} # where it is
}
`;
const DOMAIN = 'nii3.thesis';

let hosts: Hosts;
let searched: string | undefined;
beforeAll(async () => {
  // The third is the guest itself: a folder with an mln of its own.
  hosts = await Hosts.start({
    hosts: ['xen1', 'xen2', 'guest'],
    vms: { nii3: `domain = ${DOMAIN}\ntool = mln\nmln_template = @/nii3.mln` },
    conf: 'ask_timeout = 8',
  });
  for (const host of hosts.all) host.write('nii3.mln', project('xen1'));
  searched = process.env['PATH'];
  process.env['PATH'] = `${hosts.host('guest').bin}:${searched}`;
});
afterAll(async () => {
  process.env['PATH'] = searched;
  await hosts?.remove();
});
beforeEach(async () => {
  await hosts.reset();
  hosts.host('xen1').createDomain(DOMAIN);
  hosts.host('guest').setKnob('source', 'xen1');
});

const target = () => hosts.host('xen2');
const own = () => hosts.host('guest');
const template = () => join(own().folder, 'etc/nii3.mln');

/** As MLN calls the hosts, not where their sshds are. */
const NAMES = { xen1: 'xen1', xen2: 'xen2' };

/** A command that looks at the hosts' folders. */
function locate(): string {
  const path = join(own().folder, 'locate');
  const of = (name: string) =>
    `[ ! -f ${hosts.host(name).folder}/things/domains/${DOMAIN} ] || echo ${name}`;
  writeFileSync(path, `#!/bin/sh\n${of('xen1')}\n${of('xen2')}\n`, { mode: 0o755 });
  return path;
}

const through = (given: Given = {}) => new Guest(hosts, given, {}, any(mln));
const directly = (given: Given = {}, elsewhere: Given = NAMES) =>
  new Guest(
    hosts,
    { via: 'direct', template: template(), locate: locate(), ask_timeout: '20s', ...given },
    elsewhere,
    any(mln),
  );

const clients = () =>
  own()
    .calls()
    .filter((call) => call.startsWith('mln client'));

/** What others may see of a process: its words and its environment. */
function seenOf(pid: number): string {
  const of = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
  return of('cmdline') + of('environ');
}

/** Wherever this guest may keep something. */
async function expectNoPassword(guest: Guest): Promise<void> {
  const places = [guest.stateFolder, join(own().folder, 'things')];
  const found = await own().run('grep', '-rl', PASSWORD, ...places);
  expect(found.stdout).toBe('');
  expect(guest.told.join('\n')).not.toContain(PASSWORD);
  expect(readdirSync(guest.stateFolder)).toEqual([]);
}

describe('MLN through vmmanage-host', () => {
  it('moves, and tells which project is in force', async () => {
    const guest = through();
    expect(await guest.preflight()).toEqual({ ok: true });
    expect(await guest.migrate()).toMatchObject({ ok: true, using: 'nii3.xen2.mln' });
    expect(await guest.place()).toBe('xen2');
  });

  it('has no MLN daemon on the target: a veto, and nothing is in force', async () => {
    target().setKnob('mln', 'refused');
    expect(await through().migrate()).toEqual({
      ok: false,
      text: 'xen1: vetoed (unreachable): no MLN daemon answers on xen2',
    });
  });
});

describe('MLN directly', () => {
  it('is said to hand out the password, and to be blind without locate', () => {
    const caution = (given: Given) => mln.caution?.(optionsFrom(mln.options, given)) ?? '';
    expect(caution({})).toBe('');
    expect(caution({ via: 'direct', locate: 'hosts' })).toBe(
      "via = direct hands the project's password to this guest",
    );
    expect(caution({ via: 'direct' })).toMatch(/password.*; without locate nobody/);
  });

  it('moves by the template with another service_host, live', async () => {
    const guest = directly();
    expect(await guest.preflight()).toEqual({ ok: true });
    expect(await guest.migrate()).toEqual({
      ok: true,
      text: 'seen at xen2',
      using: 'nii3.xen2.mln',
    });
    expect(clients()).toEqual([
      expect.stringMatching(/^mln client -c upgrade -f \/\S+\.mln -h xen2$/),
    ]);
    expect(target().domains()).toEqual([DOMAIN]);
    expect(hosts.host('xen1').calls()).toContain(`xl migrate ${DOMAIN} xen2`);
    expect(await guest.underway()).toBe(false);
    await expectNoPassword(guest);
  });

  it('moves by the file of the target, as the thesis did, and sends it as it is', async () => {
    const folder = join(own().folder, 'etc/projects');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'nii3.xen2.mln');
    writeFileSync(file, project('xen2'));
    // Whatever the address for ssh is, the file says who is asked.
    const guest = directly({ folder, locate: 'hosts' }, {});
    expect(await guest.preflight()).toEqual({ ok: true });
    expect(await guest.migrate()).toMatchObject({ ok: true, text: 'seen at xen2' });
    expect(clients()).toEqual([`mln client -c upgrade -f ${file} -h xen2`]);
    expect(readFileSync(file, 'utf8')).toBe(project('xen2'));
    rmSync(folder, { recursive: true });
  });

  it('moves cold where the tenant says so', async () => {
    expect(await directly({ cold: 'yes' }).migrate()).toMatchObject({ ok: true });
    expect(clients()[0]).toMatch(/ -h xen2 -S$/);
    expect(hosts.host('xen1').calls().join('\n')).not.toContain('xl migrate');
  });

  it('blames the host whose daemon it asks', async () => {
    for (const name of ['xen1', 'xen2']) hosts.host(name).setKnob('mln', 'refused');
    const [ofTarget, ofSource] = [directly(), directly({ daemon: 'source' })];
    const reason = (name: string) => `no MLN daemon answers on ${name}`;
    expect(await ofTarget.preflight()).toEqual({ ok: false, reason: reason('xen2') });
    const blame = { ok: false, reason: reason('xen1'), ofSource: true };
    expect(await ofSource.preflight()).toEqual(blame);
  });

  it('asks the daemon of the source where the tenant says so', async () => {
    own().setKnob('mln', 'up');
    await directly({ daemon: 'source', timeout: '1s' }).migrate();
    expect(clients()[0]).toMatch(/ -h xen1$/);
  });

  it('keeps the project it made in a file for its own eyes, and only while mln runs', async () => {
    own().setKnob('hang', 'mln-client');
    const guest = directly({ mln_timeout: '2s', timeout: '1s' });
    const attempt = guest.migrate();
    const made = () => readdirSync(guest.stateFolder).find((name) => name.endsWith('.mln'));
    while (clients().length === 0) await clock.sleep(20);
    const path = join(guest.stateFolder, made() ?? 'none');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(clients()[0]).toContain(path);
    const running = await markedProcesses(`VMMANAGE_REQUEST=${guest.request}`);
    expect(running.length).toBeGreaterThan(0);
    // Only whether it is there: what others see of a process isn't for a test's report.
    expect(running.some(({ pid }) => seenOf(pid).includes(PASSWORD))).toBe(false);
    await attempt;
    await expectNoPassword(guest);
  });

  it('is ended when it hangs, and isn’t taken for failed before its time', async () => {
    own().setKnob('hang', 'mln-client');
    const guest = directly({ mln_timeout: '1s', timeout: '4s' });
    const began = Date.now();
    expect(await guest.migrate()).toEqual({
      ok: false,
      text: 'mln client did not end in 1s; not seen at xen2 in 4s',
    });
    expect(Date.now() - began).toBeGreaterThanOrEqual(4000);
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await guest.underway()).toBe(false);
    expect(await guest.place()).toBe('xen1');
  });

  it.each([
    ['refuses connections', 'refused', 'no MLN daemon answers on xen2'],
    ['refuses the project', 'goodbye', 'the MLN daemon of xen2 refused the project'],
  ])('ends at once where the daemon %s', async (_, knob, text) => {
    target().setKnob('mln', knob);
    const guest = directly();
    expect(await guest.migrate()).toEqual({ ok: false, text });
    expect(await guest.underway()).toBe(false);
    await expectNoPassword(guest);
  });

  it('believes no ticket: who isn’t seen at the target has not come', async () => {
    target().setKnob('mln', 'lies');
    const guest = directly({ timeout: '3s' });
    expect(await guest.migrate()).toEqual({
      ok: false,
      text: 'the MLN daemon of xen2 took the project; not seen at xen2 in 3s',
    });
    expect(await guest.place()).toBe('xen1');
  });

  it('without locate ends with the ticket, and nobody knows where the guest is', async () => {
    const { locate: _, ...blind } = { locate: '', template: template() };
    const guest = new Guest(hosts, { via: 'direct', ...blind }, NAMES, any(mln));
    expect(await guest.migrate()).toEqual({
      ok: true,
      text: 'the MLN daemon of xen2 took the project; without locate nobody sees what comes of it',
      using: 'nii3.xen2.mln',
    });
    expect(await guest.underway()).toBe(false);
    expect(await guest.place()).toBe('unknown');
  });

  it('can’t be stopped once it was taken, and says so', async () => {
    hosts.host('xen1').setKnob('steps', '100');
    const guest = directly();
    const cancel = new AbortController();
    const attempt = guest.migrate(cancel.signal);
    while (!target().domains().includes(`${DOMAIN}--incoming`)) await clock.sleep(20);
    cancel.abort();
    expect(await attempt).toMatchObject({ ok: true, text: 'seen at xen2' });
    expect(guest.told.at(-1)).toBe("MLN can't be stopped: the move goes on");
  });

  it('cancelled before it was asked for asks nobody', async () => {
    expect(await directly().migrate(AbortSignal.abort())).toMatchObject({ ok: false });
    expect(clients()).toEqual([]);
  });
});

describe('the next life of a daemon that asked MLN', () => {
  /** What stays behind of one that was killed while its request was open. */
  function killed(guest: Guest, agoMs: number): void {
    const path = (what: string) => join(guest.stateFolder, `mln-${guest.request}.${what}`);
    writeFileSync(path('asked'), `xen2 ${Date.now() - agoMs}\n`);
    writeFileSync(path('mln'), project('xen2'));
  }

  it('waits while it may go on, and no longer than `timeout`', async () => {
    const guest = directly({ timeout: '60s' });
    killed(guest, 50_000);
    expect(await guest.underway()).toBe(true);
    killed(guest, 61_000);
    expect(await guest.underway()).toBe(false);
    await expectNoPassword(guest);
  });

  it('waits no longer once the guest is seen at its target', async () => {
    const guest = directly();
    killed(guest, 0);
    hosts.host('xen1').removeDomain(DOMAIN);
    target().createDomain(DOMAIN);
    expect(await guest.underway()).toBe(false);
  });

  it('knows that nothing was asked where nothing is noted', async () => {
    expect(await directly().underway()).toBe(false);
  });

  it('ends an mln that still hangs', async () => {
    own().setKnob('hang', 'mln-client');
    const before = directly({ mln_timeout: '30s' });
    const attempt = before.migrate();
    while (clients().length === 0) await clock.sleep(20);
    expect(await before.underway()).toBe(true);
    await before.stop();
    expect(existsSync(join(before.stateFolder, `mln-${before.request}.mln`))).toBe(true);
    hosts.host('xen1').removeDomain(DOMAIN);
    target().createDomain(DOMAIN);
    expect(await attempt).toMatchObject({ ok: true, text: 'seen at xen2' });
  });
});

describe('no preflight passes', () => {
  it.each([
    [
      'without a daemon',
      () => target().setKnob('mln', 'refused'),
      {},
      'no MLN daemon answers on xen2',
    ],
    [
      'where the check hangs',
      () => own().setKnob('hang', 'mln-check_remote_daemon'),
      { ask_timeout: '1s' },
      'the MLN daemon of xen2 is silent for 1s',
    ],
    [
      'without a project',
      () => undefined,
      { template: '/nowhere.mln' },
      'there is no /nowhere.mln',
    ],
    [
      'with a project of another guest',
      () => undefined,
      { project_vm: 'nii9' },
      /has no service_host of its own in a block host nii9$/,
    ],
  ])('%s', async (_, prepare, given, reason) => {
    prepare();
    expect(await directly(given).preflight()).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});
