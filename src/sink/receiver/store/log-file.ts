/**
 * One file that people tail, written in batches: what comes while a write and its sync are under way
 * goes with the next one. A disk that fails is tried again until it takes the batch; nothing that was
 * accepted is let go of, and nothing is called safe that isn't. How much may wait is the caller's
 * business.
 *
 * With sync, a write is one call for both (O_DSYNC): each batch goes one way to the disk and back, not two.
 *
 * A sync that failed is the hard case. Linux reports a failed write-back once, to the next sync,
 * and then takes the pages for clean (ext4 and xfs keep them, btrfs drops them): the next sync
 * says that all is well, and the bytes are not on the disk. So the batch is written again, in its
 * place, which makes its pages dirty again, and only a sync after that counts. Batches before it were
 * synced, so only this one can be missing.
 */
import type { Clock } from '../../../core/clock.ts';
import { Backoff, type Retry } from '../../../system/backoff.ts';
import type { Spread } from '../../../system/metrics/spread.ts';
import type { Notice, Tell } from '../../notice.ts';
import { Block } from './block.ts';
import type { Slots } from './descriptors.ts';
import { TORN_MARK } from './form.ts';
import type { OpenOutput, Output } from './output.ts';
import type { Rotation } from './rotation.ts';

export interface LogFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly tell: Tell;
  /** With it a batch is on the disk before it counts as safe; it notes the seconds that each sync took. */
  readonly syncs?: Spread;
  readonly retry: Retry;
  readonly openOutput: OpenOutput;
  readonly rotation?: Rotation;
  /** How long lines that nobody waits for may wait for others, in milliseconds; 0: not at all. */
  readonly gatherMs?: number;
  /** Where many files share the descriptors: this one lets go of its own when asked. */
  readonly slots?: Slots;
}

type Entry = Batch | Reopening;
interface Batch {
  readonly records: number;
  readonly text: string;
  readonly awaited: boolean;
  done(): void;
}
interface Reopening {
  readonly reopen: true;
  done(): void;
}

/** A batch on its way to the disk. */
interface Way {
  readonly bytes: Buffer;
  /** How many of its bytes the file took. */
  done: number;
  /** A sync failed, so these may not be on the disk. */
  doubtful: boolean;
}

const MARK = Buffer.from(`${TORN_MARK}\n`);
const NEWLINE = 0x0a;
/** What is as long is worth a write of its own. */
const WORTH_WRITING = 16 * 1024;

