/**
 * One connection of the sink: reads, hands the records on, answers when they are safe, and ends in
 * order. It never waits for another client and never writes to a file.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Counts, Protocol } from './counts.ts';
import type { Taken } from './intake.ts';
import type { Decoder, Received, Step } from './protocol.ts';

export interface ClientLimits {
  /** Received, and not yet safe or not yet answered; over it, this client isn't read. */
  readonly unackedBytes: number;
  /** How long it may take until it is known what a client speaks, and that it speaks it. */
  readonly openingMs: number;
  /** A client that sends nothing for so long is let go; 0: never. */
  readonly idleMs: number;
  /** How long a client that is to end may take to do so. */
  readonly graceMs: number;
}

export interface ClientContext {
  readonly clock: Clock;
  readonly limits: ClientLimits;
  readonly counts: Counts;
  /** Takes what was received; `awaited` where the client waits until it is safe. Never throws. */
  readonly take: (received: readonly Received[], awaited: boolean) => Taken;
}

/**
 * Why a client isn't read for now: the store is behind, this client's bytes are, its lines are too many,
 * it doesn't read its answers.
 */
export type Hold = 'crowd' | 'unacknowledged' | 'rate' | 'answers';

/** Of answers that the kernel hasn't taken: some 8,000 of RELP. They can be longer than what they answer. */
const ANSWERS_BYTES = 128 * 1024;

const DONE = Promise.resolve();
/** Without a reason Node makes an error with a trace, for which nobody asks. */
const CLOSED = 'closed';

/**
 *   open ── stop() ──► finishing ── client's FIN, or the bound ──► closed
 *     └──────────────── client's FIN ─────────────────────────────►
 *
 * One that is owed answers gets them before its FIN. At a stop, what it sends after that isn't taken:
 * it wasn't answered, and so it comes again.
 */
export class Client {
  readonly #socket: Socket;
  readonly #context: ClientContext;
  readonly closed: Promise<void>;
  /** Ends what waits for this client; most never wait, and it costs more than all else of a short one. */
  #gone: AbortController | undefined;
  #isGone = false;
  readonly #holds = new Set<Hold>();
  #decoder: Decoder | undefined;
  /** What it is counted as: a few bytes that could become anything are plain. */
  #protocol: Protocol = 'plain';
  readonly #sinceMs: number;
  #heardMs: number;
  /** When its first byte came: one that says nothing isn't late with anything. */
  #firstMs: number | undefined;
  #unackedBytes = 0;
  /** Resolves when all records of this client are safe. */
  #safe: Promise<void> = DONE;
  /** Resolves when all that is owed was written. */
  #answered: Promise<void> = DONE;
  #owing = 0;
  #stopping: Promise<void> | undefined;

