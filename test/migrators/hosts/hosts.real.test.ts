/** A guest asks real sshds with `vmmanage-host` and doubles of xl: what it gets, sees and says. */
import { createServer, type Server } from 'node:net';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { hostsLocator } from '../../../src/migrators/locators/hosts.ts';
import { Hosts } from '../../support/hosts.ts';
import { optionsFrom } from '../../support/options.ts';
import { clock, Guest } from './guest.ts';

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2', 'xen3'], vms: { nii3: '', other: '' } });
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  hosts.host('xen1').createDomain('nii3');
});

const xen = (n: number) => hosts.host(`xen${n}`);

/** For as long as the test runs. */
const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** Takes connections and never says a word; or says `word` to everybody. */
function listener(word?: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (word !== undefined) socket.end(word);
  });
  open.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    });
  });
}

describe('a move', () => {
  it('that arrives is said to be done, and every host says where the guest is', async () => {
    const guest = new Guest(hosts);
    expect(await guest.preflight()).toEqual({ ok: true });
    expect(await guest.migrate()).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^xen1: done/),
    });
    expect(await guest.underway()).toBe(false);
    expect(await guest.words()).toEqual([
      'xen1: no such domain here',
      expect.stringMatching(/^xen2: here since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      'xen3: no such domain here',
    ]);
    expect(await guest.place()).toBe('xen2');
  });

  it('tells how far it is, and is seen on its way', async () => {
    xen(1).setKnob('steps', '60');
    const guest = new Guest(hosts);
    const attempt = guest.migrate();
    await guest.untilMoving();
    await clock.sleep(500);
    expect(await guest.place()).toBe('to xen2');
    expect(await guest.underway()).toBe(true);
    expect(await attempt).toMatchObject({ ok: true });
    expect(guest.told[0]).toBe('accepted by xen1');
    expect(guest.told).toContainEqual(expect.stringMatching(/^moving/));
  });

  it('that fails late says why, and the guest is where it was', async () => {
    xen(2).setKnob('fail_late', 'yes');
    const guest = new Guest(hosts);
    const attempt = await guest.migrate();
    expect(attempt.ok).toBe(false);
    expect(attempt.text).toMatch(/^xen1: the transfer failed at xen2 at its end/);
    expect(await guest.place()).toBe('xen1');
    expect(await guest.underway()).toBe(false);
  });

  it('whose transfer breaks says so, and the guest is where it was', async () => {
    xen(1).setKnob('steps', '60');
    const guest = new Guest(hosts);
    const attempt = guest.migrate();
    await guest.untilMoving();
    await clock.sleep(300);
    expect(xen(1).cut()).toBeGreaterThan(0);
    expect((await attempt).ok).toBe(false);
    expect(await guest.place()).toBe('xen1');
  });

  it('is asked to stop by a cancel, and has ended then', async () => {
    xen(1).setKnob('steps', '200');
    const guest = new Guest(hosts);
    const cancel = new AbortController();
    const attempt = guest.migrate(cancel.signal);
    await guest.untilMoving();
    cancel.abort();
    expect(await attempt).toMatchObject({ ok: false, text: expect.stringMatching(/^cancelled/) });
    expect(await guest.place()).toBe('xen1');
    expect(xen(2).domains()).toEqual([]);
  });

  it('cancelled before it was asked for asks for nothing', async () => {
    const guest = new Guest(hosts);
    const attempt = await guest.migrate(AbortSignal.abort());
    expect(attempt).toEqual({ ok: false, text: 'cancelled before it was asked for' });
    expect(
      xen(1)
        .calls()
        .filter((call) => call.includes('migrate')),
    ).toEqual([]);
  });

  it('that takes too long is asked to stop, and isn’t taken for over while it goes on', async () => {
    xen(1).setKnob('steps', '400');
    const guest = new Guest(hosts, { timeout: '3s' });
    expect(await guest.migrate()).toEqual({ ok: false, text: 'no end after 3s; asked to stop' });
    while (await guest.underway()) await clock.sleep(100);
    expect(await guest.place()).toBe('xen1');
  });

  it('goes on without the one who asked, whose next life finds it', async () => {
    xen(1).setKnob('steps', '60');
    const before = new Guest(hosts);
    void before.migrate();
    await before.untilMoving();
    const after = new Guest(hosts);
    expect(await after.underway(before.request)).toBe(true);
    while (await after.underway(before.request)) await clock.sleep(100);
    expect(await after.place()).toBe('xen2');
  });

  it('of an earlier life can be stopped', async () => {
    xen(1).setKnob('steps', '400');
    const before = new Guest(hosts);
    const attempt = before.migrate();
    await before.untilMoving();
    await before.stop();
    expect((await attempt).text).toMatch(/^cancelled/);
    expect(await before.place()).toBe('xen1');
  });
});

