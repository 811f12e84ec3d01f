/**
 * A guest that a policy sends away and home again while it works on a page: what runs at the other
 * site is another process, which has no more than the state folder. The claim goes along.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJournal } from '../../src/daemon/journal.ts';
import { Carried } from '../support/carried.ts';
import { Endpoint } from '../support/endpoint.ts';
import { until } from '../support/rig.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';

let server: Webdav;
let taker: Endpoint;
beforeAll(async () => {
  server = await Webdav.start();
  taker = await Endpoint.start();
});
afterAll(async () => {
  await taker?.close();
  await server?.remove();
});

/** Asks for the guest to be carried, and ends when it has arrived; or not at all, after 20 s. */
const MIGRATE = `#!/bin/sh
echo "$2" >"\${0%/*}/asked"
for i in $(seq 200); do
  [ "$(cat "\${0%/*}/where")" != "$2" ] || exit 0
  sleep 0.1
done
exit 1
`;

function conf(folder: string): string {
  return `[site oslo]
role = home
hosts = h1
[site aws]
role = away
[migrator]
kind = command
migrate = ${folder}/migrate {from} {to}
locate = cat ${folder}/where
[policy build]
kind = site-aware
bigjobs = grade a
threshold = 2
[queue builds]
url = ${server.url('carried')}
interval = 300ms
exec = "/bin/sh -c 'sleep 0.3; cat'"
results = ${taker.url}
[constraints]
settle = off
cooldown = off
retry = 1s
`;
}

it('the claim goes along when a policy’s moves carry the state folder to other processes', async () => {
  taker.forget({ honoursKeys: true });
  server.publish('carried', `grade b = 1\n${'grade a = 2\n'.repeat(4)}grade b = 3\n`);
  const folder = tempFolder();
  const where = join(folder, 'where');
  writeFileSync(where, 'h1\n');
  writeFileSync(join(folder, 'migrate'), MIGRATE, { mode: 0o755 });
  const asked = () =>
    existsSync(join(folder, 'asked')) && readFileSync(join(folder, 'asked'), 'utf8');
  const guest = new Carried(conf(folder));
  guest.start();
  for (const host of ['aws', 'h1']) {
    await until(`the guest to leave for ${host}`, () => asked() === `${host}\n`);
    expect(server.pages()).toEqual(['carried.db7']);
    await guest.kill();
    guest.move();
    writeFileSync(where, `${host}\n`);
    guest.start();
  }
  const last = await until('the page to be put away', async () => {
    return (await guest.report())?.queues[0]?.last;
  });
  expect(last).toMatchObject({ ok: 6, failed: 0 });
  expect(server.pages()).toEqual(['carried.db7.done']);
  expect(taker.results.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6]);
  // The job in hand was finished before each move, so none was run twice.
  expect(taker.again).toBe(0);
  expect(new Set(taker.keys.map((key) => key.split('-')[0])).size).toBe(1);
  const entries = (await readJournal(guest.state)).records.map(({ entry }) => entry);
  const outcomes = entries.filter(({ type }) => type === 'outcome');
  expect(outcomes).toMatchObject([
    { outcome: 'confirmed', host: 'aws' },
    { outcome: 'confirmed', host: 'h1' },
  ]);
  const roles = entries.flatMap((entry) => (entry.type === 'job-began' ? [entry.role] : []));
  expect(roles).toHaveLength(6);
  expect(roles[0]).toBe('home');
  expect(roles.filter((role) => role === 'away').length).toBeGreaterThanOrEqual(2);
});
