/** Installing, adding and revoking, in the folder of a system: what is written, what stays, what is refused. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { hostSetup, KEYS, keyOf, makeKey, PROGRAM, SUDOERS, System, VMS } from './support.ts';

const NII3 = ['--tool', 'xl', '--hosts', 'xen1,xen2'];
const NOTHING = 'nothing to change\n';

let folder: string;
let system: System;
let key: string;
beforeEach(async () => {
  folder = tempFolder();
  system = new System(folder);
  key = makeKey(folder, 'nii3');
  await system.do('--name', 'xen1');
});

const add = (...more: readonly string[]) => system.call('--add', 'nii3', '--apply', ...more);

describe('the installation', () => {
  it('puts the program, its conf and its account where they belong', () => {
    expect(system.read(PROGRAM)).toBe(readFileSync('etc/host/vmmanage-host', 'utf8'));
    expect(system.mode(PROGRAM)).toBe(0o755);
    expect(system.read('/etc/vmmanage-host/host.conf')).toMatch(/^name = xen1$/m);
    expect(system.mode(VMS)).toBe(0o644);
    expect(system.mode('/etc/vmmanage-host/hold.d')).toBe(0o755);
    expect(system.read('/etc/passwd')).toMatch(
      /^vmmanage-host:.*:\/home\/vmmanage-host:\/bin\/sh$/m,
    );
    expect(system.read(SUDOERS)).toBe(
      'Defaults:vmmanage-host env_keep += "SSH_ORIGINAL_COMMAND SSH_CONNECTION"\n',
    );
    expect(system.mode(SUDOERS)).toBe(0o440);
  });

  it('changes nothing the second time', async () => {
    const before = system.all();
    expect(await system.do('--name', 'xen1')).toContain(NOTHING);
    expect(await system.do()).toContain(NOTHING);
    expect(system.all()).toEqual(before);
  });

  it('renames the host, and leaves what the provider wrote', async () => {
    system.write('/etc/vmmanage-host/host.conf', '# ours\nmax_in = 2\nname=xen1\n');
    await system.do('--name', 'xen7');
    expect(system.read('/etc/vmmanage-host/host.conf')).toBe('# ours\nmax_in = 2\nname = xen7\n');
  });

  it('brings an older program up to date', async () => {
    system.write(PROGRAM, '#!/bin/sh\n', 0o755);
    expect(await system.do()).toContain(`wrote ${PROGRAM}`);
    expect(system.read(PROGRAM)).toBe(readFileSync('etc/host/vmmanage-host', 'utf8'));
  });

  it("takes root's account as it is, without sudo", async () => {
    const other = new System(folder);
    const own = `${keyOf(makeKey(folder, 'admin'))} admin\n`;
    other.write('/root/.ssh/authorized_keys', own, 0o600);
    await other.do('--account', 'root');
    await other.do('--account', 'root', '--add', 'nii3', '--key', key, ...NII3);
    expect(other.has(SUDOERS)).toBe(false);
    const line = `command="vmmanage-host --vm nii3",restrict ${keyOf(key)} nii3\n`;
    expect(other.read('/root/.ssh/authorized_keys')).toBe(own + line);
    expect((await other.call('--account', 'root', '--audit')).out).toBe('nothing found\n');
    await other.do('--account', 'root', '--revoke', 'nii3');
    expect(other.read('/root/.ssh/authorized_keys')).toBe(own);
  });
});

describe('--add', () => {
  it('writes exactly a forced command, the exact command of sudo and the section', async () => {
    const options = [
      '--base',
      'xen9',
      '--min-stay',
      '90',
      '--separate',
      'db1,db2',
      '--domain',
      'd3',
    ];
    await add('--key', key, ...NII3, ...options, '--set', 'address.xen2=10.77.0.12');
    expect(system.read(KEYS)).toBe(
      `command="vmmanage-host --vm nii3",restrict ${keyOf(key)} nii3\n`,
    );
    expect(system.read(SUDOERS)).toContain(
      '\nvmmanage-host ALL=(root) NOPASSWD: /usr/local/bin/vmmanage-host --vm nii3\n',
    );
    expect(system.read(VMS)).toMatch(
      /\n\n\[nii3\]\ntool = xl\ndomain = d3\nhosts = xen1, xen2\nbase = xen9\nmin_stay = 90\nseparate = db1, db2\naddress.xen2 = 10.77.0.12\n$/,
    );
    expect(execFileSync('ssh-keygen', ['-lf', system.path(KEYS)], { encoding: 'utf8' })).toMatch(
      /^256 SHA256:/,
    );
  });

  it('writes the lines that docs/providers.md has for who does it by hand', async () => {
    await add('--key', key, ...NII3);
    const page = readFileSync('docs/providers.md', 'utf8');
    const line = system.read(KEYS).replace(keyOf(key), 'ssh-ed25519 AAAA…');
    expect(page).toContain(`\`\`\`\n${line}\`\`\``);
    expect(page).toContain(`\`\`\`\n${system.read(SUDOERS)}\`\`\``);
  });

  it('twice is as once', async () => {
    await add('--key', key, ...NII3);
    const before = system.all();
    expect(await add('--key', key, ...NII3)).toMatchObject({ status: 0, out: NOTHING });
    expect(system.all()).toEqual(before);
  });

  it('changes the keys that are given, and leaves the others and all comments', async () => {
    await add('--key', key, ...NII3);
    const others = '# of others\n[db7]\ntool = xl\nhosts = a\n\n';
    const own = '[nii3]\n# ticket 12\n  tool=xl\nmin_stay = 60\n  # the new one\nhosts = xen1\n\n';
    const last = '# the last\n[web1]\ntool = xl\n';
    system.write(VMS, others + own + last);
    await add('--hosts', 'xen1,xen2', '--base', 'xen9', '--tool', 'xl');
    const changed = own.replace('hosts = xen1\n', 'hosts = xen1, xen2\nbase = xen9\n');
    expect(system.read(VMS)).toBe(others + changed + last);
  });

  it('puts another key in place of the first only when that is said', async () => {
    await add('--key', key, ...NII3);
    const before = system.all();
    const other = makeKey(folder, 'other');
    const refused = await add('--key', other);
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toMatch(/nii3 has another key already, SHA256:\S+: --replace-key/);
    expect(system.all()).toEqual(before);
    expect(await add('--key', other, '--replace-key')).toMatchObject({ status: 0 });
    expect(system.read(KEYS)).toBe(
      `command="vmmanage-host --vm nii3",restrict ${keyOf(other)} nii3\n`,
    );
  });

  it.each([
    [
      'a key that is another guest’s',
      ['--add', 'web1', '--tool', 'xl', '--key', 'KEY'],
      /line 1.*a key of its own/,
    ],
    ['a guest without a key', ['--add', 'web1', '--tool', 'xl'], /web1 has no key yet: --key FILE/],
    ['a guest without a tool', ['--add', 'web1', '--key', 'OTHER'], /--tool xl, libvirt/],
    [
      'a guest that could go nowhere',
      ['--add', 'web1', '--tool', 'xl', '--key', 'OTHER'],
      /web1 may go nowhere yet: --hosts/,
    ],
    [
      'what vmmanage-host does not take',
      ['--add', 'web1', '--tool', 'mln', '--hosts', 'xen1', '--key', 'OTHER'],
      /does not take this: .*mln_folder/,
    ],
    [
      'a program by halves',
      ['--add', 'nii3', '--tool', 'command', '--set', 'locate=/bin/x'],
      /no migrate/,
    ],
  ])('refuses %s, and has changed nothing', async (_, words, why) => {
    await add('--key', key, ...NII3);
    const before = system.all();
    const other = makeKey(folder, 'other');
    const args = words.map((word) => (word === 'KEY' ? key : word === 'OTHER' ? other : word));
    const { status, err } = await system.call(...args, '--apply');
    expect(err).toMatch(why);
    expect(status).toBe(1);
    expect(system.all()).toEqual(before);
  });

  it('needs the installation', async () => {
    const { status, err } = await new System(folder).call(
      '--add',
      'a',
      '--key',
      key,
      '--tool',
      'xl',
      '--apply',
    );
    expect([status, err]).toEqual([1, expect.stringContaining('not installed here')]);
  });
});

describe('--revoke', () => {
  it('takes back to the byte what --add gave', async () => {
    system.append(VMS, '\n\n[db7]\ntool = xl\n\n# the end\n\n');
    system.write(KEYS, `# keys\n`);
    const before = system.all();
    await add('--key', key, ...NII3);
    expect(system.all()).not.toEqual(before);
    expect(await system.do('--revoke', 'nii3')).toContain(
      'left: its key and section on the other hosts',
    );
    expect(system.all()).toEqual(before);
    expect(await system.do('--revoke', 'nii3')).toContain(NOTHING);
  });

  it('leaves guests whose names begin alike, and the comment above the next section', async () => {
    await add('--key', key, ...NII3);
    await system.do('--add', 'nii33', '--key', makeKey(folder, 'b'), ...NII3);
    await system.do('--add', 'nii', '--key', makeKey(folder, 'c'), ...NII3);
    system.write(VMS, system.read(VMS).replace('[nii33]', '# about nii33\n[nii33]'));
    await system.do('--revoke', 'nii3');
    const names = (text: string, pattern: RegExp) =>
      [...text.matchAll(pattern)].map(([, name]) => name);
    expect(names(system.read(KEYS), /--vm (\w+)"/g)).toEqual(['nii33', 'nii']);
    expect(names(system.read(SUDOERS), /--vm (\w+)$/gm)).toEqual(['nii33', 'nii']);
    expect(names(system.read(VMS), /^\[(\w+)\]$/gm)).toEqual(['nii33', 'nii']);
    expect(system.read(VMS)).toContain('\n# about nii33\n[nii33]\n');
  });

  it('says what is left', async () => {
    await add('--key', key, ...NII3);
    system.write('/etc/vmmanage-host/hold.d/nii3', 'for now\n');
    system.write('/var/lib/vmmanage-host/nii3/seen', '1\n');
    system.append(KEYS, `command="/opt/x --vm nii3" ${keyOf(makeKey(folder, 'b'))}\n`);
    const told = await system.do('--revoke', 'nii3');
    expect(told).toContain('left: its hold, /etc/vmmanage-host/hold.d/nii3\n');
    expect(told).toContain('/var/lib/vmmanage-host/nii3; one that is under way goes on\n');
    expect(told).toContain(`left: line 1 of ${KEYS}, which is not as host-setup writes it\n`);
    expect(system.read(KEYS)).toMatch(/^command="\/opt\/x/);
  });
});

describe('a link', () => {
  it.each([
    ['for the file of keys', KEYS],
    ['for their folder', '/home/vmmanage-host/.ssh'],
    ['for the folder of all homes', '/home'],
    ['for the conf', VMS],
    ['for the folder of the conf', '/etc/vmmanage-host'],
    ['for the file of sudo', SUDOERS],
  ])('%s is not followed', async (_, path) => {
    await add('--key', key, ...NII3);
    const aside = join(folder, 'aside');
    renameSync(system.path(path), aside);
    symlinkSync(aside, system.path(path));
    const before = system.all();
    const { status, err } = await system.call(
      '--add',
      'web1',
      '--key',
      makeKey(folder, 'b'),
      ...NII3,
      '--apply',
    );
    expect(err).toContain(`${system.path(path)} is a link, which is not followed`);
    expect(status).toBe(1);
    // What stood before the link in the order of writing may be there; nothing went through it.
    expect(system.all()[path.slice(1)]).toBe(before[path.slice(1)]);
  });

  it.each(['/home/vmmanage-host/.ssh', '/etc/vmmanage-host', '/usr/local/bin'])(
    'is as little trusted as a folder that others can write: %s',
    async (path) => {
      chmodSync(system.path(path), 0o777);
      const { status, err } = await add('--key', key, ...NII3);
      if (path === '/usr/local/bin')
        expect((await system.call('--apply')).err).toContain('chmod go-w');
      else expect([status, err]).toEqual([1, expect.stringContaining('can be written by others')]);
    },
  );
});

describe('the printed script', () => {
  const TASKS: readonly (readonly string[])[] = [
    ['--name', 'xen1'],
    ['--add', 'nii3', '--key', 'KEY', ...NII3],
    ['--revoke', 'nii3'],
    ['--list', '--print'],
    ['--audit', '--print'],
    ['--known-hosts', '--print', 'xen1'],
  ];
  const printed = async (at: System, words: readonly string[]) =>
    (await at.call(...words.map((word) => (word === 'KEY' ? key : word)))).out;

  it.each(TASKS)('is clean to shellcheck: %s %s', async (...words) => {
    const text = await printed(system, words);
    const { stdout } = spawnSync('shellcheck', ['-'], { input: text, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it.each([['sh'], ['bash'], ['busybox', 'sh']])(
    'does what --apply does: in %s %s',
    async (...shell) => {
      const [byHand, applied] = [new System(folder), new System(folder)];
      for (const words of [TASKS[0] ?? [], TASKS[1] ?? []]) {
        const input = await printed(byHand, words);
        const [program = '', ...rest] = shell;
        const { status, stderr } = spawnSync(program, rest, { input, encoding: 'utf8' });
        expect([status, stderr]).toEqual([0, '']);
        await applied.do(...words.map((word) => (word === 'KEY' ? key : word)));
      }
      expect(byHand.all()).toEqual(applied.all());
      expect(byHand.has(KEYS)).toBe(true);
    },
  );

  it('does nothing where it came through in part', async () => {
    const fresh = new System(folder);
    const before = fresh.all();
    const text = await printed(fresh, TASKS[0] ?? []);
    for (const share of [0.1, 0.3, 0.6, 0.9, 0.999]) {
      spawnSync('sh', [], { input: text.slice(0, Math.floor(text.length * share)) });
    }
    expect(fresh.all()).toEqual(before);
  });

  it('does nothing for who is not root', async () => {
    const { out: input } = await hostSetup('--name', 'xen1');
    const drop = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'sh'];
    const [program = '', ...words] = process.getuid?.() === 0 ? drop : ['sh'];
    const { status, stderr } = spawnSync(program, words, { input, encoding: 'utf8', cwd: '/' });
    expect([status, stderr]).toEqual([77, 'host-setup: only root may do this\n']);
  });

  it('says in front what it does, with the fingerprint of the key', async () => {
    const text = await printed(system, TASKS[1] ?? []);
    const shown = execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ')[1];
    expect(text.split('\n')[1]).toBe(
      `# vmmanage host-setup 0.1.0: lets nii3 ask for its moves, key ${shown}.`,
    );
  });
});

describe('--list and --known-hosts', () => {
  it('lists the guests with what they may do', async () => {
    await add('--key', key, ...NII3);
    system.append(VMS, '[alone]\ntool = mln\nhosts = a b\n');
    const shown = execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ')[1];
    expect(JSON.parse((await system.call('--list', '--json')).out)).toEqual({
      vms: [
        {
          vm: 'nii3',
          tool: 'xl',
          domain: 'nii3',
          hosts: ['xen1', 'xen2'],
          base: null,
          keys: [shown],
        },
        { vm: 'alone', tool: 'mln', domain: 'alone', hosts: ['a', 'b'], base: null, keys: [] },
      ],
    });
    const { out } = await system.call('--list');
    expect(out).toMatch(
      /^VM +TOOL +DOMAIN +HOSTS +BASE +KEY\nnii3 +xl +nii3 +xen1,xen2 +- +SHA256:/,
    );
    expect(out).toMatch(/\nalone +mln +alone +a,b +- +no key\n$/);
  });

  it('gives lines of known_hosts that ssh-keygen finds by each name', async () => {
    system.write('/etc/ssh/x', '');
    makeKey(system.path('/etc/ssh'), 'ssh_host_ed25519_key');
    const { out } = await system.call(
      '--known-hosts',
      'xen1',
      '192.0.2.11:2222',
      '[2001:db8::1]:22',
    );
    const pub = keyOf(system.path('/etc/ssh/ssh_host_ed25519_key.pub'));
    expect(out).toBe(`xen1,[192.0.2.11]:2222,2001:db8::1 ${pub}\n`);
    const known = join(folder, 'known');
    writeFileSync(known, out);
    for (const name of ['xen1', '[192.0.2.11]:2222', '2001:db8::1']) {
      expect(spawnSync('ssh-keygen', ['-F', name, '-f', known]).status).toBe(0);
    }
    rmSync(system.path('/etc/ssh'), { recursive: true });
    expect(await system.call('--known-hosts', 'xen1')).toMatchObject({ status: 1, out: '' });
  });
});

describe('wrong usage is', () => {
  it.each([
    ['two tasks', ['--add', 'a', '--revoke', 'b']],
    ['a name that holds a quote', ['--add', "a'b"]],
    ['a name that is an option', ['--revoke', '-a']],
    ['a line break in a setting', ['--add', 'a', '--set', 'uri=x\ny']],
    ['a command in a setting', ['--add', 'a', '--set', 'migrate=/bin/x;id']],
    ['a key that vms.conf has not', ['--add', 'a', '--set', 'umask=0']],
    ['a root that climbs', ['--root', '/tmp/../etc']],
    ['a root that is no path', ['--root', 'here']],
    ['an account with a colon', ['--account', 'a:b']],
    ['a host that is none', ['--known-hosts', 'a b']],
    ['a port that is none', ['--known-hosts', 'a:65536']],
    ['a tool that there is not', ['--add', 'a', '--tool', 'kvm']],
    ['an option of --add without it', ['--tool', 'xl']],
    ['JSON of a script', ['--add', 'a', '--json']],
    ['applying what changes nothing', ['--list', '--apply']],
    ['an operand', ['nii3']],
  ])('%s', async (_, args) => {
    expect(await hostSetup(...args)).toMatchObject({ status: 2, out: '' });
  });

  it('is told apart from a file that is no key', async () => {
    const file = join(folder, 'x.pub');
    writeFileSync(file, 'hello\n');
    const { status, err } = await hostSetup('--add', 'a', '--key', file);
    expect([status, err]).toEqual([1, expect.stringContaining('is no public key')]);
    expect((await hostSetup('--add', 'a', '--key', join(folder, 'none'))).status).toBe(1);
  });
});
