/**
 * The central sink: takes lines from many guests over TCP and appends them to one file. It decides
 * nothing about what the lines say, runs nothing, and logs nothing itself: what whoever runs it
 * should know goes to `tell`.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Tell } from '../notice.ts';
import { Client } from './client.ts';
import { type LineFile, type LineFileOptions, openLineFile } from './line-file.ts';
import { type Admitted, type Endpoint, type Listener, openListener, refuse } from './listener.ts';
import { datePrefix, outputLine } from './output-line.ts';
import type { Received } from './protocol.ts';
import type { TlsLimits } from './tls-gate.ts';

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

export interface SinkOptions {
  /** Where to listen; one or several. */
  readonly listen: Endpoint | readonly Endpoint[];
  readonly file: string;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly limits?: Partial<SinkLimits>;
  readonly tlsLimits?: Partial<TlsLimits>;
  /** An IANA name for the dates; by default the machine's. */
  readonly zone?: string;
  /** How the file is opened and tried again; tests hand in a disk that fails. */
  readonly disk?: Pick<LineFileOptions, 'openOutput' | 'retry'>;
}

export interface SinkStatus {
  readonly connections: number;
  /** Connections refused since the start. */
  readonly refused: number;
  /** Lines received since the start. */
  readonly lines: number;
  readonly pendingBytes: number;
  /** Why the disk doesn't take what came in, while it doesn't. */
  readonly failing: string | undefined;
  readonly stopping: boolean;
}

export interface Sink {
  /** The port that it listens on first; of use where 0 was asked for. */
  readonly port: number;
  /** In the order of `listen`. */
  readonly listeners: readonly Listener[];
  status(): SinkStatus;
  /** Opens the file and reads what TLS needs anew (SIGHUP). */
  reopen(): Promise<void>;
  /** Stops in order: what clients have sent is read, written, and only then it ends. */
  close(): Promise<void>;
}

/** An idle client is noticed at most this part of its time too late. */
const SWEEPS_PER_IDLE_TIME = 4;
/** Below this part of the limit a crowd is over; at the limit itself it would be said all the time. */
const ROOM_AGAIN = 0.9;

/** Rejects where a file can't be opened or an address can't be listened on. */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { clock, tell, disk = {} } = options;
  const listeners = await openListeners(options);
  const file = await openLineFile({ path: options.file, clock, tell, ...disk });
  const receiver = new Receiver(options, file, listeners);
  try {
    await receiver.listen();
  } catch (error) {
    for (const listener of listeners) listener.close();
    await file.close(0);
    throw error;
  }
  return receiver;
}

async function openListeners(options: SinkOptions): Promise<readonly Listener[]> {
  const { clock, tell, limits, tlsLimits } = options;
  const handshakes = limits?.connections ?? SINK_LIMITS.connections;
  const parts = { clock, tell, limits: { handshakes, ...tlsLimits } };
  const endpoints = [options.listen].flat();
  return Promise.all(endpoints.map((endpoint) => openListener(endpoint, parts)));
}

class Receiver implements Sink {
  readonly #options: SinkOptions;
  readonly #limits: SinkLimits;
  readonly #file: LineFile;
  readonly #prefix: ReturnType<typeof datePrefix>;
  readonly listeners: readonly Listener[];
  readonly #clients = new Set<Client>();
  readonly #stopped = new AbortController();
  #paused = false;
  #refused = 0;
  #refusedAtOnce = 0;
  #lines = 0;

  constructor(options: SinkOptions, file: LineFile, listeners: readonly Listener[]) {
    this.#options = options;
    this.#limits = { ...SINK_LIMITS, ...options.limits };
    this.#file = file;
    this.#prefix = datePrefix(options.zone);
    this.listeners = listeners;
  }

  get port(): number {
    return this.listeners[0]?.port ?? 0;
  }

  status(): SinkStatus {
    return {
      connections: this.#clients.size,
      refused: this.#refused,
      lines: this.#lines,
      pendingBytes: this.#file.pendingBytes,
      failing: this.#file.failing,
      stopping: this.#stopped.signal.aborted,
    };
  }

  async listen(): Promise<void> {
    for (const listener of this.listeners) await listener.listen((each) => this.#admit(each));
    if (this.#limits.idleMs > 0) void this.#sweepIdle();
  }

  async reopen(): Promise<void> {
    const reloads = this.listeners.map((listener) => listener.reload());
    await Promise.all([this.#file.reopen(), ...reloads]);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    for (const listener of this.listeners) listener.close();
    await Promise.all([...this.#clients].map((client) => client.stop(this.#limits.graceMs)));
    const lost = await this.#file.close(this.#limits.flushMs);
    if (lost > 0) this.#tell('error', 'lines lost: the disk did not take them', { lines: lost });
  }

  #admit({ socket }: Admitted): void {
    if (this.#clients.size >= this.#limits.connections) {
      this.#refuse(socket);
      return;
    }
    const client = new Client(socket, {
      clock: this.#options.clock,
      lineBytes: this.#limits.lineBytes,
      accept: (received) => this.#accept(received),
    });
    this.#clients.add(client);
    if (this.#paused) client.pause();
    void client.closed.then(() => this.#forget(client));
  }

  #refuse(socket: Socket): void {
    refuse(socket);
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

  #accept(received: Received[]): void {
    if (received.length === 0) return;
    const prefix = this.#prefix(this.#options.clock.now().wallMs);
    this.#lines += received.length;
    const written = this.#file.append(received.map((each) => outputLine(prefix, each)));
    if (this.#file.pendingBytes > this.#limits.pendingBytes) this.#pause();
    void written.then(() => this.#resumeIfRoom());
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    for (const client of this.#clients) client.pause();
  }

  #resumeIfRoom(): void {
    if (!this.#paused || this.#file.pendingBytes > this.#limits.pendingBytes / 2) return;
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
