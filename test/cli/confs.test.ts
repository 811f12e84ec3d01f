/** The commands that need a conf and no daemon: check, sample-conf, probe; and where folders are. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { confFolder, runtimeFolder } from '../../src/cli/places.ts';
import { tempFolder } from '../support/temp.ts';
import { fakeTerminal } from './support/terminal.ts';

const RIGHT = `
[vm]
name = db7
[array]
hosts = xen1, xen2
base = xen9
[probe slow]
kind = mysql
interval = 1s
socket = /nonexistent/mysqld.sock
[policy db]
kind = base-aware
suffering = > 50 for 3
idle = < 1 for 20
[migrator]
kind = local
`;

const WRONG = RIGHT.replace('interval', 'intervall').replace('for 20', 'for soon');

function conf(text: string, name = 'vmmanage.conf'): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function run(...args: string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(args, terminal);
  return { status, ...terminal.printed };
}

describe('check', () => {
  it('says that a conf is right, with its warnings', async () => {
    const path = conf(RIGHT);
    const { status, out, err } = await run('check', '-c', path);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain(`${path}:15: [migrator]: warning: `);
    expect(out).toMatch(/conf ok \(1 file, 1 warning\)\n$/);
  });

  it('counts the files of conf.d', async () => {
    const path = conf(RIGHT);
    mkdirSync(join(path, '../conf.d'));
    writeFileSync(join(path, '../conf.d/20.conf'), '[constraints]\ncooldown = 10m\n');
    expect((await run('check', '-c', path)).out).toContain('conf ok (2 files');
  });

  it('tells every mistake on standard error, with its file and line, and ends with 78', async () => {
    const path = conf(WRONG);
    const { status, out, err } = await run('check', '-c', path);
    expect([status, out]).toEqual([78, '']);
    expect(err).toContain(`${path}:9: [probe slow] intervall: `);
    expect(err).toContain(`${path}:14: [policy db] idle: `);
    expect(err).toMatch(/conf wrong \(2 problems/);
  });

  it('ends with 78 where there is no such file', async () => {
    expect((await run('check', '-c', '/nonexistent/a.conf')).status).toBe(78);
  });

  it.each([
    ['-t', '-c'],
    ['-c', '-t'],
  ])('is what other daemons call -t: %s first', async (first) => {
    const path = conf(RIGHT);
    const args = first === '-t' ? ['-t', '-c', path] : ['-c', path, '-t'];
    expect((await run(...args)).out).toContain('conf ok');
  });

  it('prints a conf that means the same, and nothing else on standard output', async () => {
    const printed = await run('check', '-c', conf(RIGHT), '--print');
    expect(printed.out).toMatch(/^\[array\]|^\[vm\]/);
    expect(printed.err).toContain('conf ok');
    expect((await run('check', '-c', conf(printed.out))).status).toBe(0);
  });

  it.each([
    ['right', RIGHT, { ok: true, problems: [] }],
    ['wrong', WRONG, { ok: false, problems: [{ line: 9 }, { line: 14 }] }],
  ])('gives JSON of a conf that is %s', async (_, text, expected) => {
    const { out } = await run('check', '-c', conf(text), '--json');
    expect(JSON.parse(out)).toMatchObject(expected);
  });
});

it('sample-conf is a conf that check takes', async () => {
  const { status, out } = await run('sample-conf');
  expect(status).toBe(0);
  expect((await run('check', '-c', conf(out))).status).toBe(0);
});

describe('probe', () => {
  it('tells why a value is missing, how long that took, and ends with 1', async () => {
    const { status, out } = await run('probe', '-c', conf(RIGHT));
    expect(status).toBe(1);
    expect(out).toMatch(/^slow \(mysql\) {2}missing: .*, in [\d.]+ ms\n$/);
  });

  it('gives JSON of all of them', async () => {
    const { out } = await run('probe', '--all', '--json', '-c', conf(RIGHT));
    expect(JSON.parse(out)).toMatchObject([{ probe: 'slow', kind: 'mysql', unit: '/s' }]);
  });

  it.each([
    ['of another name', ['fast'], 'no probe fast in the conf\n  there are: slow'],
    ['and --all', ['slow', '--all'], 'say a name, or --all, not both'],
  ])('is wrong usage with a name %s', async (_, args, message) => {
    const { status, err } = await run('probe', ...args, '-c', conf(RIGHT));
    expect(status).toBe(2);
    expect(err).toContain(message);
  });

  it('ends with 78 and every problem where the conf is wrong', async () => {
    const { status, err } = await run('probe', '-c', conf(WRONG));
    expect(status).toBe(78);
    expect(err).toMatch(/the conf is wrong\n .*:9: .*\n .*:14: /);
  });
});

describe('the daemon’s folders', () => {
  it.each([
    ['what is given', '/given', { VMMANAGE_RUNTIME: '/env' }, '/given'],
    ['the environment', undefined, { VMMANAGE_RUNTIME: '/env' }, '/env'],
  ])('come from %s first', async (_, given, env, folder) => {
    expect(await runtimeFolder(given, env)).toBe(folder);
  });

  it('come from the last file that names them, though the conf is wrong elsewhere', async () => {
    const first = conf('[vm]\nstate = /first\nruntime = /run/first\n');
    const last = conf('[vm]\nstate = /last\nodd = 1\n[array\n');
    expect(await confFolder('state', [first, last])).toBe('/last');
    expect(await confFolder('runtime', [first, last])).toBe('/run/first');
  });

  it('are the defaults where no file names them', async () => {
    expect(await confFolder('state', [conf('[array]\nhosts = a\n')])).toBe('/var/lib/vmmanage');
  });

  it('are not guessed where a file that was named can’t be read', async () => {
    await expect(confFolder('state', ['/nonexistent/a.conf'])).rejects.toMatchObject({
      status: 78,
    });
  });
});
