import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { answers, listenAt, SocketError } from '../../src/system/unix-socket.ts';
import { tempFolder } from '../support/temp.ts';

/** A group that this process is in. */
const GROUP =
  readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , gid]) => Number(gid) === process.getgid?.())?.[0] ?? '';

async function listening(path: string, group: string) {
  const server = createServer((socket) => socket.end());
  onTestFinished(() => void server.close());
  return listenAt(server, path, group);
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

it('a group may connect', async () => {
  const path = join(tempFolder(), 'a.sock');
  expect(await listening(path, GROUP)).toEqual({ groupMissing: false });
  expect([modeOf(path), await answers(path)]).toEqual(['660', true]);
});

it('the owner alone may, where there is no such group', async () => {
  const path = join(tempFolder(), 'a.sock');
  expect(await listening(path, 'no-such-group')).toEqual({ groupMissing: true });
  expect(modeOf(path)).toBe('600');
});

it('a socket gets its group by the folder beside it, and is in its place then', async () => {
  const folder = tempFolder();
  const nursery = join(folder, GROUP);
  mkdirSync(nursery);
  chmodSync(nursery, 0o2700);
  const path = join(folder, 'a.sock');
  await listening(path, GROUP);
  expect([modeOf(path), await answers(path)]).toEqual(['660', true]);
  expect(existsSync(join(nursery, 'a.sock'))).toBe(false);
});

it('another’s socket is left alone', async () => {
  const path = join(tempFolder(), 'a.sock');
  await listening(path, GROUP);
  await expect(listening(path, GROUP)).rejects.toThrow(SocketError);
  expect(await answers(path)).toBe(true);
});

it('what a killed process left in that folder is put away', async () => {
  const folder = tempFolder();
  const nursery = join(folder, GROUP);
  mkdirSync(nursery);
  chmodSync(nursery, 0o2700);
  const path = join(folder, 'a.sock');
  const left = createServer();
  await new Promise<void>((done) => left.listen(join(nursery, 'a.sock'), done));
  await listening(path, GROUP);
  expect(await answers(path)).toBe(true);
  left.close();
});