export class LogFile {
  readonly #options: LogFileOptions;
  readonly #gaveUp = new AbortController();
  #output: Output | undefined;
  #endsTorn = false;
  #nameSafe = false;
  #isFile = true;
  #bytes = 0;
  #bornMs = 0;
  #queue: Entry[] = [];
  #running: Promise<void> | undefined;
  /** While lines are gathered: ends it. */
  #hurry: (() => void) | undefined;
  #closing = false;
  #lost = 0;
  /** Why the disk doesn't take what is pending, while it doesn't. */
  failing: string | undefined;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Opens the file now; rejects where it can't be. Else it is opened with the first batch. */
  async open(): Promise<void> {
    await this.#opened();
    if (this.#endsTorn) void this.append('', 0);
  }

  /**
   * Resolves when the lines, each with its newline, are safe. Never rejects before `close`. Where nobody
   * waits for it, they may wait for others.
   */
  append(text: string, records: number, awaited = true): Promise<void> {
    return new Promise((done) => this.#enqueue({ records, text, awaited, done }));
  }

  /** Opens the path anew, after what was accepted so far, so that logrotate can move the file. */
  reopen(): Promise<void> {
    return new Promise((done) => this.#enqueue({ reopen: true, done }));
  }

  /** Writes what is left, for `withinMs` at most; resolves to the number of records that were lost. */
  async close(withinMs: number): Promise<number> {
    this.#closing = true;
    this.#hurry?.();
    const timer = new AbortController();
    const late = this.#options.clock.sleep(withinMs, timer.signal);
    await Promise.race([this.#running, late]);
    this.#gaveUp.abort();
    timer.abort();
    await this.#running;
    await this.#letGo();
    return this.#lost;
  }

  /** Closes its descriptor where it is doing nothing; the next batch opens the file again. */
  rest(): boolean {
    if (this.#running || !this.#output) return false;
    void this.#letGo();
    return true;
  }

  async #letGo(): Promise<void> {
    const output = this.#output;
    this.#output = undefined;
    await output?.close();
    if (output) this.#options.slots?.leave();
  }

  #enqueue(entry: Entry): void {
    this.#queue.push(entry);
    this.#running ??= this.#run();
    if (isUrgent(entry)) this.#hurry?.();
  }

  async #run(): Promise<void> {
    // A turn's wait lets everything that came with the same readiness of the sockets join.
    await Promise.resolve();
    const block = new Block();
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      if ('reopen' in next) await this.#reopenNow(this.#queue.splice(0, 1));
      else {
        await this.#gather();
        await this.#settle(this.#takeBatches(), block);
      }
    }
    this.#running = undefined;
    this.#options.slots?.idle(this);
  }

  /** A write and a sync for each line would cost more than all else, where each has its own connection. */
  #gather(): Promise<void> | undefined {
    const { clock, gatherMs = 0 } = this.#options;
    if (gatherMs === 0 || this.#closing || this.#queue.some(isUrgent)) return undefined;
    return new Promise((resolve) => {
      const cancel = clock.after(gatherMs, () => this.#hurry?.());
      this.#hurry = () => {
        this.#hurry = undefined;
        cancel();
        resolve();
      };
    });
  }

  /** Batches that stand side by side are written at once. */
  #takeBatches(): Batch[] {
    const end = this.#queue.findIndex((entry) => 'reopen' in entry);
    const taken = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    return taken.filter((entry) => 'text' in entry);
  }

  async #settle(batches: readonly Batch[], block: Block): Promise<void> {
    const bytes = block.laidOut(batches.map(({ text }) => text));
    await this.#rotateIfDue(bytes.length);
    const safe = await this.#makeSafe({ bytes, done: 0, doubtful: false });
    if (!safe) this.#lost += batches.reduce((sum, { records }) => sum + records, 0);
    for (const batch of batches) batch.done();
  }

  /** Whether it is safe; false only once `close` gave up. */
  async #makeSafe(way: Way): Promise<boolean> {
    const { clock, retry, path, tell } = this.#options;
    const backoff = new Backoff(retry);
    const startMs = clock.monotonicMs();
    for (let failed = false; ; failed = true) {
      try {
        await this.#attempt(way);
        this.failing = undefined;
        if (failed) tell(recovered(path, clock.monotonicMs() - startMs));
        return true;
      } catch (error) {
        if (!failed) tell(failing(path, error));
        this.failing = String(error);
      }
      if (this.#gaveUp.signal.aborted) return false;
      await clock.sleep(backoff.nextMs(), this.#gaveUp.signal);
      await this.#reopenIfAsked(way);
    }
  }

  async #attempt(way: Way): Promise<void> {
    const output = await this.#opened();
    await this.#endTornLine(output);
    if (way.doubtful) await this.#writeAgain(output, way);
    while (way.done < way.bytes.length) await this.#write(output, way);
    if (this.#nameSafe || !this.#options.syncs) return;
    await output.syncName();
    this.#nameSafe = true;
  }

  /** With sync, what was written is on the disk too. */
  async #write(output: Output, way: Way): Promise<void> {
    const { clock, syncs } = this.#options;
    const beganMs = clock.monotonicMs();
    try {
      const taken = await output.write(way.bytes.subarray(way.done));
      way.done += taken;
      this.#bytes += taken;
    } catch (error) {
      if (syncs) await this.#doubt(output, way);
      throw error;
    }
    syncs?.note((clock.monotonicMs() - beganMs) / 1000);
  }

