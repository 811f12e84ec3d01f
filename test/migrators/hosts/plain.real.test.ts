/** `xl` itself over real sshds, on hosts that nobody prepared: for labs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { virshTool } from '../../../src/migrators/hosts/virsh-tool.ts';
import { xlTool } from '../../../src/migrators/hosts/xl-tool.ts';
import { xl } from '../../../src/migrators/xl.ts';
import type { Ended } from '../../../src/system/programs.ts';
import { Hosts } from '../../support/hosts.ts';
import { optionsFrom } from '../../support/options.ts';
import { clock, Guest } from './guest.ts';

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: '' } });
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  hosts.host('xen1').createDomain('nii3');
});

const plain = (more = {}) =>
  new Guest(hosts, { via: 'plain', ssh_key: hosts.key('hosts'), ...more });

function ended(stdout: string, exit = 0, stderr = ''): Ended {
  const quiet = { signal: undefined, timedOut: false, aborted: false, cut: false };
  return { ...quiet, exit, stdout, stderr };
}

describe('plain xl', () => {
  it('is said to be for labs, and only that way', () => {
    const caution = (via: string) => xl.caution?.(optionsFrom(xl.options, { via }));
    expect(caution('plain')).toContain('for labs');
    expect(caution('vmmanage-host')).toBeUndefined();
  });

  it('moves the guest, and is seen on its way', async () => {
    hosts.host('xen1').setKnob('steps', '40');
    const guest = plain();
    expect(await guest.preflight()).toEqual({ ok: true });
    const attempt = guest.migrate();
    while (!hosts.host('xen2').domains().includes('nii3--incoming')) await clock.sleep(20);
    expect(await guest.place()).toBe('to xen2');
    expect(await guest.underway()).toBe(true);
    expect(await plain().underway(guest.request)).toBe(true);
    expect(await attempt).toEqual({ ok: true, text: 'xen1: done' });
    expect(await guest.words()).toEqual(['xen1: no such domain here', 'xen2: here']);
  });

  it('says why it failed', async () => {
    hosts.host('xen2').setKnob('memory', '100');
    expect(await plain().migrate()).toEqual({
      ok: false,
      text: 'xen1: xc: error: Failed to populate physmap: 22: Internal error',
    });
  });

  it('goes nowhere where a domain of that name is', async () => {
    hosts.host('xen2').createDomain('nii3');
    const reason = 'has a domain nii3 already';
    expect(await plain().preflight()).toEqual({ ok: false, reason });
  });

  it('can’t be stopped, and says so', async () => {
    hosts.host('xen1').setKnob('steps', '100');
    const guest = plain();
    const cancel = new AbortController();
    const attempt = guest.migrate(cancel.signal);
    while (!hosts.host('xen2').domains().includes('nii3--incoming')) await clock.sleep(20);
    cancel.abort();
    expect(await attempt).toMatchObject({ ok: true });
    expect(guest.told.at(-1)).toBe('moving: it cannot be stopped');
  });

  it('with a guest’s key reaches nothing but the forced command', async () => {
    const guest = plain({ ssh_key: hosts.key('nii3') });
    expect(await guest.place()).toBe('unknown');
  });
});

describe('what xl lists', () => {
  const HEAD = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
  const row = (name: string) => `${name.padEnd(40)}     1   192     1     -b----       1.4\n`;
  it.each([
    [row('db7'), 'yes'],
    [row('db70') + row('xdb7'), 'no'],
    ['', 'no'],
    [row('db7--incoming'), 'incoming'],
    [row('db7--migratedaway'), 'leaving'],
  ])('%j', (rows, here) => {
    const said = xlTool.whereOf(ended(HEAD + row('Domain-0') + rows), 'db7');
    expect(said).toEqual({ kind: 'answer', value: { here } });
  });

  it.each([ended('', 0), ended(HEAD, 1), ended(`Hello\n${HEAD}`), { ...ended(HEAD), cut: true }])(
    'is not told by %j',
    (said) => expect(xlTool.whereOf(said, 'db7')).toMatchObject({ kind: 'silent', never: false }),
  );
});

describe('what virsh says of a domain', () => {
  it.each([
    [ended('running (booted)\n\n'), 'yes'],
    [ended('running (migrated)\n\n'), 'yes'],
    [ended('paused (user)\n\n'), 'yes'],
    [ended('paused (migrating)\n\n'), 'incoming'],
    [ended('shut off (migrated)\n\n'), 'no'],
    [ended('\n', 1, "error: failed to get domain 'db7'\n"), 'no'],
  ])('%j', (said, here) => {
    expect(virshTool.whereOf(said, 'db7')).toEqual({ kind: 'answer', value: { here } });
  });

  it('is no place where it can’t be asked', () => {
    const said = ended('', 1, 'error: failed to connect to the hypervisor\n');
    expect(virshTool.whereOf(said, 'db7')).toMatchObject({ kind: 'silent' });
  });
});
