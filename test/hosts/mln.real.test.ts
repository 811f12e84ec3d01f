/**
 * MLN's client says nothing by its exit status and prints the project's password: what counts is what the hypervisors
 * see. And the provider's own commands, `tool = command`.
 */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { becomes, ended, REQUEST } from './support.ts';

const PASSWORD = 'sesam-luk-op';
const TEMPLATE = `# The thesis's project.
$disk = /dev/vg/disk
global {
\tproject thesis
\tproject_password ${PASSWORD}
}
host other {
\tservice_host xen1
}
host nii7 {
\txen
\tmemory 256M
\tservice_host xen1 # where it began
\tnetwork eth0 {
\t\taddress dhcp
\t}
}
`;
const MLN = 'domain = nii7.thesis\ntool = mln\n';

let hosts: Hosts;
let source: Host;
let target: Host;
beforeAll(async () => {
  const command = 'migrate = @/migrate\nlocate = @/locate\n';
  hosts = await Hosts.start({
    hosts: ['xen1', 'xen2'],
    vms: {
      nii7: `${MLN}mln_template = @/nii7.mln`,
      lied: `${MLN}mln_template = @/nii7.mln\ntimeout = 2`,
      hung: `${MLN}mln_template = @/nii7.mln\nmln_timeout = 1`,
      cold: `${MLN}mln_template = @/nii7.mln\nmln_cold = yes`,
      folder: `${MLN}mln_folder = @/projects`,
      proxied: `tool = command\n${command}cancel = @/cancel`,
      stuck: `tool = command\n${command}timeout = 1`,
    },
    conf: 'ask_timeout = 2\nmax_in = 4',
  });
  source = hosts.host('xen1');
  target = hosts.host('xen2');
  for (const host of hosts.all) {
    const domains = `${host.folder}/things/domains`;
    host.write('nii7.mln', TEMPLATE);
    host.writeProgram('locate', `if [ -f ${domains}/"$2" ]; then echo yes; else echo no; fi`);
  }
  source.writeProgram(
    'migrate',
    `echo "$*" >${source.folder}/things/words
    if [ "$1" = stuck ]; then sleep 60; fi
    if [ -f ${source.folder}/things/refuse ]; then echo 'the cluster has no quorum'; exit 3; fi
    while [ -f ${source.folder}/things/wait ]; do sleep 0.05; done
    [ ! -f ${source.folder}/things/stop ] || exit 9
    mv ${source.folder}/things/domains/"$2" ${target.folder}/things/domains/`,
  );
  source.writeProgram('cancel', `cd ${source.folder}/things; : >stop; rm wait`);
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  source.createDomain('nii7.thesis');
  for (const vm of ['proxied', 'stuck']) source.createDomain(vm);
});

const asked = (vm = 'nii7') => source.call(vm, `migrate xen2 ${REQUEST}`);