  constructor(socket: Socket, decoder: Decoder, context: ClientContext) {
    this.#socket = socket;
    this.#decoder = decoder;
    this.#context = context;
    this.#sinceMs = context.clock.monotonicMs();
    this.#heardMs = this.#sinceMs;
    // A sender with a full window waits for the answer that would be kept back.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#finish('ended'));
    // A broken connection is nothing to report: the 'close' that follows says all there is to do.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#finish('broken');
        this.#isGone = true;
        this.#gone?.abort(CLOSED);
        resolve();
      });
    });
  }

  hold(why: Hold): void {
    this.#holds.add(why);
    this.#socket.pause();
  }

  release(why: Hold): void {
    if (!this.#holds.delete(why) || this.#holds.size > 0) return;
    this.#heardMs = this.#context.clock.monotonicMs();
    this.#socket.resume();
  }

  /** Lets go of one that was silent, or is opening, for too long. */
  look(): void {
    if (this.#isKeptWaiting()) return;
    const { clock, limits } = this.#context;
    const nowMs = clock.monotonicMs();
    if (this.#firstMs !== undefined && nowMs - this.#firstMs >= limits.openingMs) {
      this.#handle(this.#decoder?.late?.());
    }
    if (limits.idleMs > 0 && nowMs - this.#heardMs >= limits.idleMs) void this.stop();
  }

  /** It came a while ago and never said a byte: where there is no room, others need its place more. */
  get isMute(): boolean {
    const { clock, limits } = this.#context;
    const ageMs = clock.monotonicMs() - this.#sinceMs;
    const goesOn = this.#stopping === undefined && !this.#isKeptWaiting();
    return this.#firstMs === undefined && goesOn && ageMs >= limits.openingMs;
  }

  /** A client that we ourselves keep waiting isn't idle; one that doesn't read its answers is. */
  #isKeptWaiting(): boolean {
    return this.#holds.size > 0 && this.#socket.writableLength === 0;
  }

  /** Says that no more will be read soon, and reads on until the client has ended too. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { clock, limits } = this.#context;
    const late = clock.sleep(limits.graceMs, this.#untilGone());
    await Promise.race([this.#bidFarewell(), late]);
    this.#end();
    await late;
    this.#socket.destroy();
    await this.closed;
  }

  /** One that gets no answers is read on, so that what lies in the kernel isn't lost. */
  async #bidFarewell(): Promise<void> {
    const farewell = this.#decoder?.farewell;
    if (farewell !== undefined) this.#decoder = undefined;
    if (this.#owing > 0) await this.#answered;
    if (farewell !== undefined) this.#socket.write(farewell);
    if (this.#decoder === undefined) this.release('crowd');
    this.release('rate');
    this.release('unacknowledged');
  }

  #receive(chunk: Buffer): void {
    this.#heardMs = this.#context.clock.monotonicMs();
    this.#firstMs ??= this.#heardMs;
    const step = this.#decoder?.push(chunk);
    this.#protocol = this.#decoder?.protocol ?? this.#protocol;
    this.#context.counts.bytes[this.#protocol] += chunk.length;
    this.#handle(step, chunk.length);
  }

  #handle(step: Step | undefined, bytes = 0): void {
    if (!step) return;
    const { received, owes, ends } = step;
    if (received.length > 0 || owes !== undefined) this.#take(received, owes, bytes);
    if (!ends) return;
    this.#decoder = undefined;
    void this.stop();
  }

  #take(received: readonly Received[], owes: Buffer | undefined, bytes: number): void {
    this.#unackedBytes += bytes;
    if (this.#unackedBytes > this.#context.limits.unackedBytes) this.hold('unacknowledged');
    let taken = 0;
    if (received.length > 0) {
      const { safe, records, delayMs } = this.#context.take(received, owes !== undefined);
      taken = records;
      this.#context.counts.records[this.#protocol] += records;
      this.#safe = inOrder(this.#safe, safe);
      if (delayMs > 0) void this.#delay(delayMs);
    }
    void this.#answer(owes, { bytes, records: taken });
  }

  /** Answers in the order in which they are owed, those of one commit in one write. */
  async #answer(owes: Buffer | undefined, { bytes, records }: Taking): Promise<void> {
    const safe = this.#safe;
    if (owes === undefined) await safe;
    else {
      this.#owing += 1;
      this.#answered = this.#pay(safe, owes).then((told) => {
        if (told) this.#context.counts.acknowledged += records;
      });
      await this.#answered;
      this.#owing -= 1;
    }
    this.#unackedBytes -= bytes;
    if (this.#unackedBytes <= this.#context.limits.unackedBytes / 2) this.release('unacknowledged');
  }

  /**
   * Resolves when the kernel has the answer: who doesn't read them isn't read either. False where the
   * connection was over before.
   */
  async #pay(safe: Promise<void>, owes: Buffer): Promise<boolean> {
    await safe;
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
    const told = new Promise<boolean>((taken) => {
      this.#socket.write(owes, (error) => taken(!error));
    });
    if (this.#socket.writableLength > ANSWERS_BYTES) this.hold('answers');
    void told.then(() => {
      if (this.#socket.writableLength <= ANSWERS_BYTES / 2) this.release('answers');
    });
    return told;
  }

  #untilGone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#isGone) this.#gone.abort(CLOSED);
    return this.#gone.signal;
  }

  async #delay(delayMs: number): Promise<void> {
    this.hold('rate');
    await this.#context.clock.sleep(delayMs, this.#untilGone());
    this.release('rate');
  }

  #finish(how: 'ended' | 'broken'): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#handle(decoder?.end(how));
    // Whoever is owed no answer isn't kept waiting for the disk.
    if (this.#owing === 0) this.#end();
    else void this.#answered.then(() => this.#end());
  }

  /** To end what has ended costs Node an error with a trace. */
  #end(): void {
    if (!this.#socket.writableEnded) this.#socket.end();
  }
}

/** What came with one step. */
interface Taking {
  readonly bytes: number;
  readonly records: number;
}

/** Files of several guests may be safe out of order. */
async function inOrder(before: Promise<void>, then: Promise<void>): Promise<void> {
  await before;
  await then;
}
