/**
 * Servers on unix sockets: how one takes its place from a daemon that was killed, and is opened to a
 * group. Who may connect is the socket's owner, group and mode, never anything said on it.
 */
import { chmod, chown, lstat, readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { answers, LockedError } from './lock.ts';

/** unix(7): 108 with the byte that ends it; a longer one would be cut without a word. */
export const SOCKET_PATH_MAX = 107;

/** A socket that nobody answers on is a killed daemon's; one that answers is somebody else's. */
export async function listenOnSocket(server: Server, path: string, group: string): Promise<void> {
  if (await answers(path)) throw new LockedError(`another vmmanage answers on ${path}`);
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSocket()) await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made within the call, so nothing else is made under this mask.
    const umask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(umask);
  });
  await openToGroup(path, group);
}

/** Where the group doesn't exist, or we may not give it, only the owner can call. */
async function openToGroup(path: string, group: string): Promise<void> {
  const gid = await groupId(group);
  if (gid === undefined) return;
  const given = await chown(path, -1, gid).then(
    () => true,
    () => false,
  );
  if (given) await chmod(path, 0o660);
}

async function groupId(name: string): Promise<number | undefined> {
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const id = line?.split(':')[2];
  return id === undefined ? undefined : Number(id);
}

/** Ends its connections too. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
