/**
 * One connection of the sink: reads, hands the records on, and ends in order. It never waits for
 * another client and never writes to a file.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { type Decoder, protocolOf, type Received } from './protocol.ts';

export interface ClientContext {
  readonly clock: Clock;
  readonly lineBytes: number;
  /** Takes what was received. Never throws. */
  readonly accept: (received: Received[]) => void;
}

/**
 *   open ── stop() ──► finishing ── client's FIN, or the bound ──► closed
 *     └──────────────── client's FIN ─────────────────────────────►
 */
export class Client {
  readonly #socket: Socket;
  readonly #context: ClientContext;
  readonly closed: Promise<void>;
  #decoder: Decoder | undefined;
  #heardMs: number;
  #stopping: Promise<void> | undefined;

  constructor(socket: Socket, context: ClientContext) {
    this.#socket = socket;
    this.#context = context;
    this.#heardMs = context.clock.monotonicMs();
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => this.#finish('ended'));
    // A broken connection is nothing to report: the 'close' that follows says all there is to do.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#finish('broken');
        resolve();
      });
    });
  }

  /** For how long nothing was heard. A client that we ourselves keep waiting isn't idle. */
  idleMs(): number {
    return this.#socket.isPaused() ? 0 : this.#context.clock.monotonicMs() - this.#heardMs;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#heardMs = this.#context.clock.monotonicMs();
    this.#socket.resume();
  }

  /** Says that no more will be read soon, and reads on until the client has ended too. */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#socket.end();
    const gone = new AbortController();
    const late = this.#context.clock.sleep(graceMs, gone.signal);
    await Promise.race([this.closed, late]);
    gone.abort();
    this.#socket.destroy();
    await this.closed;
  }

  #receive(chunk: Buffer): void {
    const { accept, clock, lineBytes } = this.#context;
    this.#heardMs = clock.monotonicMs();
    this.#decoder ??= protocolOf(chunk).open(lineBytes);
    accept(this.#decoder.push(chunk));
  }

  #finish(how: 'ended' | 'broken'): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder) this.#context.accept(decoder.end(how));
    this.#socket.end();
  }
}
