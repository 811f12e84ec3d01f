/** The five verbs through real sshds: what a guest asks of the host it is on, and what becomes of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Hosts } from '../support/hosts.ts';
import { ended, REQUEST } from './support.ts';

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: '' } });
});
afterAll(() => hosts?.remove());
beforeEach(() => hosts.reset());

describe('where', () => {
  it('says since when the guest is here, and that it is not there', async () => {
    hosts.host('xen1').createDomain('nii3');
    const before = Math.floor(Date.now() / 1000);
    const here = await hosts.ask('nii3', 'xen1', 'where');
    expect(here).toMatchObject({ status: 0, values: { host: 'xen1', here: 'yes' } });
    expect(Number(here.values['since'])).toBeGreaterThanOrEqual(before);
    expect((await hosts.ask('nii3', 'xen2', 'where')).values).toEqual({
      'vmmanage-host': '1',
      host: 'xen2',
      here: 'no',
    });
  });
});

describe('migrate', () => {
  it('moves the guest, detached, and keeps the result', async () => {
    hosts.host('xen1').createDomain('nii3');
    const answer = await hosts.ask('nii3', 'xen1', `migrate xen2 ${REQUEST}`);
    expect(answer).toMatchObject({
      status: 0,
      values: { request: REQUEST, target: 'xen2', state: 'accepted' },
    });
    const result = await ended(hosts, 'xen1', REQUEST);
    expect(result).toMatchObject({ state: 'done', target: 'xen2', exit: '0' });
    expect(hosts.host('xen1').domains()).toEqual([]);
    expect(hosts.host('xen2').domains()).toEqual(['nii3']);
  });
});
