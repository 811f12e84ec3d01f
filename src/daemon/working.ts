/**
 * The daemon's part in the jobs: its queues are read like probes, each job is journaled before it is
 * run and after its end, and none begins while the guest is about to leave. How pages are claimed
 * and jobs handed out stands in the jobs room.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfiguredQueue, Loaded, VmSettings } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import { acts } from '../core/clone.ts';
import type { Conf } from '../core/conf.ts';
import type { Happening } from '../core/events.ts';
import { gradesOf, mayBeginJob } from '../core/jobs.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import { jobsInHand } from '../core/work.ts';
import type { Notice } from '../jobs/delivery.ts';
import { handedQueue, takeOverQueue } from '../jobs/handed.ts';
import { Keeper } from '../jobs/keeper.ts';
import type { QueueOptions, QueueSettings } from '../jobs/options.ts';
import type { Job } from '../jobs/page.ts';
import type { End } from '../jobs/queue.ts';
import type { Probe } from '../probes/probe.ts';
import type { HandedQueues } from '../wire/clone.ts';
import type { JobsReport } from '../wire/control.ts';
import type { Resting } from './handing-over.ts';
import { jobsReport } from './jobs-report.ts';

export interface WorkingParts {
  readonly clock: Clock;
  /** An id that nothing had before. */
  newId(): string;
  state(): State;
  /** Whether nothing may begin yet, whatever the state says. */
  waits(): boolean;
  conf(): Conf;
  /** Undefined where the journal can't be written. */
  post(happening: Happening): Promise<unknown>;
  take(reading: Reading): Promise<void>;
  warn(message: string, queue: string | undefined): void;
  inform(message: string, queue: string): void;
}

/** Under the state folder. */
const FOLDER = 'jobs';

export class Working {
  readonly #keeper: Keeper;
  readonly #parts: WorkingParts;
  readonly #folder: string;
  #loaded: Loaded | undefined;
  /** Set while the queues are closed. */
  #resting: Resting | undefined;
  #ending = false;