describe('the source', () => {
  it('that refuses connections ends the attempt at once, and no preflight passes', async () => {
    const guest = new Guest(hosts, {}, { xen1: '127.0.0.1:1' });
    expect(await guest.preflight()).toEqual({
      ok: false,
      reason: 'xen1, where the guest is: ssh: Connection refused',
      ofSource: true,
    });
    const text = 'xen1: ssh: Connection refused';
    expect(await guest.migrate()).toEqual({ ok: false, text, ofSource: true });
    expect(await guest.underway()).toBe(false);
    expect(await guest.place()).toBe('unknown');
  });

  it('that is lost on the way is no failure: the target is asked', async () => {
    xen(1).setKnob('steps', '60');
    const guest = new Guest(hosts);
    const attempt = guest.migrate();
    await guest.untilMoving();
    await xen(1).stop();
    const ended = await attempt;
    await xen(1).start();
    expect(ended).toEqual({ ok: true, text: 'seen at xen2; xen1: ssh: Connection refused' });
    expect(guest.told).toContain('xen1: ssh: Connection refused; asking again');
    expect(await guest.place()).toBe('xen2');
  });

  it('that died leaves all in doubt, and holds the request until its time has passed', async () => {
    const guest = new Guest(hosts, { timeout: '3s' });
    xen(1).setKnob('steps', '400');
    const attempt = guest.migrate();
    await guest.untilMoving();
    await xen(1).stop();
    await hosts.reset();
    expect((await attempt).text).toBe('no end after 3s; asked to stop');
    expect(await guest.place()).toBe('unknown');
    expect(await guest.underway(guest.aged(0))).toBe(true);
    expect(await guest.underway(guest.aged(3500))).toBe(false);
    await xen(1).start();
  });

  it('that sends as many as it may is itself why, at the preflight and at the move', async () => {
    xen(1).write('host.conf', 'name = xen1\nmax_out = 0\n');
    onTestFinished(() => xen(1).write('host.conf', 'name = xen1\n'));
    const guest = new Guest(hosts);
    const reason = 'xen1 sends 0 already, 0 at most';
    expect(await guest.preflight()).toEqual({ ok: false, reason, ofSource: true });
    expect(await guest.migrate()).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^xen1: vetoed \(out\)/),
      ofSource: true,
    });
  });

  it('that doesn’t have the guest is itself why', async () => {
    xen(1).removeDomain('nii3');
    expect(await new Guest(hosts).migrate()).toEqual({
      ok: false,
      text: 'xen1: vetoed (name): nii3 does not run on xen1',
      ofSource: true,
    });
  });

  it('that was asked and lost what it knew says so', async () => {
    const guest = new Guest(hosts);
    xen(1).setKnob('hang', 'xl-migrate');
    const attempt = guest.migrate();
    await guest.untilMoving();
    await hosts.reset();
    expect(await attempt).toEqual({ ok: false, text: 'xen1 knows nothing of this request' });
  });
});

