/** Workers that get in each other's way, and jobs that leave something running. */
import { once } from 'node:events';
import { chmodSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Desk, NO_GROUP } from '../../src/jobs/desk.ts';
import { whyNoDaemon, work } from '../../src/jobs/worker.ts';
import { markedProcesses } from '../../src/system/marks.ts';
import { JOBS_SOCKET, parseDaemonMessage } from '../../src/wire/jobs.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, endpoint, type Given, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server?.remove());

async function guestOn(page: string, given: Given) {
  const taker = await endpoint();
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
    await guest.until(() => said.includes('refused: another worker is connected; trying again'));
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

describe('an exec that can’t be started', () => {
  it.each([
    ['isn’t there', undefined, 'no such program'],
    ['may not be run', 0o644, 'not permitted to run'],
  ])('because it %s burns no job, and goes on once it can', async (_, mode, reason) => {
    const exec = join(tempFolder(), 'build');
    if (mode !== undefined) writeFileSync(exec, '', { mode });
    const { guest, taker } = await guestOn(`noexec${mode ?? ''}`, { exec, retries: '0' });
    await guest.start();
    await guest.read();
    const trouble = `jobs can't be run: ${reason}${mode ? '' : ':'} ${exec} (exec)`;
    await guest.until(() => guest.queue.trouble === trouble);
    await clock.sleep(1_500);
    expect(guest.warnings).toEqual([trouble]);
    expect(taker.results).toEqual([]);
    expect(guest.story.filter((each) => each.startsWith('began')).length).toBeLessThan(5);
    writeFileSync(exec, '#!/bin/sh\necho built\n', { mode: 0o755 });
    chmodSync(exec, 0o755);
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'ok', output: 'built\n', attempts: 1 }]);
    expect(guest.queue.trouble).toBeUndefined();
  });
});

describe('a worker without a daemon', () => {
  it('says where it looks, once for each reason, and that it goes on', async () => {
    const folder = tempFolder();
    const socket = join(folder, JOBS_SOCKET);
    const said: string[] = [];
    const stop = new AbortController();
    const working = work({
      ...{ socket, clock, signal: stop.signal },
      say: (message) => void said.push(message),
    });
    await clock.sleep(500);
    expect(said).toEqual([`no daemon: there is no ${socket}; trying again`]);
    // As after a kill: a socket that nobody listens on.
    const left = new Server().listen(join(folder, 'other'));
    await once(left, 'listening');
    linkSync(join(folder, 'other'), socket);
    await new Promise((resolve) => left.close(resolve));
    await clock.sleep(2_000);
    stop.abort();
    await working;
    expect(said.slice(1)).toEqual([`no daemon: nothing answers at ${socket}; trying again`]);
  });

  it('that isn’t let in says who is', () => {
    const refused = Object.assign(new Error('connect EACCES /r/jobs.sock'), { code: 'EACCES' });
    expect(whyNoDaemon(refused, '/r/jobs.sock')).toBe(
      'not permitted: /r/jobs.sock; root and members of the group vmmanage-jobs may; trying again',
    );
  });
});

describe('a worker and a daemon of different builds say so', () => {
  const differ = (side: string) =>
    `the ${side} is of another build (messages of version 2, not 1): restart daemon and worker`;

  it('where the worker’s is another, in the daemon’s log once, and to the worker', async () => {
    const { desk, warnings, folder } = await openDesk();
    onTestFinished(() => desk.close());
    for (let round = 0; round < 2; round++) {
      const socket = createConnection(join(folder, JOBS_SOCKET));
      socket.write('{"v":2,"type":"hello","holding":[],"speed":1}\n');
      expect(parseDaemonMessage(await text(socket))).toEqual({
        ...{ type: 'refused', reason: differ('worker') },
      });
    }
    expect(warnings.filter((each) => each !== NO_GROUP)).toEqual([differ('worker')]);
    expect(desk.connected).toBe(false);
  });

  it('where the daemon’s is another, though it refuses in words of its own', async () => {
    const socket = join(tempFolder(), JOBS_SOCKET);
    const daemon = new Server((worker) => {
      worker.resume().end('{"v":2,"type":"refused","because":"old"}\n');
    }).listen(socket);
    await once(daemon, 'listening');
    const stop = new AbortController();
    const said = await new Promise((resolve) => {
      const working = work({ socket, clock, signal: stop.signal, say: resolve });
      onTestFinished(async () => {
        stop.abort();
        await working;
        await new Promise((closed) => daemon.close(closed));
      });
    });
    expect(said).toBe(`${differ('daemon')}; trying again`);
  });
});

async function openDesk() {
  const warnings: string[] = [];
  const folder = tempFolder();
  const desk = new Desk({
    ...{ queues: () => [], mayBegin: () => true, began: async () => true },
    ...{ ended: async () => undefined, warn: (problem) => void warnings.push(problem) },
  });
  await desk.open(folder);
  return { desk, warnings, folder };
}

it('a daemon without the worker’s group says so, once', async () => {
  const { desk, warnings } = await openDesk();
  await desk.close();
  const there = /^vmmanage-jobs:/m.test(readFileSync('/etc/group', 'utf8'));
  expect(warnings).toEqual(
    there ? [] : [expect.stringMatching(/no group vmmanage-jobs.*sysusers/)],
  );
});
