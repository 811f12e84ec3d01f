/**
 * How a connection to a sink is made and ended, whatever is spoken on it: within a time, kept alive,
 * under TLS where the scheme says so. It sends nothing of its own.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { isTlsScheme, type SinkUrl } from '../../core/sink-url.ts';
import { isNoTls } from '../../system/tls.ts';

/** Paths. Read for each connection, so that a renewed certificate needs no restart. */
export interface TlsFiles {
  /** Whose certificates are believed; the system's authorities where it is left out. */
  readonly ca?: string | undefined;
  /** What the guest shows of itself. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Where a sink is, and by which means it is reached. */
export interface Reach {
  readonly url: SinkUrl;
  readonly tls: TlsFiles;
  readonly clock: Clock;
  /** How long a connection may take to be made, with all that is said before the first record. */
  readonly connectMs: number;
}

/**
 * After so long without a byte the kernel asks whether the peer is still there, and Node has it ask
 * each second then, ten times: a connection that a freeze killed is noticed in 20 s.
 */
const KEEPALIVE_AFTER_MS = 10_000;

/** Rejects when it can't be made, or when `signal` aborts. */
export async function connectSocket(reach: Reach, signal: AbortSignal): Promise<Socket> {
  const secure = isTlsScheme(reach.url.scheme);
  const socket = secure ? await tlsSocket(reach) : connect(place(reach));
  // Who uses it listens too, but may come a moment later than its end.
  socket.on('error', () => undefined);
  const stop = () => socket.destroy(new Error('connecting took too long'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await once(socket, secure ? 'secureConnect' : 'connect');
  } catch (error) {
    throw isNoTls(error as Error) ? new Error('no TLS is spoken there') : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  socket.setKeepAlive(true, KEEPALIVE_AFTER_MS);
  socket.setNoDelay(true);
  return socket;
}

/** Sends the FIN behind what is being written, and waits for the peer's; `graceMs` at most. */
export async function endSocket(socket: Socket, graceMs: number, clock: Clock): Promise<void> {
  const gone = new AbortController();
  const closed = socket.closed ? undefined : new Promise((done) => socket.once('close', done));
  socket.end();
  await Promise.race([closed, clock.sleep(graceMs, gone.signal)]);
  gone.abort();
  socket.destroy();
  await closed;
}

/** How a connection's trouble is told: a reset is how a sink refuses. */
export function problemOf(error: Error): string {
  return 'code' in error && error.code === 'ECONNRESET' ? 'the sink hung up' : error.message;
}

function place({ url: { host, port } }: Reach) {
  return { host, port, allowHalfOpen: true };
}

/** The package and the files are read only where TLS is used. Whose name it is, Node checks. */
async function tlsSocket(reach: Reach): Promise<Socket> {
  const { ca, cert, key } = reach.tls;
  const read = async (path: string | undefined) => path && (await readFile(path));
  const files = { ca: await read(ca), cert: await read(cert), key: await read(key) };
  const tls = await import('node:tls');
  const given = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  return tls.connect({ ...place(reach), ...given, minVersion: 'TLSv1.2' });
}
