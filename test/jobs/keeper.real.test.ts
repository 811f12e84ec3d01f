/** Reloads: queues that come, go, can't be opened, or hang while they are asked. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Webdav } from '../support/webdav.ts';
import { clock, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server?.remove());

it('a queue that can’t be opened stops no other, and is opened by the next reload', async () => {
  server.publish('good', 'grade a = 1\n');
  const good = settingsOf(server.url('good'));
  const bad = { ...settingsOf(server.url('bad')), name: 'frames' };
  const guest = new Guest(good);
  await guest.start();
  const ledger = join(guest.state, 'frames.jsonl');
  mkdirSync(ledger);
  await guest.keeper.use([good, bad]);
  expect(guest.keeper.find('frames')).toEqual({ problem: expect.stringContaining('EISDIR') });
  expect(guest.warnings).toEqual([expect.stringContaining('EISDIR')]);
  await guest.until(() => guest.keeper.workerConnected);
  await guest.finish();
  rmdirSync(ledger);
  await guest.keeper.use([good, bad]);
  expect(guest.keeper.find('frames')).toMatchObject({ name: 'frames' });
});

it('a desk that can’t be opened leaves the queues as they are', async () => {
  const first = new Guest(settingsOf(server.url('none')));
  await first.start();
  const second = new Guest(settingsOf(server.url('none')));
  const other = second.keeperIn(first.folder);
  onTestFinished(() => other.close());
  await expect(other.use([settingsOf(server.url('none'))])).rejects.toThrow('another vmmanage');
  expect(other.queues).toEqual([]);
});

it('a reload waits for no server', async () => {
  const slow = createServer(() => undefined);
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    slow.closeAllConnections();
    slow.close();
  });
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/builds`;
  const guest = new Guest(settingsOf(url));
  await guest.start();
  const reading = guest.read();
  await clock.sleep(50);
  const atMs = clock.monotonicMs();
  await guest.keeper.use([settingsOf(url, { exec: 'cat' })]);
  expect(clock.monotonicMs() - atMs).toBeLessThan(1000);
  expect(await reading).toHaveProperty('missing');
});
