/** The built daemon and its locators: who decides, who warns, and how `where` and `status` show it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WhereReport } from '../../src/wire/control.ts';
import { startProvider, TOKEN } from '../support/provider.ts';
import { Rig, until, vmmanage } from '../support/rig.ts';

const VM = { name: 'db7', site: 'home', host: 'h1' };

const conf = (folder: string, port: number) => `
[array]
hosts = h1, h2
spread = no
[probe cpu]
kind = command
command = /bin/echo 50
interval = 1s
[policy p]
kind = threshold-aware
suffering = > 1000 for 3
[migrator m]
kind = local
[locator rack]
kind = file
path = ${folder}/host
[locator control]
kind = provider
[provider]
url = http://127.0.0.1:${port}/base
token_file = ${folder}/token
push = off
`;

it('a file warns, the provider decides, and who contradicts blocks until the answers agree', async () => {
  const provider = await startProvider();
  provider.vm = VM;
  const rig = new Rig('');
  const file = join(rig.folder, 'host');
  writeFileSync(join(rig.folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  writeFileSync(file, 'h2\n');
  rig.write(conf(rig.folder, provider.port));
  const daemon = await rig.startAndWait();
  await until('the place', async () => (await rig.status())?.place.host === 'h1');
  const where = () => vmmanage('where', '--runtime', rig.runtime);

  const first = await where();
  expect(first.stdout).toMatch(/^h1 \(home\)\n {2}m: h1, \ds ago; decides\n {4}local array: h1\n/);
  expect(first.stdout).toMatch(
    / {2}rack: h2, \ds ago; only warns, CONTRADICTS\n {4}\S+\/host: h2, written [\d.]+m?s ago\n/,
  );
  expect(first.stdout).toMatch(
    / {2}control \(asks the provider\): h1, \ds ago; decides\n {4}provider: h1\n/,
  );
  expect(first.status).toBe(0);
  const status = await vmmanage('status', '--runtime', rig.runtime);
  expect(status.stdout).toMatch(
    /where {4}h1 \(home\) since \S+; m and the provider agree, \d+s ago/,
  );
  expect(status.stdout).toMatch(/WARNING {2}locator rack says h2, \d+s ago; it only warns/);

  provider.vm = { ...VM, host: 'h2' };
  const torn = await where();
  expect(torn.stdout).toMatch(/^unknown\n/);
  expect(torn.status).toBe(1);
  expect((await rig.status())?.place).toMatchObject({ host: 'h1', lost: true });

  provider.vm = undefined;
  rmSync(file);
  const json = await vmmanage('where', '--json', '--runtime', rig.runtime);
  const report = JSON.parse(json.stdout) as WhereReport;
  expect(report).toMatchObject({
    ...{ kind: 'at', host: 'h1', site: 'home' },
    locators: [
      { name: 'm', decides: true, contradicts: false, word: 'h1' },
      { name: 'rack', decides: false, word: 'unknown', known: { word: 'h2' } },
      { name: 'control', decides: true, word: 'unknown', known: { word: 'h2' } },
    ],
  });
  expect(report.locators[2]?.answers).toEqual([{ who: 'provider', says: 'HTTP status 404' }]);

  const told = daemon.said.split('\n').filter((line) => line.includes('locator='));
  expect(told).toEqual([
    expect.stringMatching(/^warn: a locator says another place .* locator=rack word=h2 place=h1$/),
    expect.stringMatching(/^info: a locator contradicts no more locator=rack$/),
  ]);
  expect(await daemon.end()).toBe(0);
  expect([daemon.said, rig.journalText()].join('')).not.toContain(TOKEN);
  expect(provider.wrong).toEqual([]);
});
