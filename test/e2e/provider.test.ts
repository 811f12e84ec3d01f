/** The built daemon and its provider: what is pushed, what is never, and what an absence leaves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../support/program.ts';
import { type Provider, startProvider, TOKEN } from '../support/provider.ts';
import { Rig, until } from '../support/rig.ts';

const conf = (folder: string, port: number, more = '') => `
[array]
hosts = h1, h2
spread = no
[probe cpu]
kind = command
command = /bin/cat ${folder}/cpu
interval = 100ms
[policy p]
kind = threshold-aware
suffering = > 1000 for 3
[migrator]
kind = local
[provider]
url = http://127.0.0.1:${port}/base
token_file = ${folder}/token
${more}
`;

function setUp(port: number, more: string): Rig {
  const rig = new Rig('');
  writeFileSync(join(rig.folder, 'cpu'), '50\n');
  writeFileSync(join(rig.folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  rig.write(conf(rig.folder, port, more));
  return rig;
}

const readings = ({ pushes }: Provider) => pushes.flatMap((push) => push.readings);

it('gets readings and state each period, a crossing at once, and nobody else the token', async () => {
  const provider = await startProvider();
  const rig = setUp(provider.port, 'push = 1h\npush_event = cpu > 90\n');
  const daemon = await rig.startAndWait();
  await until('a reading', async () => (await rig.status())?.probes[0]?.value === 50);
  writeFileSync(join(rig.folder, 'cpu'), '95\n');
  await until('the event', () => provider.pushes.length === 1);
  expect(provider.pushes[0]).toMatchObject({
    ...{ vm: 'db7', cause: 'event', dropped: 0 },
    state: { mode: 'active', place: { host: 'h1', site: 'home', lost: false } },
  });
  expect(readings(provider).at(-1)).toMatchObject({ probe: 'cpu', value: 95, crossed: ['> 90'] });
  expect((await rig.status())?.provider).toMatchObject({ pushes: 1, dropped: 0 });
  await rig.act('/v1/reload');
  expect(await daemon.end()).toBe(0);
  expect(provider.pushes).toHaveLength(1);
  expect(provider.wrong).toEqual([]);
  const told = [daemon.said, rig.journalText(), JSON.stringify(await rig.records())].join('');
  expect(told).not.toContain(TOKEN);
  expect(readFileSync(rig.conf, 'utf8')).not.toContain(TOKEN);
});

it('that goes away and comes back misses nothing, and a new daemon says that it is one', async () => {
  const port = await freePort();
  const rig = setUp(port, 'push = 1s\n');
  const daemon = await rig.startAndWait();
  await until('the absence', async () => (await rig.status())?.provider?.error === 'ECONNREFUSED');
  const provider = await startProvider({ port });
  await until('readings', () => readings(provider).length >= 10);
  expect(readings(provider).map(({ n }) => n)).toEqual(
    readings(provider).map((_, index) => index + 1),
  );
  expect(daemon.said).toContain("the provider doesn't take the readings");
  await until('the word of its end', () => daemon.said.includes('takes the readings again'));
  expect(await daemon.end('SIGKILL')).toBe(null);
  const before = provider.pushes.length;
  await rig.startAndWait();
  await until('a push of the next life', () => provider.pushes.length > before);
  const [first, last] = [provider.pushes[0], provider.pushes.at(-1)];
  expect(last?.incarnation).not.toBe(first?.incarnation);
  expect(last?.readings[0]?.n).toBe(1);
  expect(provider.wrong).toEqual([]);
});
