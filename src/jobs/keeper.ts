/**
 * All queues of the conf and the desk at which their jobs are handed out: what the daemon needs to
 * know of this room. It keeps its files in a folder of its own, which goes along when the guest moves.
 */
import { mkdir } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { oneLine } from '../system/said.ts';
import type { Notice } from './delivery.ts';
import { Desk } from './desk.ts';
import { LedgerError } from './ledger.ts';
import type { QueueSettings } from './options.ts';
import type { Job } from './page.ts';
import { type End, JobQueue } from './queue.ts';

export interface KeeperParts {
  readonly clock: Clock;
  /** An id that nothing had before. */
  newId(): string;
  /** Whether a page may be claimed and a job begun now. */
  mayBegin(): boolean;
  /** Whether pages may be claimed besides: a clone works on what it was handed. */
  mayClaim(): boolean;
  /** Whether the pages are this guest's to claim and to put away. */
  mayTend(): boolean;
  /** Told before a job is run; false where that can't be recorded now, and it isn't begun. */
  began(queue: string, key: string, job: Job): Promise<boolean>;
  /** Its program has ended; how long it took, by the worker, where that is known. */
  ended(key: string, end: End, tookMs: number | undefined): Promise<void>;
  /** Something that people are to be alerted to. */
  notice(queue: string, notice: Notice): void;
  /** Something an administrator should know, said once. */
  warn(queue: string | undefined, problem: string): void;
  /** That something is well again. */
  inform(queue: string, message: string): void;
}

interface Kept {
  readonly fingerprint: string;
  readonly queue: JobQueue;
}

export interface Unopened {
  readonly settings: QueueSettings;
  readonly problem: string;
}

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #folder: string;
  readonly #runtime: string;
  readonly #desk: Desk;
  #listening = false;
  #resting = false;
  #kept: readonly Kept[] = [];
  #unopened: readonly Unopened[] = [];
  /** As the conf has them. */
  #names: readonly string[] = [];

  /** `folder` is for the ledgers and the copies of pages, `runtime` for the worker's socket. */
  constructor(folder: string, runtime: string, parts: KeeperParts) {
    this.#folder = folder;
    this.#runtime = runtime;
    this.#parts = parts;
    this.#desk = new Desk({
      queues: () => this.queues,
      mayBegin: () => parts.mayBegin(),
      began: (queue, key, job) => parts.began(queue, key, job),
      ended: (key, end, tookMs) => parts.ended(key, end, tookMs),
      warn: (problem) => parts.warn(undefined, problem),
    });
  }

  /** In the order of the conf. */
  get queues(): readonly JobQueue[] {
    return this.#kept.map(({ queue }) => queue).toSorted(this.#byPlace((queue) => queue.name));
  }

  /** Those that are open and those that aren't, in the order of the conf. */
  get all(): readonly (JobQueue | Unopened)[] {
    const all = [...this.queues, ...this.#unopened];
    return all.toSorted(this.#byPlace(({ settings }) => settings.name));
  }

  get workerConnected(): boolean {
    return this.#desk.connected;
  }

  /** The queue of that name, or why it isn't there. */
  find(name: string): JobQueue | { readonly problem: string } {
    const queue = this.queues.find((each) => each.name === name);
    if (queue) return queue;
    const unopened = this.#unopened.find(({ settings }) => settings.name === name);
    return { problem: unopened?.problem ?? 'no such queue' };
  }

  /**
   * Queues that changed begin anew from their ledgers; the others go on undisturbed. The first one
   * opens the desk: it rejects with SocketError where nobody can listen, and nothing has changed. A
   * queue that can't be opened holds up no other; the next call tries again.
   */
  async use(all: readonly QueueSettings[]): Promise<void> {
    if (this.#resting) return;
    const wanted = new Map(all.map((settings) => [JSON.stringify(settings), settings]));
    const staying = this.#kept.filter(({ fingerprint }) => wanted.has(fingerprint));
    const going = this.#kept.filter((kept) => !staying.includes(kept));
    for (const { fingerprint } of staying) wanted.delete(fingerprint);
    this.#unopened = [];
    this.#names = all.map(({ name }) => name);
    if (going.length + wanted.size === 0) return;
    // A worker that came meanwhile would be told to let go of what it holds: it would be nobody's.
    this.#desk.pause();
    try {
      await this.#openDesk();
      await mkdir(this.#folder, { recursive: true, mode: 0o750 });
      this.#kept = staying;
      await Promise.all(going.map(({ queue }) => queue.close()));
      for (const [fingerprint, settings] of wanted) this.#open(fingerprint, settings);
    } finally {
      this.#desk.resume();
    }
  }

  #byPlace<T>(nameOf: (one: T) => string) {
    const place = (one: T) => this.#names.indexOf(nameOf(one));
    return (one: T, other: T) => place(one) - place(other);
  }

  /**
   * Closes every queue until `wake`, where nothing is in hand; false where something still is. To be
   * called where nothing may begin any more.
   */
  async rest(): Promise<boolean> {
    if (this.#resting) return true;
    if (this.queues.some(({ inHand }) => inHand.length > 0)) return false;
    this.#resting = true;
    const closing = this.queues;
    this.#kept = [];
    await Promise.all(closing.map((queue) => queue.close()));
    return true;
  }

  /** Queues can be used again. */
  wake(): void {
    this.#resting = false;
  }

  async #openDesk(): Promise<void> {
    if (this.#listening) return;
    await mkdir(this.#runtime, { recursive: true, mode: 0o755 });
    await this.#desk.open(this.#runtime);
    this.#listening = true;
  }

  #open(fingerprint: string, settings: QueueSettings): void {
    try {
      this.#kept = [...this.#kept, { fingerprint, queue: this.#openQueue(settings) }];
    } catch (error) {
      const why = error instanceof LedgerError ? error.message : oneLine(String(error));
      const problem = `can't be opened, until the next reload: ${why}`;
      this.#unopened = [...this.#unopened, { settings, problem }];
      this.#parts.warn(settings.name, problem);
    }
  }

  /** There may be something to hand out: a move has ended, for one. */
  nudge(): void {
    this.#desk.serve();
  }

  /** The worker finishes what it has in hand, and brings the results when the daemon is back. */
  async close(): Promise<void> {
    if (this.#listening) await this.#desk.close();
    await Promise.all(this.queues.map((queue) => queue.close()));
  }

  #openQueue(settings: QueueSettings): JobQueue {
    const { clock, newId, mayBegin, mayClaim, mayTend, warn, inform, notice } = this.#parts;
    return new JobQueue(settings, this.#folder, {
      clock,
      newId,
      // Without a worker the page had better stay for a guest that has one.
      mayClaim: () => this.#desk.connected && mayBegin() && mayClaim(),
      mayTend,
      nudge: () => this.#desk.serve(),
      warn: (problem) => warn(settings.name, problem),
      inform: (message) => inform(settings.name, message),
      notice: (told) => notice(settings.name, told),
    });
  }
}
