/**
 * Listening on a unix socket that a group may connect to. What a killed process left is taken over;
 * one that somebody answers on is left alone. What is said over it is others' business.
 */
import { chmod, chown, lstat, rename, rm } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { groupId } from './accounts.ts';

/** unix(7): 108 with the byte that ends it; a longer one would be cut without a word. */
const SOCKET_PATH_MAX = 107;

/** A sentence for people: why nobody can listen here. */
export class SocketError extends Error {}

/**
 * Rejects with SocketError where the path is too long or somebody listens there. Where the group
 * doesn't exist, only the owner can connect.
 */
export async function listenAt(
  server: Server,
  path: string,
  group: string,
): Promise<{ readonly groupMissing: boolean }> {
  const gid = await groupId(group);
  const nursery = await nurseryOf(path, group, gid);
  const first = nursery === undefined ? path : join(nursery, basename(path));
  const longest = [first, path].find((each) => Buffer.byteLength(each) > SOCKET_PATH_MAX);
  if (longest !== undefined) {
    throw new SocketError(`${longest} is too long for a socket: shorten [vm] runtime`);
  }
  if (await answers(path)) throw new SocketError(`another vmmanage answers on ${path}`);
  await removeSocket(path);
  if (first !== path) await removeSocket(first);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made within the call, so nothing else is made under this mask.
    const umask = process.umask(0o177);
    server.listen(first, resolve);
    process.umask(umask);
  });
  if (gid !== undefined) await openToGroup(first, gid);
  if (first !== path) await rename(first, path);
  return { groupMissing: gid === undefined };
}

/**
 * A folder beside the socket, called as the group and with its setgid bit, in which the socket gets its group
 * by being made there (inode(7)); vmmanage.service has such folders, since it lets nobody chown.
 */
async function nurseryOf(path: string, group: string, gid: number | undefined) {
  const folder = join(dirname(path), group);
  const there = await lstat(folder).catch(() => undefined);
  const fits = there?.isDirectory() && there.gid === gid && (there.mode & S_ISGID) !== 0;
  return fits ? folder : undefined;
}

const S_ISGID = 0o2000;

/** Nothing but a socket is ever put away. */
async function removeSocket(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSocket()) await rm(path, { force: true });
}

export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Where we may not give it, only the owner can connect. */
async function openToGroup(path: string, gid: number): Promise<void> {
  const { gid: its } = await lstat(path);
  const given =
    its === gid ||
    (await chown(path, -1, gid).then(
      () => true,
      () => false,
    ));
  if (given) await chmod(path, 0o660);
}
