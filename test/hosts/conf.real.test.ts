/** The conf of a host: what is wrong in it permits nothing, and says so to its host's people, not to the guest. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Host, type HostsPlan, VMMANAGE_HOST } from '../support/host.ts';
import { findProgram } from '../support/program.ts';

const PLAN: HostsPlan = { hosts: ['xen1', 'xen2'], vms: { nii3: '' } };
const SHELLS = ['dash', 'bash', 'busybox'] as const;

let host: Host;
beforeAll(() => {
  host = new Host('xen1', 0, '/bin/false');
});
afterAll(() => host.remove());
beforeEach(() => {
  host.reset();
  host.writeConf(PLAN);
  host.createDomain('nii3');
});

const where = async () => {
  const { status, values } = await host.call('nii3', 'where');
  return { status, reason: values['reason'] };
};

const VM = '[nii3]\ntool = xl\nhosts = xen1, xen2\n';
describe('a host whose conf is wrong answers 70, and names the line:', () => {
  it.each([
    ['vms.conf', `${VM}sharp = yes\n`, 4],
    ['vms.conf', `${VM}min_stay = soon\n`, 4],
    ['vms.conf', `${VM}min_stay = 60 ; seconds\n`, 4],
    ['vms.conf', `${VM}min_stay =\n`, 4],
    ['vms.conf', `${VM}domain = -f\n`, 4],
    ['vms.conf', `${VM}domain = a b\n`, 4],
    ['vms.conf', `${VM}base = ../x\n`, 4],
    ['vms.conf', `${VM}address.xen2 = -oProxyCommand=x\n`, 4],
    ['vms.conf', `${VM}migrate = x\n`, 4],
    ['vms.conf', `${VM}uri = qemu:///system; x\n`, 4],
    ['vms.conf', `${VM}migrate_uri = tcp://192.0.2.12\n`, 4],
    ['vms.conf', '[nii3]\ntool = kvm\n', 2],
    ['vms.conf', '[nii3]\n\n# xl\nhosts = xen1,$(x)\n', 4],
    ['vms.conf', `${VM}stay\n`, 4],
    ['host.conf', 'name = xen1\nmax_out = -1\n', 2],
    ['host.conf', 'nmae = xen1\n', 1],
    ['host.conf', 'name = xen1\nmin_free_mem = 9999999999999\n', 2],
  ])('%s %j', async (file, text, line) => {
    host.write(file, text);
    expect(await where()).toEqual({
      status: 70,
      reason: `${file} of this host is wrong in line ${line}`,
    });
    expect(host.calls()).toEqual([]);
  });

  it('no tool', async () => {
    host.write('vms.conf', '[nii3]\nhosts = xen1\n');
    expect(await where()).toEqual({ status: 70, reason: '[nii3] in vms.conf has no tool' });
  });

  it.each([
    ['xl', '12'],
    ['libvirt', '0'],
    ['mln', '7'],
  ])('a domain that is a number, which %s takes for the id of any', async (tool, domain) => {
    const more = tool === 'mln' ? 'mln_folder = /x\n' : '';
    host.write('vms.conf', `[nii3]\ntool = ${tool}\nhosts = xen1\ndomain = ${domain}\n${more}`);
    expect(await where()).toEqual({
      status: 70,
      reason: expect.stringMatching(`^\\[nii3\\] in vms.conf: domain = ${domain} is a number`),
    });
    host.write('vms.conf', `[nii3]\ntool = xl\nhosts = xen1\ndomain = ${domain}a\n`);
    expect((await where()).status).toBe(0);
  });

  it('a command without its locate', async () => {
    host.write('vms.conf', '[nii3]\ntool = command\nmigrate = /bin/true\n');
    expect((await where()).reason).toBe('[nii3] in vms.conf has no migrate, or no locate');
  });

  it('a command that is to keep guests apart, of whom it tells nothing', async () => {
    const programs = 'migrate = /bin/true\nlocate = /bin/true\n';
    host.write('vms.conf', `[nii3]\ntool = command\n${programs}separate = db1\n`);
    expect(await where()).toEqual({
      status: 70,
      reason: expect.stringMatching(
        "^\\[nii3\\] in vms.conf: separate can't be kept with tool = command",
      ),
    });
  });

  it("another VM's section is not looked into", async () => {
    host.write('vms.conf', `[other]\nnonsense = yes\n${VM}[third]\nmore = x\n`);
    expect((await where()).status).toBe(0);
  });
});

describe('a conf that others can write permits nothing:', () => {
  it.each(['', 'vms.conf', 'host.conf', 'hold.d'])('%j', async (name) => {
    const path = join(host.folder, 'etc', name);
    const mode = name.includes('.conf') ? 0o644 : 0o755;
    for (const loose of [0o020, 0o002]) {
      chmodSync(path, mode | loose);
      expect(await where()).toMatchObject({
        status: 70,
        reason: expect.stringMatching(
          /^the conf folder of this host can be written by others than root: /,
        ),
      });
      chmodSync(path, mode);
    }
    expect((await where()).status).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)("a file of another owner's", async () => {
    const path = join(host.folder, 'etc', 'vms.conf');
    chownSync(path, 65534, 65534);
    expect((await where()).status).toBe(70);
    chownSync(path, 0, 0);
  });
});

describe('vmmanage-host', () => {
  it.each(SHELLS)('runs in %s', async (shell) => {
    const program = findProgram(shell) ?? shell;
    const words = shell === 'busybox' ? [program, 'sh'] : [program];
    const paths = ['--conf', join(host.folder, 'etc'), '--state', join(host.folder, 'state')];
    const answer = await host.run(...words, VMMANAGE_HOST, ...paths, '--vm', 'nii3', 'capacity');
    expect(answer).toMatchObject({ status: 0, stderr: '', values: { state: 'up', out: '0' } });
  });

  it('is clean to shellcheck, as the doubles are', () => {
    const scripts = ['xl', 'virsh', 'mln', 'logger'].map((name) => `test/hosts/doubles/${name}`);
    const { status, stdout } = spawnSync('shellcheck', ['-x', VMMANAGE_HOST, ...scripts], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('reads the samples of etc/host', async () => {
    for (const name of ['host.conf', 'vms.conf']) {
      host.write(name, execFileSync('cat', [`etc/host/${name}`], { encoding: 'utf8' }));
    }
    onTestFinished(() => host.writeConf(PLAN));
    const seen: Record<string, unknown> = {};
    for (const vm of ['nii3', 'db7', 'web1', 'build2']) {
      const { status, values } = await host.call(vm, 'migrate xen7 01JH0000000000000000000000');
      seen[vm] = `${status} ${values['reason']}`;
    }
    expect(seen).toEqual({
      nii3: '77 xen7 is none of the hosts of nii3',
      db7: '77 xen7 is none of the hosts of db7',
      web1: '77 xen7 is none of the hosts of web1',
      build2: '77 xen7 is none of the hosts of build2',
    });
  });

  it.runIf(process.getuid?.() === 0)(
    'goes through sudo where it is not root, with the same words',
    async () => {
      const alone = join(host.folder, 'things', 'alone');
      mkdirSync(alone);
      copyFileSync(VMMANAGE_HOST, join(alone, 'vmmanage-host'));
      const sudo = '#!/bin/sh\nprintf "%s|" "$@" "$SSH_ORIGINAL_COMMAND"\n';
      writeFileSync(join(alone, 'sudo'), sudo, { mode: 0o755 });
      chmodSync(host.folder, 0o755);
      const env = `PATH=${alone}:$PATH SSH_ORIGINAL_COMMAND=where; export PATH SSH_ORIGINAL_COMMAND`;
      const asNobody = 'exec setpriv --reuid 65534 --clear-groups vmmanage-host --vm nii3';
      const { stdout } = await host.run('sh', '-c', `${env}; ${asNobody}`);
      expect(stdout).toBe(`-n|--|${alone}/vmmanage-host|--vm|nii3|where|`);
    },
  );

  it('wants a VM, and says how it is called', async () => {
    for (const words of [[], ['--vm'], ['--vm', '../x'], ['--vm', ''], ['--admit', '1', 'x']]) {
      const { status, stderr } = await host.run(join(host.bin, 'vmmanage-host'), ...words);
      expect({ words, status }).toEqual({ words, status: 64 });
      expect(stderr).toMatch(/^usage: vmmanage-host --vm VM /);
    }
  });
});
