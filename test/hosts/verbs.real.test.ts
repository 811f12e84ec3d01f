/** The five verbs through real sshds: what a guest asks of the host it is on, and what becomes of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { becomes, ended, REQUEST, request } from './support.ts';

let hosts: Hosts;
let source: Host;
let target: Host;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: '', nii4: '' } });
  source = hosts.host('xen1');
  target = hosts.host('xen2');
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  source.createDomain('nii3');
});

const slowly = () => source.setKnob('steps', '600');
const asked = (id = REQUEST) => source.call('nii3', `migrate xen2 ${id}`);
const migrations = () => source.calls().filter((call) => call.startsWith('xl migrate'));

describe('where', () => {
  it('says since when the guest is here, and that it is not there', async () => {
    const before = Math.floor(Date.now() / 1000);
    const here = await hosts.ask('nii3', 'xen1', 'where');
    expect(here).toMatchObject({ status: 0, values: { host: 'xen1', here: 'yes' } });
    expect(Number(here.values['since'])).toBeGreaterThanOrEqual(before);
    expect((await hosts.ask('nii3', 'xen2', 'where')).stdout).toBe(
      'vmmanage-host=1\nhost=xen2\nhere=no\n',
    );
  });

  it('does not forget since when, and begins anew when the guest was away', async () => {
    const since = async () => (await source.call('nii3', 'where')).values['since'];
    const first = await since();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await since()).toBe(first);
    source.removeDomain('nii3');
    expect(await since()).toBeUndefined();
    source.createDomain('nii3');
    expect(Number(await since())).toBeGreaterThan(Number(first));
  });

  it.each([
    ['nii3--incoming', 'incoming'],
    ['nii3--migratedaway', 'leaving'],
  ])('says of %s that it is %s', async (domain, here) => {
    source.removeDomain('nii3');
    source.createDomain(domain);
    expect((await source.call('nii3', 'where')).values['here']).toBe(here);
  });

  it('takes no other domain for the guest', async () => {
    source.removeDomain('nii3');
    for (const name of ['nii33', 'nii', 'nii3.old', 'x--incoming']) source.createDomain(name);
    expect((await source.call('nii3', 'where')).values['here']).toBe('no');
  });

  it('names the transfer that goes on, and says that the guest comes', async () => {
    slowly();
    await asked();
    await becomes(() => target.domains().includes('nii3--incoming'));
    expect((await source.call('nii3', 'where')).values).toMatchObject({
      here: 'yes',
      request: REQUEST,
      target: 'xen2',
    });
    expect((await target.call('nii3', 'where')).values).toMatchObject({ here: 'incoming' });
    source.cut();
    await ended(hosts, 'xen1', REQUEST);
    expect((await source.call('nii3', 'where')).values['request']).toBeUndefined();
  });
});

describe('capacity', () => {
  it('says what the host has to give', async () => {
    source.state('draining');
    source.hold('new disks\nretry-after: 90', 'nii4');
    expect((await source.call('nii3', 'capacity')).stdout).toMatch(
      /^vmmanage-host=1\nhost=xen1\nstate=draining\nfree_mem_mb=3840\nload=\d+\.\d\d\nout=0\nmax_out=1\nin=0\nmax_in=1\n$/,
    );
    expect((await source.call('nii4', 'capacity')).values).toMatchObject({
      hold: 'new disks',
      retry_after: '90',
    });
  });

  it('makes every value a printable line of 300 characters at most', async () => {
    source.hold(`Wartung für\u0007 alle ${'x'.repeat(400)}`);
    const { hold = '' } = (await source.call('nii3', 'capacity')).values;
    expect(hold).toHaveLength(300);
    expect(hold).toMatch(/^Wartung f\?\?r\? alle x+$/);
  });
});

describe('migrate', () => {
  it('moves the guest, detached, and keeps the result', async () => {
    const answer = await hosts.ask('nii3', 'xen1', `migrate xen2 ${REQUEST}`);
    expect(answer).toMatchObject({
      status: 0,
      values: { request: REQUEST, target: 'xen2', state: 'accepted' },
    });
    const result = await ended(hosts, 'xen1', REQUEST);
    expect(result).toMatchObject({ state: 'done', target: 'xen2', exit: '0' });
    expect(Number(result['ended'])).toBeGreaterThanOrEqual(Number(result['began']));
    expect(source.domains()).toEqual([]);
    expect(target.domains()).toEqual(['nii3']);
    // Its record is there a moment before its line.
    await becomes(() => source.syslog().some((line) => / state=done took=\d+s exit=0/.test(line)));
    expect(source.syslog().join('\n')).toMatch(
      /asked='migrate xen2 01JH0{22}' from=127.0.0.1 .* exit=0 state=accepted\n[\s\S]*state=done/,
    );
  });

  it('is the same request when it is asked again, then, later, and at the same time', async () => {
    slowly();
    const both = await Promise.all([asked(), asked(), asked()]);
    expect(both.map(({ status }) => status)).toEqual([0, 0, 0]);
    await becomes(() => target.domains().includes('nii3--incoming'));
    expect((await asked()).values['state']).toBe('moving');
    source.setKnob('steps', '1');
    await ended(hosts, 'xen1', REQUEST);
    expect((await asked()).values['state']).toBe('done');
    expect(migrations()).toEqual(['xl migrate nii3 xen2']);
  }, 30_000);

  it('does one of two that are asked at the same time', async () => {
    slowly();
    const both = await Promise.all([asked(request(1)), asked(request(2))]);
    expect(both.map(({ status }) => status).sort()).toEqual([0, 75]);
    expect(both.find(({ status }) => status === 75)?.values['veto']).toBe('busy');
    await becomes(() => migrations().length > 0);
    expect(migrations()).toHaveLength(1);
  });

  it('is not understood as a request to go elsewhere than before', async () => {
    await asked();
    await ended(hosts, 'xen1', REQUEST);
    const { status, values } = await source.call('nii3', `migrate xen1 ${REQUEST}`);
    expect({ status, reason: values['reason'] }).toEqual({
      status: 64,
      reason: `${REQUEST} was a request to go to xen2`,
    });
  });

  it('keeps a thousand results, and none for longer than a week', async () => {
    const folder = `${source.folder}/state/nii3`;
    const make = `mkdir -p ${folder}; cd ${folder}; i=1000; while [ $i -lt 2100 ]; do
      echo state=failed >0000000000000000000000$i; i=$((i + 1)); done; touch -d '-9 days' 00000000000000000000001999`;
    await source.run('sh', '-c', make);
    await asked(request(1));
    await ended(hosts, 'xen1', request(1));
    const { stdout } = await source.run('ls', folder);
    const kept = stdout.split('\n').filter((name) => name.length === 26);
    expect(kept).toHaveLength(1001);
    expect(kept).not.toContain('00000000000000000000001999');
    expect(kept).toContain(request(1));
  });
});

describe('status', () => {
  it('knows nothing of a request never seen', async () => {
    expect(await hosts.ask('nii3', 'xen1', `status ${REQUEST}`)).toMatchObject({
      status: 0,
      stdout: `vmmanage-host=1\nhost=xen1\nrequest=${REQUEST}\nstate=unknown\n`,
    });
  });

  it("knows nothing of another VM's request", async () => {
    await asked();
    expect((await source.call('nii4', `status ${REQUEST}`)).values['state']).toBe('unknown');
    await ended(hosts, 'xen1', REQUEST);
  });
});

describe('cancel', () => {
  it('ends the transfer, and the guest stays', async () => {
    slowly();
    await asked();
    await becomes(() => target.domains().includes('nii3--incoming'));
    expect(await hosts.ask('nii3', 'xen1', `cancel ${REQUEST}`)).toMatchObject({
      status: 0,
      values: { state: 'moving', reason: 'asked to stop' },
    });
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'cancelled', exit: '1' });
    expect(source.domains()).toEqual(['nii3']);
    await becomes(() => target.domains().length === 0);
    // Once more, when there is nothing left to end.
    expect((await source.call('nii3', `cancel ${REQUEST}`)).values['state']).toBe('cancelled');
  });

  it('ends a transfer that has hardly begun', async () => {
    source.setKnob('start_s', '0.5');
    slowly();
    await asked();
    await source.call('nii3', `cancel ${REQUEST}`);
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'cancelled' });
  });

  it('comes too late at the switch', async () => {
    source.setKnob('freeze_s', '2');
    await asked();
    await becomes(() => source.domains().includes('nii3--migratedaway'));
    expect((await source.call('nii3', 'where')).values['here']).toBe('leaving');
    expect((await source.call('nii3', `cancel ${REQUEST}`)).values).toMatchObject({
      state: 'moving',
      reason: 'it is too late to stop it: the guest changes over',
    });
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'done' });
  });

  it('cannot be asked of a request of another VM', async () => {
    slowly();
    await asked();
    await becomes(() => target.domains().includes('nii3--incoming'));
    expect((await source.call('nii4', `cancel ${REQUEST}`)).values['state']).toBe('unknown');
    source.setKnob('steps', '1');
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'done' });
  });
});

it('a request that is still being looked at is not unknown, since it may begin yet', async () => {
  target.setKnob('hang', 'xl');
  const looking = asked();
  await becomes(() => source.calls().includes('xl list'));
  for (const verb of ['status', 'cancel']) {
    const { status, values } = await source.call('nii3', `${verb} ${REQUEST}`);
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'busy' });
  }
  expect((await looking).values['veto']).toBe('unreachable');
  const after = await source.call('nii3', `status ${REQUEST}`);
  expect(after).toMatchObject({ status: 0, values: { state: 'unknown' } });
});
