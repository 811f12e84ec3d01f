/** A guest's keeper and worker in the test's own process, with the real clock and real programs. */
import { join } from 'node:path';
import { ulid } from 'ulid';
import { onTestFinished } from 'vitest';
import { NO_GROUP } from '../../src/jobs/desk.ts';
import { Keeper } from '../../src/jobs/keeper.ts';
import { QUEUE_OPTIONS, type QueueSettings } from '../../src/jobs/options.ts';
import type { JobQueue } from '../../src/jobs/queue.ts';
import { work } from '../../src/jobs/worker.ts';
import { systemClock } from '../../src/system/clock.ts';
import { JOBS_SOCKET } from '../../src/wire/jobs.ts';
import { Endpoint } from '../support/endpoint.ts';
import { optionsFrom } from '../support/options.ts';
import { tempFolder } from '../support/temp.ts';

export const clock = systemClock();

export type Given = { readonly [K in keyof typeof QUEUE_OPTIONS]?: string };

export function settingsOf(url: string, given: Given = {}, vm = 'db7'): QueueSettings {
  const options = optionsFrom(QUEUE_OPTIONS, given);
  return { name: 'builds', url, vm, options, resultsFile: join(tempFolder(), 'results') };
}

/** Takes results until the test's end; `answers`: its first ones, where they aren't 201. */
export async function endpoint(...answers: readonly number[]): Promise<Endpoint> {
  const taker = await Endpoint.start();
  taker.answers.push(...answers);
  onTestFinished(() => taker.close());
  return taker;
}

export class Guest {
  readonly folder = tempFolder();
  readonly state = join(this.folder, 'jobs');
  readonly warnings: string[] = [];
  readonly informed: string[] = [];
  readonly story: string[] = [];
  /** How long each program took, by the worker. */
  readonly tookMs: (number | undefined)[] = [];
  readonly notices: object[] = [];
  mayBegin = true;
  /** Called when a job was begun; what it changes holds for the next one. */
  onBegan: () => void = () => undefined;
  #settings: QueueSettings;
  keeper: Keeper;
  #stopWork: (() => Promise<void>) | undefined;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.keeper = this.#newKeeper();
    onTestFinished(async () => {
      await this.#stopWork?.();
      await this.keeper.close();
    });
  }

  get queue(): JobQueue {
    const [queue] = this.keeper.queues;
    if (!queue) throw new Error('the keeper has no queue');
    return queue;
  }

  async start(): Promise<void> {
    await this.keeper.use([this.#settings]);
    this.startWork();
    await this.until(() => this.keeper.workerConnected);
  }

  startWork(): void {
    const stop = new AbortController();
    const socket = join(this.folder, JOBS_SOCKET);
    const done = work({ socket, clock, signal: stop.signal, say: () => undefined });
    this.#stopWork = async () => {
      stop.abort();
      await done;
    };
  }

  async stopWork(): Promise<void> {
    await this.#stopWork?.();
  }

  /** The daemon is away; the worker stays. */
  async stop(): Promise<void> {
    await this.keeper.close();
    this.keeper = this.#newKeeper();
  }

  /** As after a restart of the daemon, with another conf perhaps. */
  async restart(settings = this.#settings): Promise<void> {
    this.#settings = settings;
    await this.stop();
    await this.keeper.use([this.#settings]);
  }

  read(grades?: readonly string[]) {
    return this.queue.read(grades, AbortSignal.timeout(10_000));
  }

  /** Reads again and again until the page is worked off and put away. */
  async finish(): Promise<void> {
    await this.until(async () => {
      await this.read();
      return this.queue.claim === undefined && this.queue.last !== undefined;
    });
  }

  async until(what: () => boolean | Promise<boolean>): Promise<void> {
    const lastMs = clock.monotonicMs() + 20_000;
    while (!(await what())) {
      if (clock.monotonicMs() > lastMs) throw new Error(`in vain: ${this.warnings.join('; ')}`);
      await clock.sleep(10);
    }
  }

  #newKeeper(): Keeper {
    return this.keeperIn(this.folder);
  }

  keeperIn(runtime: string): Keeper {
    return new Keeper(this.state, runtime, {
      clock,
      newId: ulid,
      mayBegin: () => this.mayBegin,
      mayClaim: () => true,
      mayTend: () => true,
      began: async (_, __, job) => {
        this.story.push(`began ${job.line}`);
        this.onBegan();
        return true;
      },
      ended: async (_, end, tookMs) => {
        this.story.push(end);
        this.tookMs.push(tookMs);
      },
      notice: (queue, notice) => void this.notices.push({ queue, ...notice }),
      // Whether the group exists is the machine's business.
      warn: (_, problem) => void (problem === NO_GROUP || this.warnings.push(problem)),
      inform: (_, message) => void this.informed.push(message),
    });
  }
}
