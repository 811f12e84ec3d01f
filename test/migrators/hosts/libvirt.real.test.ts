/** libvirt's hosts: through `vmmanage-host` and plainly, with a double of virsh. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { libvirt } from '../../../src/migrators/libvirt.ts';
import { Hosts } from '../../support/hosts.ts';
import { any, clock, Guest } from './guest.ts';

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: 'tool = libvirt' } });
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  hosts.host('xen1').createDomain('nii3');
});

const guest = (given = {}) => new Guest(hosts, given, {}, any(libvirt));
const plain = { via: 'plain', ssh_key: '' };

describe('libvirt through vmmanage-host', () => {
  it('tells how far it is, and for how long the guest stood still', async () => {
    hosts.host('xen1').setKnob('steps', '100');
    const one = guest();
    expect(await one.preflight()).toEqual({ ok: true });
    expect(await one.migrate()).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^xen1: done.*, downtime \d+ ms$/),
    });
    expect(one.told).toContainEqual(expect.stringMatching(/^moving \d+%/));
    expect(await one.place()).toBe('xen2');
  });

  it('is stopped by a cancel', async () => {
    hosts.host('xen1').setKnob('steps', '300');
    const one = guest();
    const cancel = new AbortController();
    const attempt = one.migrate(cancel.signal);
    await one.untilMoving();
    cancel.abort();
    expect((await attempt).text).toMatch(/^cancelled/);
    expect(await one.place()).toBe('xen1');
  });
});

describe('virsh plainly', () => {
  it('moves the guest, and is seen on its way', async () => {
    hosts.host('xen1').setKnob('steps', '60');
    const one = guest({ ...plain, ssh_key: hosts.key('hosts') });
    expect(await one.preflight()).toEqual({ ok: true });
    const attempt = one.migrate();
    await clock.sleep(1500);
    expect(await one.place()).toBe('to xen2');
    expect(await attempt).toEqual({ ok: true, text: 'xen1: done' });
    expect(await one.words()).toEqual(['xen1: no such domain here', 'xen2: here']);
  });
});
