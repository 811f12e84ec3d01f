/**
 * Sends the guest's log records to the central sink. The daemon never waits for it: a record goes to
 * the spool and is sent when there is a connection. It decides nothing about what is logged.
 */
import type { Clock } from '../../core/clock.ts';
import { parseSinkUrl } from '../../core/sink-url.ts';
import { Backoff, type Retry } from '../../system/backoff.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { Bell } from './bell.ts';
import { Queue } from './queue.ts';
import { type Made, Sinks } from './sinks.ts';
import type { TlsFiles } from './socket.ts';
import type { Connection } from './transport.ts';

export interface SenderOptions {
  /** `relp://HOST:PORT` and the like, tried in this order. */
  readonly urls: readonly string[];
  /** For those whose scheme says TLS. */
  readonly tls?: TlsFiles;
  /** Made where it doesn't exist. */
  readonly spoolFolder: string;
  /** Over it the oldest records are dropped, counted, and told of. */
  readonly spoolMaxBytes: number;
  readonly clock: Clock;
  /** What may wait in memory while the disk of the spool fails; 1 MiB by default. */
  readonly memoryBytes?: number;
  /** Between rounds of connecting; 0.2 s doubling to 30 s by default, with jitter. */
  readonly retry?: Retry;
  /** How long a connection may take to be made; 10 s by default. */
  readonly connectMs?: number;
  /** How long a sink that acknowledges may owe all answers before it is taken for dead; 30 s. */
  readonly answerMs?: number;
  /** While another sink serves, how often one that is preferred to it is tried; 1 min. */
  readonly returnMs?: number;
}

/** A record before the spool gives it a number. */
export type Unsent = Omit<LogRecord, 'seq'>;

export interface SenderStatus {
  readonly connected: boolean;
  /** The sink that is connected, or else the one that is preferred. */
  readonly url: string;
  /** Records that wait. */
  readonly queued: number;
  /** Records that a bound dropped since the start. */
  readonly dropped: number;
  /** What is wrong now with the connection. */
  readonly lastError: string | undefined;
  /** What is wrong with the spool, and where records wait instead. */
  readonly spoolError: string | undefined;
}

export interface Sender {
  /** Never waits and never throws. When it returns, a kill -9 doesn't lose the record any more. */
  send(record: Unsent): void;
  status(): SenderStatus;
  /** Makes the connection anew, at once: the present one may be dead and not know it. */
  renew(): void;
  /** Waits up to `drainMs` for the queue to empty; the rest stays in the spool for the next start. */
  close(how: { readonly drainMs: number }): Promise<void>;
}

const MEMORY_BYTES = 1024 * 1024;
const RETRY: Retry = { firstMs: 200, maxMs: 30_000 };
const CONNECT_MS = 10_000;
/** A full disk or a slow one holds a sink's answers up; that is no reason to be impatient. */
const ANSWER_MS = 30_000;
const RETURN_MS = 60_000;
/** More than a sink's own grace, so that it is the sink that ends first. */
const GRACE_MS = 5000;
/** A connection that lasted so long worked; after a shorter one the waits go on growing. */
const WORKED_MS = 1000;

/** Throws where a URL is none of a sink, or there is none. */
export function openSender(options: SenderOptions): Sender {
  const { clock, connectMs = CONNECT_MS, answerMs = ANSWER_MS, tls = {} } = options;
  if (options.urls.length === 0) throw new Error('no sink is named');
  const reaches = options.urls.map((text) => {
    const url = parseSinkUrl(text);
    if (!url.ok) throw new Error(`sink ${text}: ${url.problem}`);
    return { url: url.value, tls, clock, connectMs, answerMs };
  });
  return new Pump(options, new Sinks(reaches));
}

/**
 *   waiting ──► connecting, in turn ──► serving ──► ending ──► waiting …
 *      │                                   └── a preferred sink is back: that one serves
 *      └── close(): nothing new is begun, and what stands is ended ──► closed
 */
