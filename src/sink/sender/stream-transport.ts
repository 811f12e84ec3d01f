/**
 * Records one behind the other on a stream, plain lines or RFC 5424 with its length in front. There is
 * no acknowledgement: a record has left when the kernel took it. What that loses when a sink is
 * killed or a network breaks is said in docs/sink.md.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { isTlsScheme } from '../../core/sink-url.ts';
import { withDeadline } from '../../system/deadline.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { connectSocket, endSocket, problemOf, type Reach } from './socket.ts';
import type { Connection, Transport } from './transport.ts';

/** A record as it goes over the wire, with what ends or counts it. */
export type Form = (record: LogRecord, nowMs: number) => string;

/** How long a sink that said its end may still read what is being written; ours reads for 2 s. */
const END_GRACE_MS = 5000;

/**
 * A sink that stops resets connections that its kernel made and it never accepted, with all that was
 * written to them. A connection that is reset when younger than this is taken for one of these. Under
 * TLS so is one that is ended in order: a sink looks at the guest's certificate after the handshake,
 * and what it lets go of then it never read.
 */
const YOUNG_MS = 1000;
/** More than this fits into no socket's buffers: somebody must have read. */
const UNREAD_BYTES = 4 * 1024 * 1024;

export function streamTransport(reach: Reach, form: Form): Transport {
  const { clock, connectMs, url } = reach;
  const secure = isTlsScheme(url.scheme);
  return {
    connect: (signal) =>
      withDeadline(connectMs, signal, clock, async (within) => {
        const socket = await connectSocket(reach, within);
        return new StreamConnection(socket, { clock, form, secure });
      }),
  };
}

interface Manner {
  readonly clock: Clock;
  readonly form: Form;
  /** Under TLS. */
  readonly secure: boolean;
}

class StreamConnection implements Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #form: Form;
  readonly #madeMs: number;
  /** Left while the connection is young; given back if it turns out that nobody read them. */
  #unread: LogRecord[] = [];
  #unreadBytes = 0;
  #writing = false;
  #turnedAway = false;
  #closing: Promise<readonly LogRecord[]> | undefined;
  open: boolean;
  problem: string | undefined;
  onEnd = () => {};
  onLeft = (_count: number) => {};

  constructor(socket: Socket, { clock, form, secure }: Manner) {
    this.#socket = socket;
    this.#clock = clock;
    this.#form = form;
    this.#madeMs = clock.monotonicMs();
    this.open = !socket.destroyed;
    socket.on('error', (error) => this.#end(problemOf(error)));
    socket.on('end', () => {
      this.#turnedAway = secure && this.#young() && !this.#closing;
      this.#end(this.#turnedAway ? 'the sink hung up at once' : undefined);
      void this.close(END_GRACE_MS);
    });
    socket.on('close', (broken) => {
      const unread = this.#turnedAway || (broken && this.#young());
      if (!unread) this.#letGo();
      this.#end();
    });
    // A sink without acknowledgement has nothing to say; only its end matters, seen by reading.
    socket.resume();
  }

  /** One batch at a time, so that a kill makes no more than one come twice. */
  get ready(): boolean {
    return this.open && !this.#writing;
  }

  give(records: readonly LogRecord[]): void {
    const nowMs = this.#clock.now().wallMs;
    const bytes = Buffer.from(records.map((record) => this.#form(record, nowMs)).join(''));
    this.#writing = true;
    this.#socket.write(bytes, (error) => {
      this.#writing = false;
      if (error) return;
      this.#keepWhileYoung(records, bytes.length);
      this.onLeft(records.length);
    });
  }

  close(graceMs: number): Promise<readonly LogRecord[]> {
    this.#closing ??= endSocket(this.#socket, graceMs, this.#clock).then(() => this.#unread);
    return this.#closing;
  }

  #end(problem?: string): void {
    if (!this.open) return;
    this.open = false;
    this.problem = problem;
    this.onEnd();
  }

  #young(): boolean {
    return this.#clock.monotonicMs() - this.#madeMs < YOUNG_MS;
  }

  #keepWhileYoung(records: readonly LogRecord[], bytes: number): void {
    this.#unreadBytes += bytes;
    const mayBeUnread = this.#turnedAway || this.#young();
    if (mayBeUnread && this.#unreadBytes < UNREAD_BYTES) this.#unread.push(...records);
    else this.#letGo();
  }

  #letGo(): void {
    this.#unread = [];
  }
}
