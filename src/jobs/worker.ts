/**
 * The worker: a process of its own, as a user of its own, that runs what the daemon hands it and
 * nothing else: an argument array, never a shell, with the payload as data. It keeps each result
 * until the daemon says that nobody needs it any more, so that a daemon may come and go meanwhile.
 */
import { createConnection, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { endMarked } from '../system/marks.ts';
import { type Ended, type Program, runProgram } from '../system/programs.ts';
import {
  type Ending,
  formatMessage,
  type JobEnded,
  MESSAGE_MAX_BYTES,
  parseDaemonMessage,
  type Run,
  WORKER_GROUP,
  type WorkerMessage,
  whyNone,
} from '../wire/jobs.ts';
import { eachLine } from './lines.ts';

export interface WorkerOptions {
  /** The daemon's socket. */
  readonly socket: string;
  readonly clock: Clock;
  /** Ends the worker, and what it runs. */
  readonly signal: AbortSignal;
  /** For the administrator: connected, refused, gone. */
  say(message: string): void;
}

/** Between two tries to reach the daemon; it doubles. */
const RECONNECT_MS = 200;
const RECONNECT_MAX_MS = 5_000;
/** Between SIGTERM and SIGKILL for a job that takes too long. */
const GRACE_MS = 2_000;
/** So much of what a job said on standard error is told. */
const STDERR_MAX = 64 * 1024;

interface Held {
  readonly stop: AbortController;
  /** Set when it has ended, until the daemon has got rid of the result. */
  ended?: JobEnded;
}

/** Resolves when `signal` has ended it, and every program with it. */
export function work(options: WorkerOptions): Promise<void> {
  return new Worker(options).run();
}

/** Stands in the environment of every job, and tells whose it is. */
const MARK = 'VMMANAGE_JOBS';

class Worker {
  readonly #options: WorkerOptions;
  readonly #held = new Map<string, Held>();
  readonly #running = new Set<Promise<void>>();
  #daemon: Socket | undefined;
  /** Settles when nothing runs any more that a killed worker left: it would run a second time. */
  #tidied: Promise<void> | undefined;
  #waitMs = RECONNECT_MS;
  #said = '';

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      await this.#connection();
      await clock.sleep(this.#waitMs, signal);
      this.#waitMs = Math.min(2 * this.#waitMs, RECONNECT_MAX_MS);
    }
    for (const { stop } of this.#held.values()) stop.abort();
    await Promise.all(this.#running);
  }

  /** One connection, to its end. */
  #connection(): Promise<void> {
    const { socket: path, signal } = this.#options;
    return new Promise((resolve) => {
      const socket = createConnection(path);
      const end = () => socket.destroy();
      signal.addEventListener('abort', end, { once: true });
      socket.on('connect', () => this.#greet(socket));
      socket.on('error', (error) => this.#say(whyNoDaemon(error, path)));
      socket.on('close', () => {
        this.#daemon = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      });
      eachLine(
        socket,
        () => MESSAGE_MAX_BYTES,
        (line) => this.#hear(line, socket),
      );
    });
  }

  #greet(socket: Socket): void {
    this.#daemon = socket;
    this.#tell({ type: 'hello', holding: [...this.#held.keys()] });
    for (const { ended } of this.#held.values()) if (ended) this.#tell(ended);
  }

  #hear(line: string, socket: Socket): void {
    const message = parseDaemonMessage(line);
    if (message?.type === 'refused') return this.#say(`refused: ${message.reason}${TRYING_AGAIN}`);
    if (message === undefined) {
      this.#say(`${whyNone(line, 'daemon')}${TRYING_AGAIN}`);
      return void socket.destroy();
    }
    this.#waitMs = RECONNECT_MS;
    this.#say('connected');
    if (message.type === 'welcome') this.#tidy();
    else if (message.type === 'run') this.#start(message);
    else this.#letGo(message.key);
  }

  /** Only once the daemon has said that no other worker is there: those would be its jobs. */
  #tidy(): void {
    const { socket, clock } = this.#options;
    this.#tidied ??= endMarked(`${MARK}=${socket}`, GRACE_MS, clock);
  }

  #letGo(key: string): void {
    this.#held.get(key)?.stop.abort();
    this.#held.delete(key);
  }

  #start(run: Run): void {
    if (this.#held.has(run.key)) return;
    const held: Held = { stop: new AbortController() };
    this.#held.set(run.key, held);
    const running = this.#do(run, held).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #do(run: Run, held: Held): Promise<void> {
    const { clock, socket, signal } = this.#options;
    await this.#tidied;
    const beganMs = clock.monotonicMs();
    const ended = await runProgram(program(run, held.stop.signal, socket), clock);
    const took = Math.round(clock.monotonicMs() - beganMs);
    if (signal.aborted || this.#held.get(run.key) !== held) return;
    held.ended = { type: 'ended', key: run.key, ...endingOf(ended, took, run.max_output) };
    this.#tell(held.ended);
  }

  #tell(message: WorkerMessage): void {
    this.#daemon?.write(formatMessage(message));
  }

  /** Once, until something else is to be said. */
  #say(message: string): void {
    if (message !== this.#said) this.#options.say(message);
    this.#said = message;
  }
}

/** Of what is said when there is no daemon for it; it is said once. */
const TRYING_AGAIN = '; trying again';

/** A sentence for people. */
export function whyNoDaemon({ code, message }: NodeJS.ErrnoException, path: string): string {
  switch (code) {
    case 'ENOENT':
      return `no daemon: there is no ${path}${TRYING_AGAIN}`;
    case 'ECONNREFUSED':
      return `no daemon: nothing answers at ${path}${TRYING_AGAIN}`;
    case 'EACCES':
    case 'EPERM':
      return `not permitted: ${path}; root and members of the group ${WORKER_GROUP} may${TRYING_AGAIN}`;
    default:
      return `no daemon: ${message}${TRYING_AGAIN}`;
  }
}

function program(run: Run, signal: AbortSignal, socket: string): Program {
  const payload = Buffer.from(run.payload, 'base64');
  const shared: Omit<Program, 'argv'> = {
    timeoutMs: run.timeout_ms,
    graceMs: GRACE_MS,
    // One byte more than it may print, to see whether it printed more; one bound for both streams.
    maxOutputBytes: Math.max(run.max_output + 1, STDERR_MAX),
    env: { [MARK]: socket, VMMANAGE_KEY: run.key },
    signal,
    // Of its group: to look through all processes after each job costs more than a short job does.
    leavesNothing: true,
  };
  return run.give === 'stdin'
    ? { ...shared, argv: run.argv, input: payload }
    : { ...shared, argv: [...run.argv, '--', payload.toString('utf8')] };
}

function endingOf(ended: Ended, tookMs: number, maxOutput: number): Ending {
  const { exit, signal, notStarted, noProgram, timedOut, stderr } = ended;
  const { bytes = Buffer.alloc(0) } = ended;
  return {
    ...(exit === undefined ? {} : { exit }),
    ...(signal === undefined ? {} : { signal }),
    ...(notStarted === undefined ? {} : { not_started: notStarted }),
    ...(noProgram ? { no_program: true } : {}),
    timed_out: timedOut,
    cut: bytes.length > maxOutput,
    stdout: bytes.subarray(0, maxOutput).toString('base64'),
    stderr: stderr.slice(-STDERR_MAX),
    took_ms: tookMs,
  };
}
