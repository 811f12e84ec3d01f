/** `vmmanage probe` on a real MariaDB (a difference needs two readings, and says so), and `--all`. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type Mariadb, startMariadb, TENANT } from '../support/mariadb.ts';
import { tempFolder } from '../support/temp.ts';
import { startNginx } from '../support/web-servers.ts';
import { fakeTerminal } from './support/terminal.ts';

let server: Mariadb;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server.remove());

async function probe(as: 'delta' | 'value', ...args: string[]) {
  const path = join(tempFolder(), 'vmmanage.conf');
  const conf = `
[array]
hosts = xen1, xen2
[probe q]
kind = mysql
variable = Questions
as = ${as}
interval = 300ms
socket = ${server.socket}
user = ${TENANT.user}
password = '${TENANT.password}'
[policy p]
kind = threshold-aware
suffering = > 50 for 3
`;
  writeFileSync(path, conf, { mode: 0o600 });
  const terminal = fakeTerminal();
  const status = await runCli(['probe', '-c', path, ...args], terminal);
  return { status, ...terminal.printed };
}

describe('probe', () => {
  it('reads a difference twice, an interval apart', async () => {
    const { status, out, err } = await probe('delta');
    expect(err).toBe('q: a difference; reading again in 0.3 s\n');
    expect(out).toMatch(/^q \(mysql\) {2}\d+(\.\d+)?\/300ms, in [\d.]+ ms\n$/);
    expect(status).toBe(0);
  });

  it('reads a value once, and shows what the server answered', async () => {
    const { status, out, err } = await probe('value', '-v');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^q \(mysql\) {2}\d+, in [\d.]+ ms\n.*Questions \d+/s);
  });
});

describe('probe --all', () => {
  const sections = (count: number, seconds: number) =>
    Array.from({ length: count }, (_, n) => {
      const words = `/bin/sh -c "sleep ${n === 0 ? seconds : 0}; echo ${n}"`;
      return `[probe p${n}]\nkind = command\ncommand = '${words}'\ninterval = 60s\n`;
    }).join('');

  async function all(...args: string[]) {
    const folder = tempFolder();
    const path = join(folder, 'vmmanage.conf');
    const conf = `[vm]\nstate = ${join(folder, 'state')}\n[array]\nhosts = xen1, xen2\n${sections(10, 1)}
[policy p]
kind = threshold-aware
probe = p1
suffering = > 50 for 3
`;
    writeFileSync(path, conf, { mode: 0o600 });
    const terminal = fakeTerminal();
    const began = performance.now();
    const status = await runCli(['probe', '-c', path, '--all', ...args], terminal);
    const tookMs = performance.now() - began;
    return { status, tookMs, left: readdirSync(folder), ...terminal.printed };
  }

  it('reads ten side by side, prints them in the order of the conf, and leaves the state alone', async () => {
    const { status, tookMs, out, left } = await all('-v');
    const lines = out.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines.filter((_, n) => n % 2 === 0).map((line) => line.split(',')[0])).toEqual(
      Array.from({ length: 10 }, (_, n) => `p${n} (command)  ${n}`),
    );
    expect(lines.filter((_, n) => n % 2 === 1).map((line) => line.trim())).toEqual(
      Array.from({ length: 10 }, (_, n) => String(n)),
    );
    // The slow one alone takes a second of it.
    expect(tookMs).toBeLessThan(5_000);
    expect(left).toEqual(['vmmanage.conf']);
    const tookOf = (name: string) =>
      Number(new RegExp(`^${name} .* in ([\\d.]+) ms$`, 'm').exec(out)?.[1]);
    expect(tookOf('p0')).toBeGreaterThan(1_000);
    expect(tookOf('p9')).toBeLessThan(1_000);
  });

  it('gives up what hangs at its time-out, however many are read beside it', async () => {
    const folder = tempFolder();
    const path = join(folder, 'vmmanage.conf');
    const hanging = "[probe slow]\nkind = command\ncommand = 'sleep 60'\ninterval = 2s\n";
    const policy = '[policy p]\nkind = threshold-aware\nprobe = p1\nsuffering = > 50 for 3\n';
    writeFileSync(path, `[array]\nhosts = xen1, xen2\n${hanging}${sections(12, 0)}${policy}`);
    const terminal = fakeTerminal();
    const warned: Error[] = [];
    const warn = (warning: Error) => void warned.push(warning);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const began = performance.now();
    expect(await runCli(['probe', '-c', path, '--all'], terminal)).toBe(1);
    expect(warned).toEqual([]);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(terminal.printed.out).toMatch(/^slow \(command\) {2}missing: no answer in time/);
    expect(terminal.printed.out).toMatch(/^p11 \(command\) {3}11,/m);
    expect(terminal.interruptions).toBe(1);
  });

  it('prints the same as data', async () => {
    const { out } = await all('--json');
    expect(JSON.parse(out)[3]).toEqual({
      ...{ probe: 'p3', kind: 'command', unit: '', value: 3, took_ms: expect.any(Number) },
    });
  });
});

describe('probe of a queue', () => {
  const queueConf = (url: string, folder: string) => `
[vm]
state = ${join(folder, 'state')}
[site oslo]
role = home
hosts = xen1, xen2
[site aws]
role = away
[queue builds]
url = ${url}
[policy build]
kind = site-aware
bigjobs = grade a, b
threshold = 2
`;

  it('counts the big jobs that nobody has claimed, and neither claims nor writes', async () => {
    const web = await startNginx('location / { root site; }');
    onTestFinished(() => web.stop());
    const site = join(web.folder, 'site');
    mkdirSync(site);
    const page = 'grade a = 1\ngrade b = 2\ngrade c = 3\n';
    writeFileSync(join(site, 'builds'), page, { mode: 0o644 });
    const folder = tempFolder();
    const path = join(folder, 'vmmanage.conf');
    writeFileSync(path, queueConf(`${web.url}/builds`, folder), { mode: 0o600 });
    const read = async (...args: string[]) => {
      const terminal = fakeTerminal();
      const status = await runCli(['probe', '-c', path, ...args], terminal);
      return { status, ...terminal.printed };
    };
    const { status, out, err } = await read('--all');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^builds \(queue\) {2}2 big jobs, in [\d.]+ ms\n$/);
    expect((await read('builds', '-v')).out).toContain('grade c = 3');
    expect(readdirSync(site)).toEqual(['builds']);
    rmSync(join(site, 'builds'));
    expect((await read('-v')).out).toMatch(/ {2}0 big jobs, .*404: there is no page/s);
    await web.stop();
    expect(await read('builds')).toMatchObject({
      status: 1,
      out: expect.stringMatching(/missing: no server listens at/),
    });
    expect(readdirSync(folder)).toEqual(['vmmanage.conf']);
  });
});
