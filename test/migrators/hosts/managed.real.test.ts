/**
 * Hosts that a cluster's manager owns: `tool = command` there, and a guest that says `kind = xl`, since which tool its hosts
 * use is nothing to it. The domain has a number for its name, as at Proxmox VE; its manager is a double of a few lines.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Hosts } from '../../support/hosts.ts';
import { Guest } from './guest.ts';

const DOMAIN = '104';
const SECTION = `tool = command
domain = ${DOMAIN}
migrate = @/migrate
locate = @/locate
cancel = @/cancel`;

let hosts: Hosts;
beforeAll(async () => {
  hosts = await Hosts.start({ hosts: ['xen1', 'xen2'], vms: { nii3: SECTION } });
  for (const host of hosts.all) {
    const things = `${host.folder}/things`;
    host.writeProgram(
      'locate',
      `[ ! -f ${things}/lost ] || { echo 'cluster not ready' >&2; exit 2; }
      [ -f ${things}/domains/"$2" ] && echo yes || echo no`,
    );
    host.writeProgram('cancel', `touch ${things}/stop`);
    host.writeProgram(
      'migrate',
      `[ ! -f ${things}/refuse ] || { echo "can't migrate VM $2: no quorum" >&2; exit 3; }
      while [ -f ${things}/wait ]; do [ ! -f ${things}/stop ] || exit 9; sleep 0.1; done
      mv ${things}/domains/"$2" ${hosts.host('xen2').folder}/things/domains/`,
    );
  }
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  source().createDomain(DOMAIN);
});

const source = () => hosts.host('xen1');
/** A file that its manager looks for. */
const put = (name: string) => source().run('touch', `${source().folder}/things/${name}`);

describe('a guest of a cluster', () => {
  it('is moved by the manager, and seen at its target by each host’s word', async () => {
    const guest = new Guest(hosts);
    expect(await guest.preflight()).toEqual({ ok: true });
    expect(await guest.migrate()).toMatchObject({ ok: true });
    expect(await guest.words()).toEqual([
      'xen1: no such domain here',
      expect.stringMatching(/^xen2: here since /),
    ]);
    expect(await guest.place()).toBe('xen2');
    // No hypervisor was asked behind it.
    expect(hosts.all.flatMap((host) => host.calls())).toEqual([]);
  });

  it('hears the manager’s own reason', async () => {
    await put('refuse');
    const guest = new Guest(hosts);
    expect(await guest.migrate()).toMatchObject({
      ok: false,
      text: expect.stringContaining("command failed with 3: can't migrate VM 104: no quorum"),
    });
    expect(await guest.place()).toBe('xen1');
  });

  it('cancels by the manager', async () => {
    await put('wait');
    const guest = new Guest(hosts);
    const cancel = new AbortController();
    const attempt = guest.migrate(cancel.signal);
    await guest.untilMoving();
    cancel.abort();
    expect(await attempt).toMatchObject({ ok: false, text: expect.stringMatching(/^cancelled/) });
    expect(await guest.place()).toBe('xen1');
  });

  it('is held and kept from a host that is drained, as with every tool', async () => {
    hosts.host('xen2').state('draining for new memory');
    expect(await new Guest(hosts).preflight()).toMatchObject({
      ok: false,
      reason: 'draining: for new memory',
    });
    hosts.host('xen2').state('up');
    source().hold('new switches tonight\nretry-after: 600', 'nii3');
    expect(await new Guest(hosts).preflight()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('new switches tonight'),
    });
  });

  it('is nowhere for certain where the manager can’t tell', async () => {
    await put('lost');
    const guest = new Guest(hosts);
    expect(await guest.place()).toBe('unknown');
    expect((await guest.words())[0]).toContain('cluster not ready');
  });
});
