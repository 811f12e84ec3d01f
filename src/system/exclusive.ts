/**
 * One at a time on this machine, among processes too. The lock is a socket in Linux's abstract
 * namespace: it leaves no file, and ends with its process however that ends, so it is never stale.
 * It is meant for the moment of reading a file and writing it back, nothing longer.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Clock } from '../core/clock.ts';

const WAIT_MS = 5;
const LONGEST_WAIT_MS = 10_000;

/** Runs `work` while nobody else runs one for the file at `path`. Rejects as `work` does. */
export async function exclusively<T>(
  path: string,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  const name = `\0vmmanage-${createHash('sha256').update(path).digest('hex')}`;
  const lock = await take(name, path, clock);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

async function take(name: string, path: string, clock: Clock): Promise<Server> {
  for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += WAIT_MS) {
    const lock = await listen(name);
    if (lock !== undefined) return lock;
    await clock.sleep(WAIT_MS);
  }
  throw new Error(`${path} is in use`);
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((visitor) => visitor.destroy());
    server.once('listening', () => resolve(server));
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name);
  });
}
