/**
 * What a guest can do by what host-setup wrote: a real sshd takes its authorized_keys, and the program, the conf and the
 * state are those of the installation. The hypervisor is a double.
 */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../support/answer.ts';
import { Host } from '../../support/host.ts';
import { freePort } from '../../support/program.ts';
import { hostSetup, KEYS, makeKey, PROGRAM, System } from './support.ts';

let host: Host;
let system: System;
beforeAll(async () => {
  host = new Host('xen1', await freePort(), '/bin/false');
  system = new System(host.folder);
  makeKey(host.folder, 'host');
  await system.do('--name', 'xen1');
  for (const vm of ['nii3', 'web1']) {
    const key = makeKey(host.folder, vm);
    await system.do('--add', vm, '--key', key, '--tool', 'xl', '--hosts', 'xen1,xen2');
    host.createDomain(vm);
  }
  symlinkSync(system.path(KEYS), join(host.folder, 'authorized'));
  const paths = `--conf '${system.path('/etc/vmmanage-host')}' --state '${host.folder}/state'`;
  const program = `#!/bin/sh\nexec '${system.path(PROGRAM)}' ${paths} "$@"\n`;
  writeFileSync(join(host.bin, 'vmmanage-host'), program);
  await host.start();
  // The pinned line as a tenant gets it.
  system.write(
    '/etc/ssh/ssh_host_ed25519_key.pub',
    readFileSync(join(host.folder, 'host.pub'), 'utf8'),
  );
  const { out } = await system.call('--known-hosts', `127.0.0.1:${host.port}`);
  writeFileSync(join(host.folder, 'known'), out);
});
afterAll(() => host.remove());

function ask(vm: string, ...command: readonly string[]) {
  const known = join(host.folder, 'known');
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes'];
  const words = [...options, `UserKnownHostsFile=${known}`].flatMap((each) => ['-o', each]);
  const key = join(host.folder, vm);
  const to = `${userInfo().username}@127.0.0.1`;
  return answerOf([
    ...['ssh', '-F', 'none', ...words, '-i', key, '-p', String(host.port), to, '--'],
    ...command,
  ]);
}

describe('a guest that was added', () => {
  it.each([
    ['where', { here: 'yes' }],
    ['capacity', { state: 'up', max_in: '1' }],
  ])('is answered %s', async (command, values) => {
    const answer = await ask('nii3', command);
    expect(answer).toMatchObject({ status: 0, values: { host: 'xen1', ...values } });
  });

  it.each([
    ['no command', []],
    ['a shell', ['sh']],
    ['another command', ['cat', '/etc/passwd']],
    ['two commands', ['where;', 'id']],
    ['another guest', ['--vm', 'web1', 'where']],
    ['what hosts ask each other', ['--admit', '1', 'xen1']],
  ])('is refused %s', async (_, command) => {
    expect((await ask('nii3', ...command)).status).toBe(64);
  });

  it('is refused a host that is none of its own', async () => {
    const answer = await ask('nii3', 'migrate', 'xen7', '01JH0000000000000000000000');
    expect(answer.status).toBe(77);
  });

  it('is refused once it was revoked, and the other is not', async () => {
    expect((await ask('web1', 'where')).status).toBe(0);
    await system.do('--revoke', 'web1');
    const answer = await ask('web1', 'where');
    expect([answer.status, answer.stderr]).toEqual([255, expect.stringContaining('denied')]);
    expect((await ask('nii3', 'where')).status).toBe(0);
    const { status, out } = await hostSetup('--root', system.root, '--audit');
    expect([status, out]).toEqual([0, 'nothing found\n']);
  });
});
