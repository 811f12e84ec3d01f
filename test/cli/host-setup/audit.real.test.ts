/** What --audit finds: one mistake is planted at a time, and it is that one that is told, with its remedy. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { KEYS, keyOf, makeKey, PROGRAM, SUDOERS, System, VMS } from './support.ts';

const CONF = '/etc/vmmanage-host';
const SSH = '/home/vmmanage-host/.ssh';
const FORCED = 'command="vmmanage-host --vm';
const XL = ['--tool', 'xl', '--hosts', 'xen1,xen2'];
const PERMIT = 'vmmanage-host ALL=(root) NOPASSWD:';

let made: string;
let whole: System;
let folder: string;
let system: System;
let spare: string;
let sshdConf: string;

/** Made once, and copied for each test. */
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'vmmanage-test-'));
  whole = new System(made);
  await whole.do();
  for (const vm of ['nii3', 'web1']) {
    await whole.do('--add', vm, '--key', makeKey(made, vm), ...XL);
  }
  spare = keyOf(makeKey(made, 'spare'));
  makeKey(made, 'host');
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  folder = tempFolder();
  system = new System(folder);
  execFileSync('cp', ['-a', `${whole.root}/.`, system.root]);
  sshdConf = join(folder, 'sshd_config');
  sshd('');
});

/** Lines for the sshd that the audit looks at; its usual ones follow, and count where these don't say otherwise. */
function sshd(lines: string): void {
  writeFileSync(sshdConf, `${lines}\nHostKey ${made}/host\n`);
}

async function audit() {
  const { status, out } = await system.call('--audit', '--json', '--sshd-config', sshdConf);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  expect([status, ok]).toEqual(findings.length === 0 ? [0, true] : [1, false]);
  const bare = (text: string) => text.replaceAll(system.root, '');
  return findings.map(({ where, what, remedy }) => [where, what, remedy].map(bare));
}

