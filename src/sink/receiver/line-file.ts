/**
 * The file that people tail. Lines are written in batches: what comes while a write is under way
 * goes with the next one. A disk that fails is tried again until it takes the batch; nothing that
 * was accepted is let go of. How much may wait is the caller's business: see `pendingBytes`.
 */
import type { Clock } from '../../core/clock.ts';
import { Backoff, type Retry } from '../../system/backoff.ts';
import type { Tell } from '../notice.ts';
import { type Output, openForAppending, openWhole } from './output-file.ts';

export interface LineFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly retry?: Retry;
  /** How files are opened; tests hand in a disk that fails. */
  readonly openOutput?: (path: string) => Promise<Output>;
}

export interface LineFile {
  /** Bytes accepted and not yet written. */
  readonly pendingBytes: number;
  /** Why the disk doesn't take what is pending, while it doesn't. */
  readonly failing: string | undefined;
  /** Resolves when the lines are written. They have no newlines. Never rejects before `close`. */
  append(lines: readonly string[]): Promise<void>;
  /** Opens the path anew, after the lines accepted so far, so that logrotate can move the file. */
  reopen(): Promise<void>;
  /** Writes what is left, for `withinMs` at most; resolves to the number of lines that were lost. */
  close(withinMs: number): Promise<number>;
}

const RETRY: Retry = { firstMs: 100, maxMs: 5_000 };
const NEWLINE = 0x0a;

/** Rejects where the file can't be opened. */
export async function openLineFile(options: LineFileOptions): Promise<LineFile> {
  const openOutput = options.openOutput ?? openForAppending;
  return new Writer(
    { retry: RETRY, ...options, openOutput },
    await openWhole(openOutput, options.path),
  );
}

type Entry = Batch | Reopening;
interface Batch {
  readonly lines: number;
  readonly bytes: Buffer;
  done(): void;
}
interface Reopening {
  readonly reopen: true;
  done(): void;
}

class Writer implements LineFile {
  readonly #options: Required<LineFileOptions>;
  readonly #gaveUp = new AbortController();
  #output: Output;
  #queue: Entry[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #lost = 0;
  failing: string | undefined;

  constructor(options: Required<LineFileOptions>, output: Output) {
    this.#options = options;
    this.#output = output;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    this.#pendingBytes += bytes.length;
    return new Promise((done) => this.#enqueue({ lines: lines.length, bytes, done }));
  }

  reopen(): Promise<void> {
    return new Promise((done) => this.#enqueue({ reopen: true, done }));
  }

  async close(withinMs: number): Promise<number> {
    const timer = new AbortController();
    const late = this.#options.clock.sleep(withinMs, timer.signal);
    await Promise.race([this.#running, late]);
    this.#gaveUp.abort();
    timer.abort();
    await this.#running;
    await this.#output.close();
    return this.#lost;
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // A turn's wait lets everything that came with the same readiness of the sockets join.
    await Promise.resolve();
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if ('reopen' in next) await this.#reopenNow(this.#queue.splice(0, 1));
      else await this.#settle(this.#takeBatches());
    }
    this.#running = undefined;
  }

  /** Batches that stand side by side are written at once. */
  #takeBatches(): Batch[] {
    const end = this.#queue.findIndex((entry) => 'reopen' in entry);
    const taken = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    return taken.filter((entry) => 'bytes' in entry);
  }

  async #settle(batches: readonly Batch[]): Promise<void> {
    const bytes = Buffer.concat(batches.map((batch) => batch.bytes));
    const written = await this.#write(bytes);
    if (!written) this.#lost += batches.reduce((sum, batch) => sum + batch.lines, 0);
    this.#pendingBytes -= bytes.length;
    for (const batch of batches) batch.done();
  }

  /** Whether all was written; false only once `close` gave up. */
  async #write(bytes: Buffer): Promise<boolean> {
    const { clock, retry, tell } = this.#options;
    const backoff = new Backoff(retry);
    const startMs = clock.monotonicMs();
    let failed = false;
    for (let done = 0; done < bytes.length; ) {
      try {
        done += await this.#output.write(bytes.subarray(done));
      } catch (error) {
        if (!failed) tell(failing(this.#options.path, error));
        failed = true;
        this.failing = String(error);
        if (this.#gaveUp.signal.aborted) return false;
        await clock.sleep(backoff.nextMs(), this.#gaveUp.signal);
        if (await this.#reopenIfAsked()) done = startOfLine(bytes, done);
      }
    }
    this.failing = undefined;
    if (failed) tell(recovered(this.#options.path, clock.monotonicMs() - startMs));
    return true;
  }

  /** While the disk fails, a SIGHUP may be what helps: the file was moved to make room. */
  async #reopenIfAsked(): Promise<boolean> {
    const asked = this.#queue.filter((entry) => 'reopen' in entry);
    if (asked.length === 0) return false;
    this.#queue = this.#queue.filter((entry) => !('reopen' in entry));
    return this.#reopenNow(asked);
  }

  async #reopenNow(asked: readonly Entry[]): Promise<boolean> {
    const reopened = await this.#openAnew();
    for (const entry of asked) entry.done();
    return reopened;
  }

  async #openAnew(): Promise<boolean> {
    const { openOutput, path, tell } = this.#options;
    const old = this.#output;
    try {
      this.#output = await openWhole(openOutput, path);
    } catch (error) {
      tell(notReopened(path, error));
      return false;
    }
    await old.close();
    return true;
  }
}

/** Where the line begins that the byte at `at` belongs to, so that a new file gets it whole. */
function startOfLine(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

function failing(path: string, error: unknown) {
  return {
    level: 'error',
    text: 'log file not written, senders wait until it is',
    fields: { file: path, error: String(error) },
  } as const;
}

function notReopened(path: string, error: unknown) {
  return {
    level: 'error',
    text: 'log file not reopened, the old one stays in use',
    fields: { file: path, error: String(error) },
  } as const;
}

function recovered(path: string, failedMs: number) {
  const fields = { file: path, failed_s: Math.round(failedMs / 1000) };
  return { level: 'info', text: 'log file written again, nothing was lost', fields } as const;
}
