/**
 * All queues of the conf and the desk at which their jobs are handed out: what the daemon needs to
 * know of this room. It keeps its files in a folder of its own, which goes along when the guest moves.
 */
import { mkdir } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { Desk } from './desk.ts';
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
  ended(key: string, end: End): Promise<void>;
  /** Something an administrator should know, said once. */
  warn(queue: string | undefined, problem: string): void;
}

interface Kept {
  readonly fingerprint: string;
  readonly queue: JobQueue;
}

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #folder: string;
  readonly #runtime: string;
  readonly #desk: Desk;
  #open = false;
  #resting = false;
  #kept: readonly Kept[] = [];

  /** `folder` is for the ledgers and the copies of pages, `runtime` for the worker's socket. */
  constructor(folder: string, runtime: string, parts: KeeperParts) {
    this.#folder = folder;
    this.#runtime = runtime;
    this.#parts = parts;
    this.#desk = new Desk({
      queues: () => this.queues,
      mayBegin: () => parts.mayBegin(),
      began: (queue, key, job) => parts.began(queue, key, job),
      ended: (key, end) => parts.ended(key, end),
      warn: (problem) => parts.warn(undefined, problem),
    });
  }

  get queues(): readonly JobQueue[] {
    return this.#kept.map(({ queue }) => queue);
  }

  get workerConnected(): boolean {
    return this.#desk.connected;
  }

  /**
   * Queues that changed begin anew from their ledgers; the others go on undisturbed. The first one
   * opens the desk. Rejects with SocketError where nobody can listen.
   */
  async use(all: readonly QueueSettings[]): Promise<void> {
    if (this.#resting) return;
    const wanted = new Map(all.map((settings) => [JSON.stringify(settings), settings]));
    const staying = this.#kept.filter(({ fingerprint }) => wanted.has(fingerprint));
    const going = this.#kept.filter((kept) => !staying.includes(kept));
    for (const { fingerprint } of staying) wanted.delete(fingerprint);
    if (going.length + wanted.size === 0) return;
    // A result that came meanwhile would be nobody's.
    this.#desk.pause();
    await Promise.all(going.map(({ queue }) => queue.close()));
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    const fresh = [...wanted].map(([fingerprint, settings]) => {
      return { fingerprint, queue: this.#openQueue(settings) };
    });
    this.#kept = [...staying, ...fresh];
    await this.#openDesk();
    this.#desk.resume();
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
    if (this.#open) return;
    await mkdir(this.#runtime, { recursive: true, mode: 0o755 });
    await this.#desk.open(this.#runtime);
    this.#open = true;
  }

  /** There may be something to hand out: a move has ended, for one. */
  nudge(): void {
    this.#desk.serve();
  }

  /** The worker finishes what it has in hand, and brings the results when the daemon is back. */
  async close(): Promise<void> {
    if (this.#open) await this.#desk.close();
    await Promise.all(this.queues.map((queue) => queue.close()));
  }

  #openQueue(settings: QueueSettings): JobQueue {
    const { clock, newId, mayBegin, mayClaim, mayTend, warn } = this.#parts;
    return new JobQueue(settings, this.#folder, {
      clock,
      newId,
      // Without a worker the page had better stay for a guest that has one.
      mayClaim: () => this.#desk.connected && mayBegin() && mayClaim(),
      mayTend,
      nudge: () => this.#desk.serve(),
      warn: (problem) => warn(settings.name, problem),
    });
  }
}
