/**
 * Plain lines over TCP. There is no acknowledgement: a record has left when the kernel took it. What
 * that loses when a sink is killed or a network breaks is said in docs/sink.md.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { plainLine } from './plain-text.ts';
import type { SinkUrl } from './sink-url.ts';
import type { Connection, Transport } from './transport.ts';

export interface PlainOptions {
  readonly url: SinkUrl;
  readonly clock: Clock;
  readonly connectMs: number;
}

/** How long a sink that said its end may still read what is being written; ours reads for 2 s. */
const END_GRACE_MS = 5000;
const KEEPALIVE_AFTER_MS = 60_000;

/**
 * A sink that stops resets connections that its kernel made and it never accepted, with all that was
 * written to them. A connection that is reset when younger than this is taken for one of these.
 */
const YOUNG_MS = 1000;
/** More than this fits into no socket's buffers: somebody must have read. */
const UNREAD_BYTES = 4 * 1024 * 1024;

export function plainTransport(options: PlainOptions): Transport {
  return { connect: (signal) => connected(options, signal) };
}

async function connected(options: PlainOptions, signal: AbortSignal): Promise<Connection> {
  const { url, clock, connectMs } = options;
  const socket = connect({
    host: url.host,
    port: url.port,
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_AFTER_MS,
    noDelay: true,
  });
  const connection = new PlainConnection(socket, clock);
  const made = new AbortController();
  const stop = () => socket.destroy(new Error('stopped while connecting'));
  signal.addEventListener('abort', stop, { once: true });
  void clock.sleep(connectMs, made.signal).then(() => {
    if (!made.signal.aborted) socket.destroy(new Error('connecting took too long'));
  });
  try {
    await once(socket, 'connect');
    return connection;
  } finally {
    made.abort();
    signal.removeEventListener('abort', stop);
  }
}

class PlainConnection implements Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #madeMs: number;
  readonly #closed: Promise<void>;
  /** Delivered while the connection is young; given back if it turns out that nobody read them. */
  #unread: LogRecord[] = [];
  #unreadBytes = 0;
  #closing: Promise<readonly LogRecord[]> | undefined;
  open = true;
  onEnd = () => {};

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#madeMs = clock.monotonicMs();
    socket.on('connect', () => {
      this.#madeMs = clock.monotonicMs();
    });
    socket.on('error', () => this.#end());
    socket.on('end', () => {
      this.#end();
      void this.close(END_GRACE_MS);
    });
    this.#closed = new Promise((resolve) => {
      socket.on('close', (broken) => {
        if (!broken || !this.#young()) this.#letGo();
        this.#end();
        resolve();
      });
    });
    // A sink of plain lines has nothing to say; only its end matters, which is seen by reading.
    socket.resume();
  }

  async deliver(records: readonly LogRecord[]): Promise<void> {
    const nowMs = this.#clock.now().wallMs;
    const bytes = Buffer.from(records.map((record) => `${plainLine(record, nowMs)}\n`).join(''));
    await this.#write(bytes);
    this.#keepWhileYoung(records, bytes.length);
  }

  close(graceMs: number): Promise<readonly LogRecord[]> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** What is being written still goes out before the FIN. */
  async #close(graceMs: number): Promise<readonly LogRecord[]> {
    this.#socket.end();
    const gone = new AbortController();
    const late = this.#clock.sleep(graceMs, gone.signal);
    await Promise.race([this.#closed, late]);
    gone.abort();
    this.#socket.destroy();
    await this.#closed;
    return this.#unread;
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  #end(): void {
    if (!this.open) return;
    this.open = false;
    this.onEnd();
  }

  #young(): boolean {
    return this.#clock.monotonicMs() - this.#madeMs < YOUNG_MS;
  }

  #keepWhileYoung(records: readonly LogRecord[], bytes: number): void {
    this.#unreadBytes += bytes;
    if (this.#young() && this.#unreadBytes < UNREAD_BYTES) this.#unread.push(...records);
    else this.#letGo();
  }

  #letGo(): void {
    this.#unread = [];
  }
}
