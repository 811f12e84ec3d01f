/**
 * The daemon's side of `jobs.sock`: hands jobs to the one worker that is connected, and takes their
 * ends from it. The worker runs as another user and is trusted with nothing: what it says of jobs
 * that it wasn't given is let go. What is handed out, when, and what a result is worth stands in
 * queue.ts and with the daemon.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { listenAt } from '../system/unix-socket.ts';
import {
  type DaemonMessage,
  formatMessage,
  type Hello,
  JOBS_SOCKET,
  type JobEnded,
  MESSAGE_MAX_BYTES,
  parseWorkerMessage,
  WORKER_GROUP,
  whyNone,
} from '../wire/jobs.ts';
import { eachLine } from './lines.ts';
import type { Job } from './page.ts';
import type { Closing, End, JobQueue } from './queue.ts';

/** So long may a connection stand without its first word. */
const HELLO_MS = 5_000;
const HELLO_MAX_BYTES = 256 * 1024;
const VISITORS_MAX = 10;
export const NO_GROUP = `there is no group ${WORKER_GROUP}, so only a worker of the daemon's own user is let in: systemd-sysusers makes it`;

export interface DeskParts {
  queues(): readonly JobQueue[];
  /** Whether a job may begin now. */
  mayBegin(): boolean;
  /** Told before a job is run, and when its program has ended; what can't be recorded isn't begun. */
  began(queue: string, key: string, job: Job): Promise<boolean>;
  ended(key: string, end: End, tookMs: number | undefined): Promise<void>;
  warn(message: string): void;
}

export class Desk {
  readonly #parts: DeskParts;
  readonly #server: Server;
  readonly #visitors = new Set<Socket>();
  /** Set once it has said hello. */
  #worker: Socket | undefined;
  #paused = false;
  #serving = false;
  #again = false;
  /** What was warned of last; nothing once that is over. */
  #warned = '';

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.maxConnections = VISITORS_MAX;
  }

  /** Rejects with SocketError where nobody can listen in `folder`. */
  async open(folder: string): Promise<void> {
    const path = join(folder, JOBS_SOCKET);
    const { groupMissing } = await listenAt(this.#server, path, WORKER_GROUP);
    if (groupMissing) this.#parts.warn(NO_GROUP);
  }

  get connected(): boolean {
    return this.#worker !== undefined;
  }

  /** Lets the worker go, and nobody in. It holds on to what it has, and comes again. */
  pause(): void {
    this.#paused = true;
    this.#worker?.destroy();
    this.#worker = undefined;
  }

  resume(): void {
    this.#paused = false;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const visitor of this.#visitors) visitor.destroy();
    await closed;
  }

  /** Hands out what may be handed out now; called whenever there may be something. */
  serve(): void {
    this.#again = true;
    if (!this.#serving) void this.#serveAll();
  }

  async #serveAll(): Promise<void> {
    this.#serving = true;
    try {
      while (this.#again) {
        this.#again = false;
        for (const queue of this.#parts.queues()) await this.#serveQueue(queue);
      }
    } catch (error) {
      // A full disk, for one; the next nudge tries again.
      this.#warn(`no job can be handed out: ${String(error)}`);
    } finally {
      this.#serving = false;
    }
  }

  async #serveQueue(queue: JobQueue): Promise<void> {
    while (this.#worker && this.#parts.mayBegin()) {
      const worker = this.#worker;
      const taken = queue.take();
      if (!taken) return;
      this.#warned = '';
      const { job, run } = taken;
      const recorded = await this.#parts.began(queue.name, run.key, job);
      // Who is gone by now never got it; the next to come is asked what it holds.
      if (recorded && worker === this.#worker) say(worker, run);
      else return queue.takeBack(job);
    }
  }

  #welcome(socket: Socket): void {
    this.#visitors.add(socket);
    // Who has nothing to say may not keep others out.
    socket.setTimeout(HELLO_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#visitors.delete(socket);
      if (this.#worker === socket) this.#worker = undefined;
    });
    const longest = () => (socket === this.#worker ? MESSAGE_MAX_BYTES : HELLO_MAX_BYTES);
    eachLine(socket, longest, (line) => {
      const message = parseWorkerMessage(line);
      if (message === undefined) return this.#refuse(socket, whyNone(line, 'worker'));
      if (message.type === 'hello') this.#meet(socket, message);
      else if (socket === this.#worker) this.#takeEnd(message);
    });
  }

  /** A worker whose words are odd is told in the daemon's log too: else jobs would just wait. */
  #refuse(socket: Socket, reason: string): void {
    this.#warn(reason);
    refuse(socket, reason);
  }

  #meet(socket: Socket, { holding }: Hello): void {
    if (this.#paused) return void socket.destroy();
    if (this.#worker) return refuse(socket, 'another worker is connected');
    this.#worker = socket;
    socket.setTimeout(0);
    say(socket, { type: 'welcome' });
    const queues = this.#parts.queues();
    for (const key of holding) {
      if (!queues.some((queue) => queue.owns(key))) this.#settled(key);
    }
    for (const queue of queues) {
      for (const closing of queue.reconcile(new Set(holding))) void this.#close(closing);
    }
    this.serve();
  }

  #takeEnd(message: JobEnded): void {
    const { type, key, ...ending } = message;
    const queue = this.#parts.queues().find((each) => each.owns(key));
    if (!queue) return this.#settled(key);
    const closing = queue.ended(key, ending);
    if (closing) void this.#close(closing);
  }

  /** The job is in hand until it is settled, so that no other end of it is told before this one. */
  async #close({ key, end, tookMs, settle }: Closing): Promise<void> {
    try {
      await this.#parts.ended(key, end, tookMs);
    } catch (error) {
      this.#warn(`the end of a job can't be told: ${String(error)}`);
    }
    if (!(await settle())) return;
    this.#settled(key);
    this.serve();
  }

  /** Once, until another thing is wrong. */
  #warn(message: string): void {
    if (message !== this.#warned) this.#parts.warn(message);
    this.#warned = message;
  }

  #settled(key: string): void {
    if (this.#worker) say(this.#worker, { type: 'settled', key });
  }
}

function say(socket: Socket, message: DaemonMessage): void {
  socket.write(formatMessage(message));
}

function refuse(socket: Socket, reason: string): void {
  socket.end(formatMessage({ type: 'refused', reason }));
}
