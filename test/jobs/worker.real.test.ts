/** Workers that get in each other's way, and jobs that leave something running. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { work } from '../../src/jobs/worker.ts';
import { markedProcesses } from '../../src/system/marks.ts';
import { JOBS_SOCKET } from '../../src/wire/jobs.ts';
import { Endpoint } from '../support/endpoint.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, type Given, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server?.remove());

async function guestOn(page: string, given: Given) {
  const taker = await Endpoint.start();
  onTestFinished(() => taker.close());
  server.publish(page, 'grade a = 1\n');
  const guest = new Guest(settingsOf(server.url(page), { results: taker.url, ...given }));
  return { guest, taker };
}

describe('a second worker', () => {
  it('is refused, and leaves what the first one runs alone', async () => {
    const given = { exec: "/bin/sh -c 'sleep 1; echo done'", retries: '0' };
    const { guest, taker } = await guestOn('second', given);
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.inHand.length === 1);
    await clock.sleep(300);
    const said: string[] = [];
    const stop = new AbortController();
    const socket = join(guest.folder, JOBS_SOCKET);
    const second = work({
      ...{ socket, clock, signal: stop.signal },
      say: (message) => void said.push(message),
    });
    onTestFinished(async () => {
      stop.abort();
      await second;
    });
    await guest.until(() => said.includes('refused: another worker is connected'));
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'ok', output: 'done\n', attempts: 1 }]);
  });
});

it('what a job leaves running ends with it', async () => {
  const { guest, taker } = await guestOn('left', { exec: "/bin/sh -c 'sleep 4321 & echo done'" });
  await guest.start();
  await guest.finish();
  expect(taker.results).toMatchObject([{ status: 'ok', output: 'done\n' }]);
  const key = taker.keys[0] ?? '';
  expect(await markedProcesses(`VMMANAGE_KEY=${key}`)).toEqual([]);
});