class Pump implements Sender {
  readonly #clock: Clock;
  readonly #sinks: Sinks;
  readonly #first: string;
  readonly #returnMs: number;
  readonly #queue: Queue;
  readonly #backoff: Backoff;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #serving: Made | undefined;
  /** Connected already, and preferred to the one that serves. */
  #better: Made | undefined;
  #renewing = false;
  /** Ends the wait between two rounds. */
  #resting = new AbortController();
  #error: string | undefined;
  #closing: Promise<void> | undefined;
  #drained = () => {};

  constructor(options: SenderOptions, sinks: Sinks) {
    const { clock, spoolFolder: folder, spoolMaxBytes: maxBytes } = options;
    const memoryBytes = options.memoryBytes ?? MEMORY_BYTES;
    this.#clock = clock;
    this.#sinks = sinks;
    this.#first = options.urls[0] ?? '';
    this.#returnMs = options.returnMs ?? RETURN_MS;
    this.#queue = new Queue({ folder, maxBytes, memoryBytes, clock });
    this.#backoff = new Backoff(options.retry ?? RETRY, Math.random);
    this.#running = this.#run();
  }

  send(record: Unsent): void {
    this.#queue.push(record);
    this.#bell.ring();
  }

  status(): SenderStatus {
    return {
      connected: this.#serving !== undefined,
      url: this.#serving?.url ?? this.#first,
      queued: this.#queue.length,
      dropped: this.#queue.dropped,
      lastError: this.#error,
      spoolError: this.#queue.trouble,
    };
  }

  renew(): void {
    this.#renewing = this.#serving !== undefined;
    this.#backoff.reset();
    this.#bell.ring();
    this.#resting.abort();
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
    this.#resting.abort();
    // Ends what is under way, too, which would otherwise wait as long as the sink does.
    await this.#serving?.connection.close(Math.max(0, endMs - this.#clock.monotonicMs()));
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
      const made = this.#better ?? (await this.#connect());
      this.#better = undefined;
      if (made) await this.#serve(made);
      if (!this.#better && !this.#renewing && !signal.aborted) await this.#rest();
      this.#renewing = false;
    }
    await this.#better?.connection.close(0);
  }

  async #rest(): Promise<void> {
    this.#resting = new AbortController();
    await this.#clock.sleep(this.#backoff.nextMs(), this.#resting.signal);
  }

  async #connect(): Promise<Made | undefined> {
    try {
      const made = await this.#sinks.connect(this.#stop.signal);
      this.#error = undefined;
      return made;
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  async #serve(made: Made): Promise<void> {
    const { connection } = made;
    const madeMs = this.#clock.monotonicMs();
    const over = new AbortController();
    let left = 0;
    this.#serving = made;
    connection.onEnd = () => this.#bell.ring();
    connection.onLeft = (count) => {
      left += count;
      this.#queue.taken(count);
      this.#bell.ring();
    };
    const looking = this.#lookBack(made, over.signal);
    await this.#giveAll(connection);
    const idle = this.#queue.length === 0;
    this.#serving = undefined;
    over.abort();
    this.#queue.giveBack(await connection.close(GRACE_MS));
    await looking;
    if (connection.problem) this.#error = this.#sinks.said(made.url, connection.problem);
    const lasted = this.#clock.monotonicMs() - madeMs >= WORKED_MS;
    const worked = lasted && (left > 0 || idle);
    this.#sinks.tell(made, worked || this.#renewing || this.#better !== undefined);
    if (worked) this.#backoff.reset();
  }

  async #giveAll(connection: Connection): Promise<void> {
    const goesOn = () =>
      connection.open && !this.#stop.signal.aborted && !this.#better && !this.#renewing;
    while (goesOn()) {
      const records = connection.ready ? this.#queue.next() : [];
      if (records.length > 0) {
        connection.give(records);
      } else {
        if (this.#queue.length === 0) this.#drained();
        await this.#bell.wait();
      }
    }
  }

  /** While a sink serves that isn't the preferred one: tries those before it, now and then. */
  async #lookBack(made: Made, over: AbortSignal): Promise<void> {
    while (made.at > 0 && !over.aborted) {
      await this.#clock.sleep(this.#returnMs, over);
      if (over.aborted) return;
      try {
        this.#better = await this.#sinks.connectBefore(made, over);
        return this.#bell.ring();
      } catch {
        // Still away: the one that serves goes on.
      }
    }
  }
}
