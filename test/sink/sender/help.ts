/** What the tests of the sender share: senders, servers of any manners, and senders to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSender, type Sender, type SenderOptions } from '../../../src/sink/sender/sender.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { unsent } from '../records.ts';
import { temporaryFolder } from '../support.ts';

const QUICK = { firstMs: 2, maxMs: 10 };

export function urlOf(port: number, scheme = 'tcp', host = '127.0.0.1'): string {
  return `${scheme}://${host}:${port}`;
}

export function startSender(url: string, change: Partial<SenderOptions> = {}): Sender {
  const sender = openSender({
    urls: [url],
    spoolFolder: join(temporaryFolder(), 'spool'),
    spoolMaxBytes: 64 * 1024 * 1024,
    clock: systemClock(),
    retry: QUICK,
    ...change,
  });
  onTestFinished(() => sender.close({ drainMs: 0 }));
  return sender;
}

export function sendAll(sender: Sender, all: readonly string[]): void {
  for (const text of all) sender.send(unsent(text));
}

/** A server that does with each connection, the first of which is 1, what the test says. */
export async function startServer(
  onConnection: (socket: Socket, count: number) => void,
): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    sockets.add(socket);
    count += 1;
    onConnection(socket, count);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}

/** A process that sends numbered records to `url` without end, from `from` on. */
export function startChild(url: string, folder: string, from: number): ChildProcess {
  const script = join(import.meta.dirname, 'sending-child.ts');
  const args = ['--import', 'tsx', script, url, folder, String(from)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The last number that a child said `send` had returned for; -1 before the first. */
export function lastNumber(accepted: string): number {
  try {
    return Number(readFileSync(accepted, 'utf8').split('\n').at(-2) ?? -1);
  } catch {
    return -1;
  }
}