  /** A write failed: what is in the file all the same was written and not synced. */
  async #doubt(output: Output, way: Way): Promise<void> {
    way.doubtful = true;
    const { bytes } = await output.look();
    const taken = bytes - this.#bytes;
    if (taken === 0) way.doubtful = false;
    if (taken < 0 || taken > way.bytes.length - way.done) return;
    way.done += taken;
    this.#bytes = bytes;
  }

  /** In its place where nobody else changed the file; else at its end: rather twice than not at all. */
  async #writeAgain(output: Output, way: Way): Promise<void> {
    const { bytes } = await output.look();
    if (bytes === this.#bytes && bytes >= way.done) {
      await output.rewrite(way.bytes.subarray(0, way.done), bytes - way.done);
      await output.sync();
    } else {
      this.#bytes = bytes;
      way.done = 0;
    }
    way.doubtful = false;
  }

  async #endTornLine(output: Output): Promise<void> {
    if (!this.#endsTorn) return;
    try {
      // Apart from the batch, which alone is written again where a sync fails.
      for (let done = 0; done < MARK.length; ) done += await output.write(MARK.subarray(done));
    } finally {
      this.#bytes = (await output.look()).bytes;
    }
    this.#endsTorn = false;
  }

  async #opened(): Promise<Output> {
    if (this.#output) return this.#output;
    await this.#options.slots?.enter();
    try {
      const output = await this.#openOutput();
      await this.#use(output);
      return output;
    } catch (error) {
      this.#options.slots?.leave();
      throw error;
    }
  }

  #openOutput(): Promise<Output> {
    const { openOutput, path, syncs } = this.#options;
    return openOutput(path, syncs !== undefined);
  }

  async #use(output: Output): Promise<void> {
    try {
      const { isFile, bytes, torn, bornMs } = await output.look();
      this.#isFile = isFile;
      this.#bytes = bytes;
      this.#endsTorn = torn;
      this.#nameSafe = false;
      this.#bornMs = bytes === 0 ? this.#options.clock.now().wallMs : bornMs;
    } catch (error) {
      await output.close();
      throw error;
    }
    this.#output = output;
  }

  /** While the disk fails, a SIGHUP may be what helps: the file was moved to make room. */
  async #reopenIfAsked(way: Way): Promise<void> {
    const asked = this.#queue.filter((entry) => 'reopen' in entry);
    if (asked.length === 0) return;
    this.#queue = this.#queue.filter((entry) => !('reopen' in entry));
    const old = this.#output;
    const kept = way.doubtful ? false : await isSynced(old);
    await this.#reopenNow(asked);
    if (this.#output === old) return;
    // Of what the old file has for certain, only a line that it has in part goes into the new one.
    way.done = kept ? startOfLine(way.bytes, way.done) : 0;
    way.doubtful = false;
  }

  async #reopenNow(asked: readonly Entry[]): Promise<void> {
    const { path, tell } = this.#options;
    const old = this.#output;
    // One that rests is opened anew with its next batch.
    if (old) {
      try {
        await this.#use(await this.#openOutput());
        await old.close();
      } catch (error) {
        tell(notReopened(path, error));
      }
    }
    for (const entry of asked) entry.done();
  }

  /** Between two batches, when all that the file holds is safe. */
  async #rotateIfDue(more: number): Promise<void> {
    const { rotation, path, clock } = this.#options;
    if (!rotation || !this.#output || !this.#isFile || this.#bytes === 0) return;
    const { wallMs } = clock.now();
    if (!rotation.isDue(path, this.#bytes + more, wallMs - this.#bornMs)) return;
    const old = this.#output;
    const rotated = await rotation.rotate(path, async () => this.#use(await this.#openOutput()));
    if (rotated) await old.close();
  }
}

/** What isn't to wait for others. */
function isUrgent(entry: Entry): boolean {
  return 'reopen' in entry || entry.awaited || entry.text.length >= WORTH_WRITING;
}

/** A file that takes no sync may not have what was written to it. */
function isSynced(output: Output | undefined): Promise<boolean> {
  if (!output) return Promise.resolve(false);
  return output.sync().then(
    () => true,
    () => false,
  );
}

/** Where the line begins that the byte at `at` belongs to, so that a new file gets it whole. */
function startOfLine(bytes: Buffer, at: number): number {
  return at === 0 ? 0 : bytes.lastIndexOf(NEWLINE, at - 1) + 1;
}

function failing(path: string, error: unknown): Notice {
  return {
    level: 'error',
    text: 'log file not written, senders wait until it is',
    fields: { file: path, error: String(error) },
  };
}

function notReopened(path: string, error: unknown): Notice {
  return {
    level: 'error',
    text: 'log file not reopened, the old one stays in use',
    fields: { file: path, error: String(error) },
  };
}

function recovered(path: string, failedMs: number): Notice {
  const fields = { file: path, failed_s: Math.round(failedMs / 1000) };
  return { level: 'info', text: 'log file written again, nothing was lost', fields };
}