describe('no preflight passes of a target that', () => {
  it.each([
    ['is drained', () => xen(2).state('draining for new disks'), 'draining: for new disks'],
    ['is half dead', () => xen(2).setKnob('broken', 'yes'), /xl/],
    ['hangs in its tool', () => xen(2).setKnob('hang', 'xl'), /xl|answer/],
  ])('%s', async (_, prepare, reason) => {
    prepare();
    const said = await new Guest(hosts).preflight();
    expect(said).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it.each([
    ['refuses', async () => '127.0.0.1:1', 'ssh: Connection refused'],
    ['hangs', () => listener(), 'ssh: Connection timed out during banner exchange'],
    ['is no sshd', () => listener('HTTP/1.1 400 Bad Request\r\n\r\n'), /^ssh: /],
    ['has another key', async () => `127.0.0.2:${xen(2).port}`, /^ssh: /],
    ['is another host', async () => `127.0.0.1:${xen(3).port}`, 'calls itself “xen3”, not xen2'],
  ])('%s', async (_, elsewhere, reason) => {
    const guest = new Guest(hosts, { ask_timeout: '3s' }, { xen2: await elsewhere() });
    const began = Date.now();
    expect(await guest.preflight()).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await guest.place()).toBe('xen1');
  });

  it('has a key that nobody pinned', async () => {
    const guest = new Guest(hosts, { ssh_known_hosts: '/dev/null' });
    expect(await guest.preflight()).toEqual({
      ok: false,
      reason:
        'xen1, where the guest is: ssh: its key is not the one in known_hosts, or is not there',
      ofSource: true,
    });
  });

  it('lets nobody in', async () => {
    const guest = new Guest(hosts, { ssh_key: `${xen(1).folder}/host` });
    expect(await guest.preflight()).toEqual({
      ok: false,
      reason: expect.stringMatching(/^xen1, where the guest is: ssh: .*Permission denied/),
      ofSource: true,
    });
  });
});

describe('the provider’s hold, told as such', () => {
  it.each([
    [
      'on the target, for everybody and for a time',
      () => xen(2).hold('storage work\nretry-after: 600'),
      'held: storage work; ask again in 600 s',
      { host: 'xen2', why: 'storage work', forMs: 600_000 },
    ],
    [
      'on the target, of this guest',
      () => xen(2).hold('an audit', 'nii3'),
      'held: an audit',
      { host: 'xen2', why: 'an audit' },
    ],
    [
      'on the source',
      () => xen(1).hold('month end', 'nii3'),
      'xen1: held: month end',
      { host: 'xen1', why: 'month end' },
    ],
  ])('%s', async (_, prepare, reason, held) => {
    prepare();
    const guest = new Guest(hosts);
    expect(await guest.preflight()).toMatchObject({ ok: false, reason, held });
    // Set between the preflight and the request for the move.
    expect((await guest.migrate()).held).toEqual(held);
    expect(xen(1).domains()).toEqual(['nii3']);
  });
});

describe('a host vetoes', () => {
  it.each([
    ['memory', () => xen(2).setKnob('memory', '100')],
    ['name', () => xen(2).createDomain('nii3')],
    ['hold', () => xen(1).hold('month end')],
    ['state', () => xen(2).state('draining')],
  ])('for its %s, and nothing moves', async (veto, prepare) => {
    prepare();
    const guest = new Guest(hosts);
    const attempt = await guest.migrate();
    expect(attempt.ok).toBe(false);
    expect(attempt.text).toMatch(new RegExp(`^xen1: vetoed \\(${veto}\\): `));
    expect(attempt.held !== undefined).toBe(veto === 'hold');
    // None of these is the source's own, but its hold, which ends the request by itself.
    expect(attempt.ofSource).toBeUndefined();
    expect(await guest.underway()).toBe(false);
    expect(xen(1).domains()).toEqual(['nii3']);
  });
});

describe('hosts that don’t tell the truth', () => {
  it('both having the guest leave it in doubt', async () => {
    xen(2).createDomain('nii3');
    expect(await new Guest(hosts).place()).toBe('unknown');
  });

  it('saying done though it stayed are not believed', async () => {
    const guest = new Guest(hosts);
    await guest.migrate();
    xen(2).removeDomain('nii3');
    xen(1).createDomain('nii3');
    expect(await guest.place()).toBe('xen1');
  });

  it('hanging in xl are silent in bounded time, and the others are heard', async () => {
    xen(2).setKnob('hang', 'xl');
    const began = Date.now();
    const guest = new Guest(hosts);
    expect(await guest.place()).toBe('xen1');
    expect(Date.now() - began).toBeLessThan(12_000);
  });
});

it('a locator on its own asks them too, for a migrator that doesn’t', async () => {
  const options = optionsFrom(hostsLocator.options, {
    ...{ ssh_user: hosts.user, ssh_key: hosts.key('nii3'), ssh_known_hosts: hosts.knownHosts },
  });
  const locator = hostsLocator.open(options, {
    ...{ clock, vm: 'nii3', hosts: ['xen1', 'xen2'], sites: [], addresses: () => [] },
    addressOf: (name) => `127.0.0.1:${hosts.host(name).port}`,
  });
  const seen = await locator.locate(new AbortController().signal);
  expect(seen).toMatchObject({ kind: 'at', host: 'xen1', notAt: ['xen2'] });
  expect(locator).toMatchObject({ asks: 'the hosts' });
  expect(locator.onlyWarns).toBeUndefined();
});
