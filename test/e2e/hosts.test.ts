/** The built daemon asks real sshds with `vmmanage-host` and doubles of xl for its moves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import { sentence } from '../../src/core/sentences.ts';
import { Hosts } from '../support/hosts.ts';
import { Rig, until, vmmanage } from '../support/rig.ts';

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2', 'xen3'], vms: { nii3: '' } });
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  hosts.host('xen1').createDomain('nii3');
});

/** A guest whose load is a file that the test writes. */
class Guest extends Rig {
  constructor(more = '') {
    super('');
    this.load(0);
    const addresses = hosts.all.map(
      ({ name, port }) => `[host ${name}]\naddress = 127.0.0.1:${port}\n`,
    );
    this.write(`
[array]
hosts = xen1, xen2, xen3
spread = no
${addresses.join('')}
[probe load]
kind = command
command = cat ${join(this.folder, 'load')}
interval = 200ms
[policy load]
kind = threshold-aware
suffering = > 50 for 3
[migrator]
kind = xl
ssh_user = ${hosts.user}
ssh_key = ${hosts.key('nii3')}
ssh_known_hosts = ${hosts.knownHosts}
[constraints]
settle = 1
cooldown = 1h
retry = 1h
look = 300ms
${more}`);
  }

  load(value: number): void {
    writeFileSync(join(this.folder, 'load'), `${value}\n`);
  }

  async entries(): Promise<Entry[]> {
    return (await this.records()).map(({ entry }) => entry);
  }

  async outcomes() {
    return (await this.entries()).filter((entry) => entry.type === 'outcome');
  }

  async known(): Promise<void> {
    await until('a place', async () => (await this.status())?.place.host === 'xen1');
  }
}

describe('a guest that suffers', () => {
  it('asks, goes, shows how far it is, and is confirmed by its hosts', async () => {
    hosts.host('xen1').setKnob('steps', '60');
    const guest = new Guest();
    await guest.startAndWait();
    await guest.known();
    guest.load(76);
    const far = await until('progress', async () => (await guest.status())?.request?.progress);
    expect(far).toMatch(/^(accepted by xen1|moving)/);
    const shown = await vmmanage('status', '--runtime', guest.runtime);
    expect(shown.stdout).toMatch(/MOVING +\S+ xen1→xen2 migrating, .* so far.*(accepted|moving)/);
    const [outcome] = await until('an outcome', async () => {
      const outcomes = await guest.outcomes();
      return outcomes.length > 0 && outcomes;
    });
    expect(outcome).toMatchObject({ outcome: 'confirmed', host: 'xen2' });
    const journaled = JSON.stringify(await guest.entries());
    expect(journaled).not.toContain('accepted by xen1');
    const where = await vmmanage('where', '--runtime', guest.runtime);
    expect(where.stdout).toMatch(
      /^xen2 \(home\)\n {2}xl \(asks the hosts\): xen2, .* ago; decides\n {4}xen1: no such domain here\n {4}xen2: here since \S+Z\n {4}xen3: no such domain here\n$/,
    );
    expect(where.status).toBe(0);
  });

  it('goes past a target that can’t take it, with the reason', async () => {
    hosts.host('xen2').state('draining for new disks');
    const guest = new Guest();
    await guest.startAndWait();
    await guest.known();
    guest.load(76);
    await until('an outcome', async () => (await guest.outcomes()).length > 0);
    const entries = await guest.entries();
    expect(entries).toContainEqual(
      expect.objectContaining({ phase: 'preflight-failed', text: 'draining: for new disks' }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ type: 'outcome', outcome: 'confirmed', host: 'xen3' }),
    );
  });

  it('is held by its provider: said everywhere, no host barred, and over when its time is', async () => {
    hosts.host('xen2').hold('nightly backup\nretry-after: 20');
    const guest = new Guest();
    await guest.startAndWait();
    await guest.known();
    guest.load(76);
    const held = await until('the gate', async () => {
      const held = (await guest.status())?.held;
      return held?.gate === 'hold' && held;
    });
    expect(held.reason).toMatch(/^hold \d+s left \(provider of xen2: nightly backup\)$/);
    const shown = await vmmanage('status', '--runtime', guest.runtime);
    expect(shown.stdout).toMatch(/HELD +move: hold \d+s left \(provider of xen2: nightly backup\)/);
    const explained = await vmmanage('explain', '--runtime', guest.runtime);
    expect(explained.stdout).toMatch(/^Not moving: hold \d+s left \(provider of xen2: nightly/);
    expect((await guest.status())?.bars).toEqual([]);
    const sentences = (await guest.entries()).map((entry) => sentence(entry, undefined)?.text);
    expect(sentences).toContain('Held: provider of xen2: nightly backup, for 20s');
    hosts.host('xen2').unhold();
    const arrived = async () => {
      const outcomes = await guest.outcomes();
      return outcomes.length > 1 && outcomes.slice(-1);
    };
    const [last] = await until('an arrival', arrived, 60_000);
    expect(last).toMatchObject({ outcome: 'confirmed', host: 'xen2' });
  });

  it('stays with the reason where the transfer fails at its end', async () => {
    hosts.host('xen2').setKnob('fail_late', 'yes');
    const guest = new Guest();
    await guest.startAndWait();
    await guest.known();
    guest.load(76);
    await until('an outcome', async () => (await guest.outcomes()).length > 0);
    expect(await guest.outcomes()).toMatchObject([
      {
        ...{ outcome: 'failed', host: 'xen1' },
        reason: expect.stringMatching(/the transfer failed at xen2 .* \(still at xen1\)$/),
      },
    ]);
  });
});

describe('a daemon killed in mid-transfer', () => {
  it('is told by the hosts what became of it, once, and nothing is asked twice', async () => {
    hosts.host('xen1').setKnob('steps', '80');
    const guest = new Guest();
    const daemon = await guest.startAndWait();
    await guest.known();
    guest.load(76);
    await until('a move', async () => (await guest.status())?.request?.phase === 'migrating');
    await until('its being received', () =>
      hosts.host('xen2').domains().includes('nii3--incoming'),
    );
    await daemon.end('SIGKILL');
    await guest.startAndWait();
    expect((await guest.status())?.request).toMatchObject({ to: 'xen2' });
    await until('an outcome', async () => (await guest.outcomes()).length > 0);
    expect(await guest.outcomes()).toMatchObject([{ outcome: 'confirmed', host: 'xen2' }]);
    const asked = hosts
      .host('xen1')
      .calls()
      .filter((call) => call.startsWith('xl migrate nii3'));
    expect(asked).toHaveLength(1);
  });
});

describe('a plain way', () => {
  it('is said to be for labs', async () => {
    const guest = new Guest();
    guest.write(`
[array]
hosts = xen1, xen2
[policy p]
kind = threshold-aware
suffering = > 1 for 1
[probe load]
kind = command
command = cat /dev/null
[migrator]
kind = libvirt
via = plain`);
    const checked = await vmmanage('check', '-c', guest.conf);
    expect(checked).toMatchObject({ status: 0, stdout: expect.stringContaining('is for labs') });
  });
});
