/**
 * Sends the guest's log records to the central sink. The daemon never waits for it: a record goes to
 * the spool and is sent when there is a connection. It decides nothing about what is logged.
 */
import type { Clock } from '../../core/clock.ts';
import { Backoff, type Retry } from '../../system/backoff.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { Bell } from './bell.ts';
import { plainTransport } from './plain-transport.ts';
import { Queue } from './queue.ts';
import { parseSinkUrl } from './sink-url.ts';
import type { Connection, Transport } from './transport.ts';

export interface SenderOptions {
  /** `tcp://HOST:PORT`. */
  readonly url: string;
  /** Made where it doesn't exist. */
  readonly spoolFolder: string;
  /** Over it the oldest records are dropped, counted, and told of. */
  readonly spoolMaxBytes: number;
  readonly clock: Clock;
  /** What may wait in memory while the disk of the spool fails; 1 MiB by default. */
  readonly memoryBytes?: number;
  /** Between connections; 0.2 s doubling to 30 s by default, with jitter. */
  readonly retry?: Retry;
  /** How long a connection may take to be made; 10 s by default. */
  readonly connectMs?: number;
}

/** A record before the spool gives it a number. */
export type Unsent = Omit<LogRecord, 'seq'>;

export interface SenderStatus {
  readonly connected: boolean;
  /** Records that wait. */
  readonly queued: number;
  /** Records that a bound dropped since the start. */
  readonly dropped: number;
  /** What is wrong now, with the spool or with the connection. */
  readonly lastError: string | undefined;
}

export interface Sender {
  /** Never waits and never throws. When it returns, a kill -9 doesn't lose the record any more. */
  send(record: Unsent): void;
  status(): SenderStatus;
  /** Waits up to `drainMs` for the queue to empty; the rest stays in the spool for the next start. */
  close(how: { readonly drainMs: number }): Promise<void>;
}

const MEMORY_BYTES = 1024 * 1024;
const RETRY: Retry = { firstMs: 200, maxMs: 30_000 };
const CONNECT_MS = 10_000;
/** More than a sink's own grace, so that it is the sink that ends first. */
const GRACE_MS = 5000;
/** A connection that lasted so long worked; after a shorter one the waits go on growing. */
const WORKED_MS = 1000;

/** Throws where the URL is none that this version can send to. */
export function openSender(options: SenderOptions): Sender {
  const url = parseSinkUrl(options.url);
  if (!url.ok) throw new Error(`sink ${options.url}: ${url.problem}`);
  const { clock, connectMs = CONNECT_MS } = options;
  const transport = plainTransport({ url: url.value, clock, connectMs });
  return new Pump(options, transport);
}

/**
 *   waiting ──► connecting ──► serving ──► ending ──► waiting …
 *      └── close(): nothing new is begun, and what stands is ended ──► closed
 */
class Pump implements Sender {
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #queue: Queue;
  readonly #backoff: Backoff;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #connection: Connection | undefined;
  #error: string | undefined;
  #closing: Promise<void> | undefined;
  #drained = () => {};

  constructor(options: SenderOptions, transport: Transport) {
    const { clock, spoolFolder: folder, spoolMaxBytes: maxBytes } = options;
    this.#clock = clock;
    this.#transport = transport;
    this.#queue = new Queue({
      folder,
      maxBytes,
      memoryBytes: options.memoryBytes ?? MEMORY_BYTES,
      clock,
    });
    this.#backoff = new Backoff(options.retry ?? RETRY, Math.random);
    this.#running = this.#run();
  }

  send(record: Unsent): void {
    this.#queue.push(record);
    this.#bell.ring();
  }

  status(): SenderStatus {
    return {
      connected: this.#connection !== undefined,
      queued: this.#queue.length,
      dropped: this.#queue.dropped,
      lastError: this.#queue.trouble ?? this.#error,
    };
  }

  close({ drainMs }: { readonly drainMs: number }): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + drainMs;
    await this.#drain(drainMs);
    this.#stop.abort();
    this.#bell.ring();
    // Ends a delivery that is under way, too, which would otherwise wait as long as the sink does.
    await this.#connection?.close(Math.max(0, endMs - this.#clock.monotonicMs()));
    await this.#running;
    this.#queue.close();
  }

  async #drain(withinMs: number): Promise<void> {
    if (this.#queue.length === 0) return;
    const empty = new AbortController();
    this.#drained = () => empty.abort();
    await this.#clock.sleep(withinMs, empty.signal);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const connection = await this.#connect();
      if (connection) await this.#serve(connection);
      await this.#clock.sleep(this.#backoff.nextMs(), signal);
    }
  }

  async #connect(): Promise<Connection | undefined> {
    try {
      const connection = await this.#transport.connect(this.#stop.signal);
      this.#error = undefined;
      return connection;
    } catch (error) {
      this.#error = reasonOf(error);
      return undefined;
    }
  }

  async #serve(connection: Connection): Promise<void> {
    const madeMs = this.#clock.monotonicMs();
    this.#connection = connection;
    connection.onEnd = () => this.#bell.ring();
    try {
      await this.#deliverAll(connection);
    } catch (error) {
      this.#error = reasonOf(error);
    }
    this.#connection = undefined;
    this.#queue.giveBack(await connection.close(GRACE_MS));
    if (this.#clock.monotonicMs() - madeMs >= WORKED_MS) this.#backoff.reset();
  }

  async #deliverAll(connection: Connection): Promise<void> {
    while (connection.open && !this.#stop.signal.aborted) {
      const records = this.#queue.next();
      if (records.length > 0) {
        await connection.deliver(records);
        this.#queue.taken();
      } else {
        this.#drained();
        await this.#bell.wait();
      }
    }
  }
}

/** A name with several addresses fails with an error for each, and no text of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
