/** A guest that is moved by what waits on a queue's page: the built daemon, a page of a real nginx. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Rig, until } from '../support/rig.ts';
import { startNginx } from '../support/web-servers.ts';

const conf = (url: string) => `
[array]
hosts = h1, h2
spread = no
[probe jobs]
kind = queue
url = ${url}
interval = 100ms
[policy p]
kind = threshold-aware
probe = jobs
suffering = > 500 for 3
[migrator]
kind = local
`;

it('asks to move when more than 500 jobs wait for three readings, and not before', async () => {
  const server = await startNginx('location / { root site; }');
  onTestFinished(() => server.stop());
  const page = join(server.folder, 'site', 'builds');
  mkdirSync(join(server.folder, 'site'));
  const publish = (jobs: number) => {
    writeFileSync(`${page}.new`, 'grade a = 2+2\n'.repeat(jobs), { mode: 0o644 });
    renameSync(`${page}.new`, page);
  };
  const rig = new Rig(conf(`${server.url}/builds`));
  await rig.startAndWait();
  const value = async () => (await rig.status())?.probes[0]?.value;
  await until('an empty queue', async () => (await value()) === 0);
  publish(500);
  await until('500 jobs', async () => (await value()) === 500);
  // Long enough for three readings.
  await new Promise((resolve) => setTimeout(resolve, 600));
  const types = async () => (await rig.records()).map(({ entry }) => entry.type);
  expect(await types()).not.toContain('intended');
  publish(501);
  await until('the move', async () => (await types()).includes('intended'));
  const asked = (await rig.records()).find(({ entry }) => entry.type === 'intended');
  expect(JSON.stringify(asked?.entry)).toContain('501');
});
