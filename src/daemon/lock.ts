/**
 * One daemon per state folder: the lock is a unix socket that somebody listens on, so it ends with
 * its process, however that ends. What a killed daemon left is taken over.
 */
import { rename, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { answers } from '../system/unix-socket.ts';

const FILE = 'daemon.lock';

export class LockedError extends Error {}

export interface Lock {
  release(): Promise<void>;
}

/** Throws LockedError when another daemon runs in this folder. */
export async function lock(folder: string): Promise<Lock> {
  const path = join(folder, FILE);
  for (let tries = 0; tries < 10; tries += 1) {
    const server = await listen(path);
    if (server) return { release: () => release(server) };
    if (await answers(path)) {
      throw new LockedError(`another vmmanage runs with the state folder ${folder}`);
    }
    await clearStale(path);
  }
  throw new LockedError(`the lock ${path} can't be taken`);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server.unref()));
  });
}

/**
 * Taken aside first and asked again there: if two daemons start at once over a stale lock, the
 * slower one might hold the quicker one's fresh lock in its hand, and puts it back.
 */
async function clearStale(path: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(() => undefined);
  if (await answers(aside)) await rename(aside, path);
  else await rm(aside, { force: true });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