interface Finding {
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** Where, what and the remedy. */
type Expected = readonly [string, RegExp, RegExp];
type Row = readonly [string, () => void, readonly Expected[]];

const append = (path: string, text: string) => () => system.append(path, text);
const mode = (path: string, bits: number) => () => chmodSync(system.path(path), bits);
const link = (path: string) => () => {
  renameSync(system.path(path), join(folder, 'aside'));
  symlinkSync(join(folder, 'aside'), system.path(path));
};
const replace = (path: string, from: string, to: string) => () =>
  system.write(path, system.read(path).replaceAll(from, to), system.mode(path));
const configured = (lines: string) => () => sshd(lines);
const inexact = [`${KEYS}:3`, /^is not exactly command=/, /^remove the line/] as const;
const openKey = (options: string) => () => system.append(KEYS, `${options}${spare} x\n`);
const tooMuch = [SUDOERS, /^permits more than a guest's exact command: /, /^remove/] as const;

const PLANTED: Row[] = [
  ['nothing', () => undefined, []],
  [
    'a file of keys that others can write',
    mode(KEYS, 0o666),
    [[KEYS, /written by others/, /^chmod go-w/]],
  ],
  ['their folder', mode(SSH, 0o775), [[SSH, /written by others/, /^chmod go-w/]]],
  ['a conf that others can write', mode(VMS, 0o664), [[VMS, /written by others/, /^chmod go-w/]]],
  [
    'a folder of holds',
    mode(`${CONF}/hold.d`, 0o777),
    [[`${CONF}/hold.d`, /written by/, /^chmod/]],
  ],
  [
    'a program that others can write',
    mode(PROGRAM, 0o757),
    [[PROGRAM, /written by others/, /^chmod/]],
  ],
  [
    'a program that cannot be run',
    mode(PROGRAM, 0o644),
    [[PROGRAM, /can not be run/, /^chmod 755/]],
  ],
  [
    'another program',
    append(PROGRAM, '#\n'),
    [[PROGRAM, /not that of vmmanage 0\.1\.0/, /--apply$/]],
  ],
  ['no program', () => rmSync(system.path(PROGRAM)), [[PROGRAM, /is missing/, /--apply$/]]],
  [
    'a link for the keys',
    link(KEYS),
    [
      [KEYS, /is a link/, /in its place/],
      [`${VMS}`, /nii3 has a section, but no key/, /--add nii3/],
      [VMS, /web1 has a section/, /--add web1/],
      [SUDOERS, /nii3 is permitted, but has no key/, /--revoke nii3/],
      [SUDOERS, /web1 is permitted/, /--revoke web1/],
    ],
  ],
  ['a link for the conf', link(VMS), [[VMS, /is a link/, /in its place/]]],
  ['a key without a forced command', openKey(''), [inexact]],
  ['one with restrict alone', openKey('restrict '), [inexact]],
  ['one without restrict', openKey(`${FORCED} nii3" `), [inexact]],
  ['one that allows more after restrict', openKey(`${FORCED} nii3",restrict,pty `), [inexact]],
  ['one with restrict in front', openKey(`restrict,${FORCED} nii3" `), [inexact]],
  ['a command with more words', openKey(`${FORCED} nii3 --conf /tmp",restrict `), [inexact]],
  ['a shell', openKey('command="/bin/sh",restrict '), [inexact]],
  ['a certificate authority', openKey('cert-authority '), [inexact]],
  ['a line that is none', append(KEYS, 'hello\n'), [inexact]],
  [
    'a key that is none',
    append(KEYS, `${FORCED} web1",restrict ssh-ed25519 AAAA web1\n`),
    [
      [`${KEYS}:3`, /holds no key/, /--revoke web1/],
      [`${KEYS}:3`, /has another key above/, /remove/],
    ],
  ],
  [
    'a second key of a guest',
    openKey(`${FORCED} web1",restrict `),
    [[`${KEYS}:3`, /web1 has another key above/, /remove/]],
  ],
  [
    'one key for two guests',
    () =>
      system.append(
        KEYS,
        system.read(KEYS).split('\n')[0]?.replace('nii3"', 'db7"').concat('\n') ?? '',
      ),
    [
      [`${KEYS}:3`, /the same key stands above/, /a key of its own/],
      [`${KEYS}:3`, /db7 has a key, but no section/, /--revoke db7/],
      [SUDOERS, /db7 has a key, but may not run/, /--add db7/],
    ],
  ],
  [
    'a key without a section',
    replace(VMS, '[web1]', '[web2]'),
    [
      [`${KEYS}:2`, /web1 has a key, but no section/, /--revoke web1/],
      [VMS, /web2 has a section, but no key/, /--add web2/],
    ],
  ],
  [
    'a second file of keys',
    () => system.write(`${KEYS}2`, `${spare}\n`),
    [[`${KEYS}2`, /sshd may take keys/, /^rm /]],
  ],
  [
    'a section twice',
    append(VMS, '[web1]\nbase = xen9\n'),
    [[VMS, /\[web1\] stands there twice/, /one section/]],
  ],
  [
    'a section with a mistake',
    replace(VMS, 'tool = xl', 'tool = kvm'),
    [
      [VMS, /^\[nii3\]: vms\.conf of this host is wrong in line 4$/, /mend/],
      [VMS, /^\[web1\]: .* in line 8$/, /mend/],
    ],
  ],
  [
    'a host.conf with a mistake',
    append(`${CONF}/host.conf`, 'max_in = many\n'),
    [
      [VMS, /^\[nii3\]: host\.conf of this host is wrong in line 2/, /mend/],
      [VMS, /^\[web1\]/, /mend/],
    ],
  ],
  [
    'no leave for a guest in sudoers',
    replace(SUDOERS, `${PERMIT} ${PROGRAM} --vm web1\n`, ''),
    [[SUDOERS, /web1 has a key, but may not/, /--add web1/]],
  ],
  [
    'leave for a guest that is gone',
    append(SUDOERS, `${PERMIT} ${PROGRAM} --vm db7\n`),
    [[SUDOERS, /db7 is permitted, but has no key/, /--revoke db7/]],
  ],
  ['a wildcard in sudoers', append(SUDOERS, `${PERMIT} ${PROGRAM} *\n`), [tooMuch]],
  ['a command without its words', append(SUDOERS, `${PERMIT} ${PROGRAM}\n`), [tooMuch]],
  [
    'everything in sudoers',
    append(SUDOERS, 'vmmanage-host ALL=(ALL:ALL) NOPASSWD: ALL\n'),
    [tooMuch],
  ],
  [
    'everything in another file',
    () => system.write('/etc/sudoers.d/zz', 'joe, vmmanage-host ALL=(ALL) ALL\n', 0o440),
    [['/etc/sudoers.d/zz', tooMuch[1], tooMuch[2]]],
  ],
  [
    'another variable that is let pass',
    append(SUDOERS, 'Defaults:vmmanage-host env_keep += "PATH"\n'),
    [tooMuch],
  ],
  [
    'no variable that is let pass',
    replace(SUDOERS, 'Defaults:', '# '),
    [[SUDOERS, /does not let pass/, /--apply$/]],
  ],
  ['no sudoers', () => rmSync(system.path(SUDOERS)), [[SUDOERS, /is missing/, /--apply$/]]],
  ['no sudo', () => rmSync(system.path('/usr/bin/sudo')), [['sudo', /is missing/, /install/]]],
  [
    'an account with nologin',
    replace('/etc/passwd', '/home/vmmanage-host:/bin/sh', '/home/vmmanage-host:/usr/sbin/nologin'),
    [['vmmanage-host', /its shell/, /^usermod/]],
  ],
  [
    'an account in another group',
    append('/etc/group', 'sudo:x:27:joe,vmmanage-host\n'),
    [['vmmanage-host', /what the group sudo may/, /^gpasswd -d/]],
  ],
  [
    'an sshd without keys',
    configured('PubkeyAuthentication no'),
    [['sshd', /keys are not accepted/, /yes$/]],
  ],
  [
    'an sshd with its own command',
    configured('Match User vmmanage-host\nForceCommand /bin/false\nMatch all'),
    [['sshd', /ForceCommand runs instead/, /Match/]],
  ],
  [
    'an sshd that looks elsewhere',
    configured('AuthorizedKeysFile /etc/keys/%u'),
    [['sshd', /does not look into/, /^AuthorizedKeysFile/]],
  ],
  [
    'an sshd that takes variables',
    configured('AcceptEnv LANG PERL5*'),
    [['sshd', /guests may set PERL5\*/, /AcceptEnv/]],
  ],
  [
    'keys that set variables',
    configured('PermitUserEnvironment yes'),
    [['sshd', /may set variables/, /no$/]],
  ],
  [
    'an sshd for others alone',
    configured('AllowUsers joe admin@192.0.2.*'),
    [['sshd', /not among AllowUsers/, /AllowUsers/]],
  ],
  [
    'an sshd for all but it',
    configured('DenyUsers vmmanage-*'),
    [['sshd', /among DenyUsers/, /take it out/]],
  ],
  ['an sshd that is wrong', configured('Colour blue'), [['sshd', /does not take it/, /^sshd -t/]]],
  [
    'an sshd that says all that it may',
    configured(
      'AllowUsers vmmanage-* joe\nAuthorizedKeysFile %h/.ssh/authorized_keys\nAcceptEnv LANG LC_*',
    ),
    [],
  ],
];

/** A section whose tool is the provider's, with its programs in /opt. */
const ofTool = (lines: string, plant: () => void) => () => {
  system.write(VMS, system.read(VMS).replace('tool = xl', lines));
  for (const name of ['move', 'look']) system.write(`/opt/${name}`, '#!/bin/sh\n', 0o755);
  system.write('/opt/mln/nii3.xen1.mln', 'password', 0o600);
  plant();
};
const COMMAND = 'tool = command\nmigrate = /opt/move\nlocate = /opt/look';
const TEMPLATE = 'tool = mln\nmln_template = /opt/mln/nii3.xen1.mln';
const FOLDER = 'tool = mln\nmln_folder = /opt/mln';
const PROJECT = '/opt/mln/nii3.xen1.mln';

const OF_TOOLS: Row[] = [
  ['nothing amiss with a command', ofTool(COMMAND, () => undefined), []],
  ['nothing amiss with a project of MLN', ofTool(FOLDER, () => undefined), []],
  [
    'a command that others can write, which root would run',
    ofTool(COMMAND, () => chmodSync(system.path('/opt/move'), 0o777)),
    [['/opt/move', /written by others/, /^chmod go-w/]],
  ],
  [
    'its folder',
    ofTool(COMMAND, () => chmodSync(system.path('/opt'), 0o777)),
    [['/opt', /written by others/, /^chmod go-w/]],
  ],
  [
    'a command that is not there',
    ofTool(COMMAND, () => rmSync(system.path('/opt/look'))),
    [['/opt/look', /is missing/, /^put it there, or mend locate of \[nii3\]/]],
  ],
  [
    'a command that cannot be run',
    ofTool(COMMAND, () => chmodSync(system.path('/opt/look'), 0o644)),
    [['/opt/look', /can not be run/, /^chmod 755/]],
  ],
  [
    'a command that is a link',
    ofTool(COMMAND, () => link('/opt/look')()),
    [['/opt/look', /is a link/, /^name what it leads to as locate of \[nii3\]/]],
  ],
  [
    'a project of MLN that others can read',
    ofTool(TEMPLATE, () => chmodSync(system.path(PROJECT), 0o644)),
    [[PROJECT, /MLN's password/, /^chmod go-rwx/]],
  ],
  [
    'one of a folder',
    ofTool(FOLDER, () => chmodSync(system.path(PROJECT), 0o644)),
    [[PROJECT, /MLN's password/, /^chmod go-rwx/]],
  ],
  [
    'a guest that may go nowhere',
    ofTool('tool = xl', () =>
      system.write(VMS, system.read(VMS).replace('hosts = xen1, xen2\n', '')),
    ),
    [[VMS, /nii3 may go nowhere/, /--add nii3 --hosts/]],
  ],
  [
    'a state folder that others can write',
    () => {
      system.write('/var/lib/vmmanage-host/.lock', '');
      chmodSync(system.path('/var/lib/vmmanage-host'), 0o777);
    },
    [['/var/lib/vmmanage-host', /written by others/, /^chmod go-w/]],
  ],
];

it.each([...PLANTED, ...OF_TOOLS])('finds %s', async (_, plant, expected) => {
  plant();
  const found = await audit();
  const wheres = expected.map(([where]) => (where === 'sshd' ? sshdConf : where));
  expect(found.map(([where]) => where).sort()).toEqual(wheres.sort());
  for (const [, what, remedy] of expected) {
    const fits = ([, said = '', way = '']: string[]) => what.test(said) && remedy.test(way);
    expect(found.filter(fits), `${what} ${remedy}`).toHaveLength(1);
  }
});

it.runIf(process.getuid?.() === 0)("finds another owner's files", async () => {
  for (const path of [KEYS, VMS, SUDOERS]) chownSync(system.path(path), 65534, 65534);
  const found = (await audit()).map(([where = '', what]) => `${where} ${what}`);
  expect(found.sort()).toEqual([KEYS, VMS, SUDOERS].map((path) => `${path} is not root's`).sort());
});

it('finds an empty system, and says how to begin', async () => {
  const { status, out } = await new System(folder).call('--audit');
  expect(status).toBe(1);
  expect(out).toContain('is missing\n    vmmanage host-setup --root ');
});