describe('mln', () => {
  it('moves by the template with another service_host, and is done when the target has it', async () => {
    expect((await asked()).status).toBe(0);
    expect(await ended(hosts, 'xen1', REQUEST, 'nii7')).toMatchObject({ state: 'done', exit: '0' });
    expect(target.domains()).toEqual(['nii7.thesis']);
    const client = source.calls().find((call) => call.startsWith('mln client'));
    expect(client).toMatch(/^mln client -c upgrade -f \S+\.mln -h xen2$/);
  });

  it('moves cold where the provider says so', async () => {
    await asked('cold');
    expect(await ended(hosts, 'xen1', REQUEST, 'cold')).toMatchObject({ state: 'done' });
    expect(source.calls().join('\n')).toMatch(/^mln client .* -h xen2 -S$/m);
    expect(source.calls().join('\n')).not.toContain('xl migrate');
  });

  it("takes the target's project from a folder, and needs one", async () => {
    await asked('folder');
    expect(await ended(hosts, 'xen1', REQUEST, 'folder')).toMatchObject({
      state: 'failed',
      reason: 'mln failed with 65: there is no project for xen2, and no template',
    });
    await source.run('mkdir', '-p', `${source.folder}/etc/projects`);
    source.write(
      'projects/folder.xen2.mln',
      TEMPLATE.replaceAll('service_host xen1', 'service_host xen2'),
    );
    await source.call('folder', `migrate xen2 ${REQUEST.replace('H', 'J')}`);
    const { state } = await ended(hosts, 'xen1', REQUEST.replace('H', 'J'), 'folder');
    expect(state).toBe('done');
  });

  it('is asked first whether its daemon is there', async () => {
    target.setKnob('mln', 'refused');
    const { status, values } = await asked();
    expect({ status, ...values }).toMatchObject({
      status: 75,
      veto: 'unreachable',
      reason: 'no MLN daemon answers on xen2',
    });
  });

  it('refuses the project, with the only exit status that says something', async () => {
    target.setKnob('mln', 'goodbye');
    await asked();
    expect(await ended(hosts, 'xen1', REQUEST, 'nii7')).toMatchObject({
      state: 'failed',
      exit: '9',
      reason: 'the MLN daemon of xen2 refused the project',
    });
  });

  it('hands out a ticket and moves nothing: exit 0 is no success', async () => {
    target.setKnob('mln', 'lies');
    await asked('lied');
    expect(await ended(hosts, 'xen1', REQUEST, 'lied')).toMatchObject({
      state: 'failed',
      exit: '0',
      reason: 'MLN took the request, and the guest was not moved within 2 s',
    });
  });

  it('hangs, and is ended', async () => {
    source.setKnob('hang', 'mln-client');
    await asked('hung');
    expect(await ended(hosts, 'xen1', REQUEST, 'hung')).toMatchObject({
      state: 'failed',
      reason: 'MLN did not answer within 1 s',
    });
  });

  it("can't be cancelled, and says so", async () => {
    target.setKnob('mln', 'lies');
    await asked();
    await becomes(() => source.calls().some((call) => call.startsWith('mln client')));
    expect((await source.call('nii7', `cancel ${REQUEST}`)).values).toMatchObject({
      state: 'moving',
      reason: "MLN can't be stopped: the transfer goes on",
    });
  });

  it('goes on when who watched it is killed: nothing else begins, and its outcome is found', async () => {
    target.setKnob('mln', 'lies');
    await asked();
    await becomes(() => existsSync(`${source.folder}/state/nii7/${REQUEST}.exit`));
    expect(source.killRunners()).toBe(1);
    const status = async () => (await source.call('nii7', `status ${REQUEST}`)).values['state'];
    expect(await status()).toBe('moving');
    expect((await source.call('nii7', 'where')).values).toMatchObject({
      ...{ here: 'yes', request: REQUEST, target: 'xen2' },
    });
    const another = await source.call('nii7', `migrate xen2 ${REQUEST.replace('H', 'J')}`);
    expect(another.values['veto']).toBe('busy');
    source.removeDomain('nii7.thesis');
    expect(await status()).toBe('moving');
    target.createDomain('nii7.thesis');
    expect(await status()).toBe('done');
  });

  it('that nobody watches any more has failed when its time is over', async () => {
    target.setKnob('mln', 'lies');
    await asked('lied');
    await becomes(() => existsSync(`${source.folder}/state/lied/${REQUEST}.exit`));
    source.killRunners();
    expect(await ended(hosts, 'xen1', REQUEST, 'lied')).toMatchObject({
      state: 'failed',
      reason: 'MLN took the request, and the guest was not moved within 2 s',
    });
  });

  it('leaves its password nowhere', async () => {
    await asked();
    await ended(hosts, 'xen1', REQUEST, 'nii7');
    for (const { folder } of hosts.all) {
      const { stdout } = await source.run(
        'grep',
        '-rl',
        PASSWORD,
        `${folder}/state`,
        `${folder}/things`,
      );
      expect(stdout).toBe('');
    }
  });
});

describe('command', () => {
  it("runs the provider's own with what it is about, as words", async () => {
    expect((await asked('proxied')).status).toBe(0);
    expect(await ended(hosts, 'xen1', REQUEST, 'proxied')).toMatchObject({ state: 'done' });
    const words = await source.run('cat', `${source.folder}/things/words`);
    expect(words.stdout).toBe(`proxied proxied xen2 ${REQUEST}\n`);
    expect((await target.call('proxied', 'where')).values['here']).toBe('yes');
  });

  it('gives the last line of one that fails', async () => {
    await source.run('touch', `${source.folder}/things/refuse`);
    await asked('proxied');
    expect(await ended(hosts, 'xen1', REQUEST, 'proxied')).toMatchObject({
      state: 'failed',
      exit: '3',
      reason: 'command failed with 3: the cluster has no quorum',
    });
  });

  it("is cancelled by the provider's own, too", async () => {
    await source.run('touch', `${source.folder}/things/wait`);
    await asked('proxied');
    const { values } = await source.call('proxied', `cancel ${REQUEST}`);
    expect(values['reason']).toBe('asked to stop');
    expect(await ended(hosts, 'xen1', REQUEST, 'proxied')).toMatchObject({ state: 'cancelled' });
  });

  it('is ended when it takes longer than its time, and says where nothing stops it', async () => {
    await asked('stuck');
    await becomes(() => existsSync(`${source.folder}/things/words`));
    const { values } = await source.call('stuck', `cancel ${REQUEST}`);
    expect(values['reason']).toBe('the provider has no command to stop this');
    expect(await ended(hosts, 'xen1', REQUEST, 'stuck')).toMatchObject({
      state: 'failed',
      exit: '124',
      reason: 'the command did not end within 1 s',
    });
    expect(source.domains()).toContain('stuck');
  });
});
