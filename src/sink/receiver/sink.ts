/**
 * The central sink: takes lines from many guests over TCP and hands them to its store. It decides
 * nothing about what the lines say, runs nothing, and logs nothing itself: what whoever runs it
 * should know goes to `tell`.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { escapeBytes } from '../escape.ts';
import type { Tell } from '../notice.ts';
import type { Arrival, Store } from './arrival.ts';
import { Client } from './client.ts';
import type { Received } from './protocol.ts';
import { openStore, type StoreOptions } from './store/store.ts';

export interface SinkLimits {
  /** A longer line is cut and marked. */
  readonly lineBytes: number;
  /** Over it, a new connection is refused. */
  readonly connections: number;
  /** Received and not yet written; over it, senders wait. */
  readonly pendingBytes: number;
  /** A client that sends nothing for so long is let go; 0: never. */
  readonly idleMs: number;
  /** How long a stopping sink reads on until its clients have ended. */
  readonly graceMs: number;
  /** How long a stopping sink tries to write what it has to a disk that fails. */
  readonly flushMs: number;
}

export const SINK_LIMITS: SinkLimits = {
  lineBytes: 8192,
  connections: 1000,
  pendingBytes: 8 * 1024 * 1024,
  idleMs: 24 * 60 * 60 * 1000,
  graceMs: 2000,
  flushMs: 10_000,
};

/** Where and how it writes. */
export type StoreSettings = Omit<StoreOptions, 'clock' | 'tell'>;

export interface SinkOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly store: StoreSettings;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly limits?: Partial<SinkLimits>;
}

export interface SinkStatus {
  readonly connections: number;
  /** Connections refused since the start. */
  readonly refused: number;
  /** Lines received since the start. */
  readonly lines: number;
  readonly pendingBytes: number;
}

export interface Sink {
  /** The port it listens on; of use where 0 was asked for. */
  readonly port: number;
  status(): SinkStatus;
  /** Opens the file anew (SIGHUP). */
  reopen(): Promise<void>;
  /** Stops in order: what clients have sent is read, written, and only then it ends. */
  close(): Promise<void>;
}

const KEEPALIVE_AFTER_MS = 60_000;
/** An idle client is noticed at most this part of its time too late. */
const SWEEPS_PER_IDLE_TIME = 4;
/** Below this part of the limit a crowd is over; at the limit itself it would be said all the time. */
const ROOM_AGAIN = 0.9;

/** Rejects where the file can't be opened or the address can't be listened on. */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { clock, tell } = options;
  const store = await openStore({ ...options.store, clock, tell });
  const receiver = new Receiver(options, store);
  try {
    await receiver.listen();
  } catch (error) {
    await store.close(0);
    throw error;
  }
  return receiver;
}

class Receiver implements Sink {
  readonly #options: SinkOptions;
  readonly #limits: SinkLimits;
  readonly #store: Store;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  readonly #stopped = new AbortController();
  port = 0;
  #paused = false;
  #refused = 0;
  #refusedAtOnce = 0;
  #lines = 0;

  constructor(options: SinkOptions, store: Store) {
    this.#options = options;
    this.#limits = { ...SINK_LIMITS, ...options.limits };
    this.#store = store;
    this.#server = createServer(
      { allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_AFTER_MS },
      (socket) => this.#admit(socket),
    );
  }

  status(): SinkStatus {
    return {
      connections: this.#clients.size,
      refused: this.#refused,
      lines: this.#lines,
      pendingBytes: this.#store.pendingBytes,
    };
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.listen);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    // Running out of descriptors is one connection's failure, not the sink's.
    this.#server.on('error', (error) => this.#tell('warn', 'connection not accepted', { error }));
    if (this.#limits.idleMs > 0) void this.#sweepIdle();
  }

  reopen(): Promise<void> {
    return this.#store.reopen();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    this.#server.close();
    await Promise.all([...this.#clients].map((client) => client.stop(this.#limits.graceMs)));
    const lost = await this.#store.close(this.#limits.flushMs);
    if (lost > 0) this.#tell('error', 'lines lost: the disk did not take them', { lines: lost });
  }

  #admit(socket: Socket): void {
    if (this.#clients.size >= this.#limits.connections) {
      this.#refuse(socket);
      return;
    }
    const peer = socket.remoteAddress ?? '';
    const client = new Client(socket, {
      clock: this.#options.clock,
      lineBytes: this.#limits.lineBytes,
      accept: (received) => this.#accept(received, peer),
    });
    this.#clients.add(client);
    if (this.#paused) client.pause();
    void client.closed.then(() => this.#forget(client));
  }

  /** A reset, not a FIN: the sender then knows that nothing it wrote was read. */
  #refuse(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
    this.#refused += 1;
    this.#refusedAtOnce += 1;
    const limit = this.#limits.connections;
    if (this.#refusedAtOnce === 1) this.#tell('warn', 'too many connections', { limit });
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    const room = this.#clients.size < this.#limits.connections * ROOM_AGAIN;
    if (this.#refusedAtOnce === 0 || !room) return;
    this.#tell('info', 'room for connections again', { refused: this.#refusedAtOnce });
    this.#refusedAtOnce = 0;
  }

  #accept(received: Received[], peer: string): void {
    if (received.length === 0) return;
    const { wallMs } = this.#options.clock.now();
    this.#lines += received.length;
    const written = this.#store.append(received.map((each) => arrivalOf(each, peer, wallMs)));
    if (this.#store.pendingBytes > this.#limits.pendingBytes) this.#pause();
    void written.then(() => this.#resumeIfRoom());
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    for (const client of this.#clients) client.pause();
  }

  #resumeIfRoom(): void {
    if (!this.#paused || this.#store.pendingBytes > this.#limits.pendingBytes / 2) return;
    this.#paused = false;
    for (const client of this.#clients) client.resume();
  }

  async #sweepIdle(): Promise<void> {
    const { idleMs, graceMs } = this.#limits;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#options.clock.sleep(idleMs / SWEEPS_PER_IDLE_TIME, signal);
      const idle = [...this.#clients].filter((client) => client.idleMs() >= idleMs);
      for (const client of idle) void client.stop(graceMs);
    }
  }

  #tell(level: 'info' | 'warn' | 'error', text: string, fields: Record<string, unknown>): void {
    const printable = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : String(value),
    ]);
    this.#options.tell({ level, text, fields: Object.fromEntries(printable) });
  }
}

const FLAWS = { cut: 'cut: over the limit', torn: 'torn: the connection broke' } as const;
const DAEMON_INFO = 30;
const NAME = /^([A-Za-z0-9_-][A-Za-z0-9._-]{0,63}): /;

/** A plain line: its name is what stands before the first colon and blank. */
function arrivalOf({ bytes, flaw }: Received, peer: string, wallMs: number): Arrival {
  const line = escapeBytes(bytes);
  const named = NAME.exec(line);
  return {
    wallMs,
    peer,
    name: named?.[1] ?? peer,
    timeMs: undefined,
    boot: undefined,
    seq: undefined,
    priority: DAEMON_INFO,
    text: line.slice(named?.[0].length ?? 0),
    fields: [],
    marks: flaw ? [FLAWS[flaw]] : [],
  };
}
