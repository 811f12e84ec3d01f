/**
 * Listening on a unix socket that a group may connect to. What a killed process left is taken over;
 * one that somebody answers on is left alone. What is said over it is others' business.
 */
import { chmod, chown, lstat, readFile, rm } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';

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
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX) {
    throw new SocketError(`${path} is too long for a socket: shorten [vm] runtime`);
  }
  if (await answers(path)) throw new SocketError(`another vmmanage answers on ${path}`);
  // Nothing but a socket is ever put away.
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSocket()) await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is made within the call, so nothing else is made under this mask.
    const umask = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(umask);
  });
  return { groupMissing: !(await openToGroup(path, group)) };
}

export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** False where the group doesn't exist. Where we may not give it, only the owner can connect, too. */
async function openToGroup(path: string, group: string): Promise<boolean> {
  const gid = await groupId(group);
  if (gid === undefined) return false;
  const given = await chown(path, -1, gid).then(
    () => true,
    () => false,
  );
  if (given) await chmod(path, 0o660);
  return true;
}

async function groupId(name: string): Promise<number | undefined> {
  const text = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const id = line?.split(':')[2];
  return id === undefined ? undefined : Number(id);
}