  constructor({ state, runtime }: VmSettings, parts: WorkingParts) {
    this.#parts = parts;
    this.#folder = join(state, FOLDER);
    this.#keeper = new Keeper(this.#folder, runtime, {
      clock: parts.clock,
      newId: parts.newId,
      mayBegin: () =>
        !this.#ending && !parts.waits() && mayBeginJob(parts.state(), parts.conf(), this.#now()),
      mayClaim: () => parts.state().origin === undefined,
      mayTend: () => acts(parts.state()) && !parts.waits(),
      began: (queue, key, job) => this.#began(queue, key, job),
      ended: (key, end, tookMs) => this.#ended(key, end, tookMs),
      notice: (queue, notice) => void this.#notice(queue, notice),
      warn: (queue, problem) => parts.warn(problem, queue),
      inform: (queue, message) => parts.inform(message, queue),
    });
  }

  /** Rejects with SocketError where the worker can't be let in. */
  async begin(loaded: Loaded): Promise<void> {
    await this.#use(loaded);
    await this.#endUnknown();
  }

  /** Where the worker can't be let in, the first queue of a conf waits for the next reload. */
  async use(loaded: Loaded): Promise<void> {
    try {
      await this.#use(loaded);
    } catch (error) {
      this.#parts.warn(`the queues of this conf aren't used: ${String(error)}`, undefined);
    }
  }

  async #use(loaded: Loaded): Promise<void> {
    this.#loaded = loaded;
    await this.#keeper.use(loaded.queues.map((queue) => settingsOf(queue, loaded)));
    this.nudge();
  }

  /**
   * Where nothing may begin any more, and nothing is in hand: closes the queues, and says how they
   * stand. Undefined: something is still in hand.
   */
  async rest(): Promise<Resting | undefined> {
    if (this.#resting) return this.#resting;
    const jobs = this.#keeper.queues.reduce((sum, { page }) => sum + (page?.jobs.length ?? 0), 0);
    if (!(await this.#keeper.rest())) return undefined;
    const names = this.#loaded?.queues.map(({ name }) => name) ?? [];
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    const each = names.map((name) => [name, handedQueue(this.#folder, name)]);
    this.#resting = { jobs, queues: Object.fromEntries(each) };
    return this.#resting;
  }

  /** Only while they rest. Queues that this conf doesn't name are let go. */
  async takeOver(queues: HandedQueues): Promise<void> {
    for (const { name } of this.#loaded?.queues ?? []) {
      const handed = queues[name];
      if (handed) await takeOverQueue(this.#folder, name, handed);
    }
  }

  /** It is this guest's turn again. */
  async wake(): Promise<void> {
    if (!this.#resting) return;
    this.#resting = undefined;
    this.#keeper.wake();
    if (this.#loaded) await this.use(this.#loaded);
  }

  /** Its readings are those of a probe. */
  probe(name: string): Probe {
    return {
      read: async (signal) => {
        const { handedOver } = this.#parts.state();
        if (!acts(this.#parts.state())) {
          return {
            missing: handedOver ? `handed over to ${handedOver.to}` : 'not handed over yet',
          };
        }
        if (this.#parts.waits()) return { missing: 'not known yet whether a clone acts' };
        const queue = this.#keeper.find(name);
        if ('problem' in queue) return { missing: queue.problem };
        return queue.read(gradesOf(name, this.#parts.conf()), signal);
      },
      close: async () => undefined,
    };
  }

  report(): JobsReport {
    return jobsReport({
      at: this.#now(),
      state: this.#parts.state(),
      conf: this.#parts.conf(),
      keeper: this.#keeper,
    });
  }

  /** Something has changed that may let a job begin. */
  nudge(): void {
    this.#keeper.nudge();
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#keeper.close();
  }

  /** Whoever held these jobs, the ledgers know nothing of them: they were lost with a folder. */
  async #endUnknown(): Promise<void> {
    const known = new Set(
      this.#keeper.queues.flatMap(({ inHand }) => inHand.map(({ key }) => key)),
    );
    const all = jobsInHand(this.#parts.state(), this.#now());
    for (const { job } of all.filter((each) => !known.has(each.job))) {
      await this.#parts.post({ at: this.#now(), type: 'job-ended', job, ok: false });
    }
  }

  async #began(queue: string, key: string, { grade }: Job): Promise<boolean> {
    const at = this.#now();
    const happening = { at, type: 'job-began', job: key, grade: `grade ${grade}`, queue } as const;
    return (await this.#parts.post(happening)) !== undefined;
  }

  async #ended(key: string, end: End, tookMs: number | undefined): Promise<void> {
    const took = tookMs === undefined ? {} : { tookMs };
    const at = this.#now();
    await this.#parts.post({ at, type: 'job-ended', job: key, ok: end === 'ok', ...took });
    await this.#readWhereAwaited();
  }

  async #notice(queue: string, notice: Notice): Promise<void> {
    const { type, reason } = notice;
    const at = this.#now();
    const { post } = this.#parts;
    if (type === 'results-waiting') {
      await post({ at, type, queue, since_ms: notice.sinceMs, reason });
    } else {
      await post({ at, type, queue, job: notice.key, file: notice.file, reason });
    }
  }

  /** The guest leaves after a reading that still wants it to: it need not wait for the next. */
  async #readWhereAwaited(): Promise<void> {
    const at = this.#now();
    const { state, conf, take } = this.#parts;
    if (jobsInHand(state(), at).length > 0 || state().request) return;
    if (mayBeginJob(state(), conf(), at)) return;
    for (const queue of this.#keeper.queues) {
      const value = queue.waiting(gradesOf(queue.name, conf()));
      if (queue.claim) await take({ probe: queue.name, at: this.#now(), value });
    }
  }

  #now(): Stamp {
    return this.#parts.clock.now();
  }
}

function settingsOf({ name, url, options }: ConfiguredQueue, { rules, vm }: Loaded): QueueSettings {
  const resultsFile = join(vm.state, FOLDER, `${name}.results`);
  return { name, url, vm: rules.vm, options: options as QueueOptions, resultsFile };
}
