/**
 * One session of RELP, as its client.
 *
 *   greeting ──► open ──► closing (we send `close`) ──────────► ended
 *       │          ├────► the sink's `serverclose`: what it owes is awaited ──► ended
 *       └──────────┴────► broken: a refusal, no answer in time, what isn't RELP
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { escapeBytes } from '../escape.ts';
import { RelpError, type RelpFrame, RelpReader, relpFrame } from '../formats/relp.ts';
import { rfc5424 } from '../formats/rfc5424.ts';
import { RelpWindow } from './relp-window.ts';
import { endSocket, problemOf } from './socket.ts';
import type { Connection } from './transport.ts';

const OPEN = 1;
const OFFERS = 'relp_version=1\nrelp_software=vmmanage\ncommands=syslog';
/** A `rsp` holds a code and a sentence, or offers. */
const ANSWER_BYTES = 4096;
const SAID_BYTES = 200;

export class RelpConnection implements Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #answerMs: number;
  readonly #reader = new RelpReader(ANSWER_BYTES);
  readonly #window = new RelpWindow(OPEN + 1);
  #greeted = (_problem?: Error) => {};
  /** When an answer came, or began to be owed. */
  #heardMs = 0;
  #stopWatching: (() => void) | undefined;
  #serverCloses = false;
  /** Nothing more will be heard. */
  #over = false;
  #settled = () => {};
  /** The transaction of our own `close`. */
  #closes: number | undefined;
  #closing: Promise<readonly LogRecord[]> | undefined;
  open: boolean;
  problem: string | undefined;
  onEnd = () => {};
  onLeft = (_count: number) => {};

  constructor(socket: Socket, clock: Clock, answerMs: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#answerMs = answerMs;
    this.open = !socket.destroyed;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#end(problemOf(error)));
    socket.on('end', () => this.#hungUp());
    socket.on('close', () => this.#hungUp());
  }

  /** Resolves when the sink took the offers. */
  greet(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#greeted = (problem) => (problem ? reject(problem) : resolve());
      const late = () => this.#break("the sink doesn't answer in RELP");
      signal.addEventListener('abort', late, { once: true });
      if (signal.aborted) late();
      this.#socket.write(relpFrame(OPEN, 'open', Buffer.from(OFFERS)));
    });
  }

  get ready(): boolean {
    return this.open && !this.#window.full;
  }

  give(records: readonly LogRecord[]): void {
    if (this.#window.length === 0) this.#heardMs = this.#clock.monotonicMs();
    this.#socket.write(Buffer.concat(records.map((record) => this.#framed(record))));
    this.#watch();
  }

  close(graceMs: number): Promise<readonly LogRecord[]> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** What is still owed is answered before our `close` is. */
  async #close(graceMs: number): Promise<readonly LogRecord[]> {
    const endMs = this.#clock.monotonicMs() + graceMs;
    if (this.open) {
      this.#closes = this.#window.next;
      this.#socket.write(relpFrame(this.#closes, 'close'));
    }
    await this.#lastAnswers(graceMs);
    this.#end();
    await endSocket(this.#socket, Math.max(0, endMs - this.#clock.monotonicMs()), this.#clock);
    return [];
  }

  #lastAnswers(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(withinMs, resolve);
      this.#settled = () => {
        cancel();
        resolve();
      };
      this.#settle();
    });
  }

  #settle(): void {
    const quits = this.#serverCloses && this.#window.length === 0;
    if (this.#over || quits) this.#settled();
  }

  #framed(record: LogRecord): Buffer {
    const frame = relpFrame(this.#window.next, 'syslog', Buffer.from(rfc5424(record)));
    this.#window.sent(frame.length);
    return frame;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#take(frame);
    } catch (error) {
      if (!(error instanceof RelpError)) throw error;
      this.#break(error.message);
    }
    const left = this.#window.leave();
    if (left > 0) {
      this.#heardMs = this.#clock.monotonicMs();
      this.onLeft(left);
    }
    this.#settle();
  }

  #take(frame: RelpFrame): void {
    const { transaction, command } = frame;
    if (command === 'serverclose') {
      this.#serverCloses = true;
      this.#end();
    } else if (command !== 'rsp') {
      this.#break(`the sink says what no client is told: ${command}`);
    } else if (transaction === OPEN) {
      this.#takeGreeting(frame);
    } else if (transaction === this.#closes) {
      this.#over = true;
    } else if (!isDone(frame)) {
      this.#break(`the sink refused a record: ${saidIn(frame)}`);
    } else if (!this.#window.answered(transaction)) {
      this.#break(`the sink answers ${transaction}, which it owes no answer`);
    }
  }

  #takeGreeting(frame: RelpFrame): void {
    if (isDone(frame)) this.#greeted();
    else this.#break(`the sink refused the session: ${saidIn(frame)}`);
  }

  /** One timer for all that is under way: it looks again when the oldest may be due. */
  #watch(): void {
    if (this.#stopWatching) return;
    const dueMs = this.#heardMs + this.#answerMs;
    this.#stopWatching = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => {
      this.#stopWatching = undefined;
      if (this.#window.length === 0 || !this.open) return;
      const silentMs = this.#clock.monotonicMs() - this.#heardMs;
      if (silentMs < this.#answerMs) this.#watch();
      else this.#break(`the sink gave no answer for ${Math.round(silentMs / 1000)} s`);
    });
  }

  #hungUp(): void {
    const owing = this.#window.length > 0 && !this.#serverCloses;
    this.#over = true;
    this.#end(owing ? 'the sink hung up without an answer' : undefined);
    this.#settle();
  }

  #break(problem: string): void {
    this.#over = true;
    this.#end(problem);
    this.#socket.destroy();
    this.#settle();
  }

  #end(problem?: string): void {
    if (!this.open) return;
    this.open = false;
    this.problem = problem;
    this.#stopWatching?.();
    this.#greeted(new Error(problem ?? 'the sink hung up'));
    this.onEnd();
  }
}

function isDone({ data }: RelpFrame): boolean {
  return /^200(?: |$)/.test(data.toString('latin1', 0, 4));
}

function saidIn({ data }: RelpFrame): string {
  return escapeBytes(data.subarray(0, SAID_BYTES));
}
