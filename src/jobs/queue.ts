/**
 * The jobs of one queue: which is next, which are in a worker's hand, and what their ends mean. A job
 * is done when its result was accepted and the ledger says so; until then it can be handed out
 * again. Payloads pass through here unread.
 */
import { jobKey } from '../core/job-key.ts';
import { Backoff } from '../system/backoff.ts';
import { withDeadline } from '../system/deadline.ts';
import { oneLine } from '../system/said.ts';
import type { Ending, JobResult, Run } from '../wire/jobs.ts';
import { AGAIN, Delivery, type DeliveryParts } from './delivery.ts';
import { Holding, type HoldingParts } from './holding.ts';
import type { Claim, LedgerEntry } from './ledger.ts';
import type { QueueSettings } from './options.ts';
import type { Job } from './page.ts';
import { judge, lostResult, resultOf } from './verdict.ts';

export interface QueueParts extends HoldingParts, DeliveryParts {
  /** Whether a page may be claimed now. */
  mayClaim(): boolean;
  /** Whether the pages are this guest's to claim and to put away: not while its clone acts. */
  mayTend(): boolean;
  /** There may be jobs to hand out again. */
  nudge(): void;
}

/** A job that a worker has, as far as is known. */
export interface InHand {
  readonly key: string;
  readonly job: Job;
  /** Absent where an earlier life of the daemon handed it out. */
  readonly sinceMs?: number;
}

/** What a run of a job came to; `again`: it waits to be handed out once more. */
export type End = JobResult['status'] | 'again';

/** A run that has ended, and what is still to be done about it. */
export interface Closing {
  readonly key: string;
  readonly end: End;
  /** By the worker; absent where nobody measured it. */
  readonly tookMs?: number;
  /**
   * Records the end, once nobody needs the result any more; the job is in hand until then. False
   * where the daemon ends before. Never rejects, and is called once.
   */
  settle(): Promise<boolean>;
}

/** Why no program can be run. */
interface ProgramTrouble {
  readonly trouble: string;
  readonly backoff: Backoff;
  /** Until it is time to try again. */
  resting: boolean;
}

/** To put a page away and claim the next. */
const TENDING_MS = 60_000;

export class JobQueue {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly #parts: QueueParts;
  readonly #holding: Holding;
  readonly #delivery: Delivery;
  readonly #inHand = new Map<string, InHand>();
  /** Jobs in hand whose run has ended, by their ids. */
  readonly #closing = new Map<string, End>();
  readonly #ending = new AbortController();
  /** No job before this one waits. */
  #cursor = 0;
  #tending: Promise<string | undefined> | undefined;
  /** Why no page is found, claimed or put away; why the end of a job can't be recorded. */
  #pageTrouble: string | undefined;
  #ledgerTrouble: string | undefined;
  #program: ProgramTrouble | undefined;

  constructor(settings: QueueSettings, folder: string, parts: QueueParts) {
    this.name = settings.name;
    this.settings = settings;
    this.#parts = parts;
    this.#holding = new Holding(settings, folder, parts);
    this.#delivery = new Delivery(settings, folder, parts, this.#ending.signal);
    this.#remember();
  }

  get claim(): Claim | undefined {
    return this.#holding.page && this.#holding.ledger.claim;
  }

  get page() {
    return this.#holding.page;
  }

  get last() {
    return this.#holding.ledger.last;
  }

  /** Why things don't go on, while they don't. */
  get trouble(): string | undefined {
    const { trouble } = this.#delivery;
    return this.#ledgerTrouble ?? trouble ?? this.#program?.trouble ?? this.#pageTrouble;
  }

  get inHand(): readonly InHand[] {
    return [...this.#inHand.values()];
  }

  /**
   * Claims, or puts away, where it is time to. Then the number of jobs that are still to be run and
   * have one of these grades; or, where a page can't be seen, why.
   */
  async read(
    grades: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly value: number } | { readonly missing: string }> {
    // Whoever tends it already may have more time than this reading.
    const trouble = this.#tending ? 'its page is being looked for' : await this.#tend(signal);
    if (!this.page && trouble !== undefined) return { missing: trouble };
    return { value: this.waiting(grades) };
  }

  /** All that aren't done are counted at once; those of some grades by going through the page. */
  unfinished(grades?: readonly string[]): number {
    const { page, claim } = this;
    if (!page || !claim) return 0;
    if (grades === undefined) return this.#holding.left;
    return page.jobs.filter(({ id, grade }) => !claim.done.has(id) && grades.includes(grade))
      .length;
  }

  /** Those whose program has yet to end: a result that waits is no work any more. */
  waiting(grades?: readonly string[]): number {
    const ended = this.inHand.filter(
      ({ job }) =>
        (this.#closing.get(job.id) ?? 'again') !== 'again' &&
        (grades === undefined || grades.includes(job.grade)),
    );
    return this.unfinished(grades) - ended.length;
  }

  /** The next job to run, and its key; it is in hand from now on. Throws where the disk is full. */
  take(): { readonly job: Job; readonly run: Run } | undefined {
    const { page, claim } = this;
    if (!page || !claim || this.#inHand.size >= this.#sideBySide()) return undefined;
    const job = this.#next(page.jobs, claim);
    if (!job) return undefined;
    const run = this.#run(job, claim, page.payload(job));
    this.#holding.ledger.append({ type: 'began', job: job.id }, 'later');
    this.#inHand.set(job.id, { key: run.key, job, sinceMs: this.#parts.clock.now().wallMs });
    return { job, run };
  }

  /** It was taken, and never reached a worker. */
  takeBack(job: Job): void {
    this.#putBack(job);
  }

  /** Whether the key is of a job that this queue has and that isn't done. */
  owns(key: string): boolean {
    return this.#jobOf(key) !== undefined;
  }

  /**
   * A worker that has come says which jobs it has; any other that was in hand is lost. What becomes
   * of those.
   */
  reconcile(holding: ReadonlySet<string>): readonly Closing[] {
    const { claim } = this;
    if (!claim) return [];
    for (const key of holding) {
      const job = this.#jobOf(key);
      if (job && !this.#inHand.has(job.id)) this.#inHand.set(job.id, { key, job });
    }
    return this.inHand
      .filter(({ key, job }) => !holding.has(key) && !this.#closing.has(job.id))
      .map((gone) => this.#lose(gone, claim));
  }

  /** A program has ended; undefined where that was told before, and isn't settled yet. */
  ended(key: string, ending: Ending): Closing | undefined {
    const { claim } = this;
    const job = this.#jobOf(key);
    if (!job || !claim || this.#closing.has(job.id)) return undefined;
    if (ending.no_program) return this.#cannotRun(key, job, ending.not_started ?? '');
    this.#program = undefined;
    const failures = claim.failures.get(job.id) ?? 0;
    const took = { tookMs: ending.took_ms };
    if (!judge(ending).ok && failures < this.settings.options.retries) {
      return { ...this.#again(key, job, { type: 'tried', job: job.id, end: 'failed' }), ...took };
    }
    const attempts = failures + (claim.losses.get(job.id) ?? 0) + 1;
    return { ...this.#finish(job, resultOf(this.#owner(key), job, ending, attempts)), ...took };
  }

  /** Lets a claim that is under way end; what is in hand stays there. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#tending;
    this.#holding.close();
  }

  /** One tries whether the program is there by now. */
  #sideBySide(): number {
    if (this.#program?.resting) return 0;
    return this.#program ? 1 : this.settings.options.workers;
  }

  /** It isn't the job's fault: none is handed out for a while, and then this one again. */
  #cannotRun(key: string, job: Job, reason: string): Closing {
    const trouble = `jobs can't be run: ${oneLine(reason)} (exec)`;
    const backoff = this.#program?.backoff ?? new Backoff(AGAIN);
    if (this.#program?.trouble !== trouble) this.#parts.warn(trouble);
    if (!this.#program?.resting) {
      const program = { trouble, backoff, resting: true };
      this.#program = program;
      void this.#parts.clock.sleep(backoff.nextMs(), this.#ending.signal).then(() => {
        program.resting = false;
        this.#parts.nudge();
      });
    }
    return this.#again(key, job);
  }

  #remember(): void {
    const { page, claim } = this;
    for (const id of claim?.began ?? []) {
      const job = page?.jobs[page.indexOf(id) ?? -1];
      if (job && claim) this.#inHand.set(id, { key: keyOf(claim, job), job });
    }
  }

  /** One at a time: who comes while it is done gets the same answer. */
  #tend(signal: AbortSignal): Promise<string | undefined> {
    const parents = [signal, this.#ending.signal];
    const tend = (bound: AbortSignal) => this.#tendNow(bound);
    this.#tending ??= withDeadline(TENDING_MS, parents, this.#parts.clock, tend).finally(() => {
      this.#tending = undefined;
    });
    return this.#tending;
  }

  async #tendNow(signal: AbortSignal): Promise<string | undefined> {
    this.#pageTrouble = await this.#tendOnce(signal).catch(messageOf);
    this.#parts.nudge();
    return this.#pageTrouble;
  }

  async #tendOnce(signal: AbortSignal): Promise<string | undefined> {
    if (!this.#parts.mayTend()) return undefined;
    if (this.page && this.unfinished() > 0) return undefined;
    const unreleased = await this.#holding.release(signal);
    if (unreleased !== undefined) return `can't be put away: ${unreleased}`;
    const trouble = await this.#holding.find(() => this.#parts.mayClaim(), signal);
    this.#cursor = 0;
    return trouble;
  }

  #next(jobs: readonly Job[], claim: Claim): Job | undefined {
    while (this.#cursor < jobs.length) {
      const job = jobs[this.#cursor];
      if (job && !claim.done.has(job.id) && !this.#inHand.has(job.id)) return job;
      this.#cursor += 1;
    }
    return undefined;
  }

  #run(job: Job, claim: Claim, payload: string): Run {
    const { exec, payload: give, job_timeout, max_output } = this.settings.options;
    // Programs that read lines, bc among them, want the last one ended.
    const given = give === 'stdin' && !payload.endsWith('\n') ? `${payload}\n` : payload;
    return {
      type: 'run',
      key: keyOf(claim, job),
      argv: exec,
      payload: Buffer.from(given).toString('base64'),
      give,
      timeout_ms: job_timeout,
      max_output,
    };
  }

  /** Of a job that isn't done. */
  #jobOf(key: string): Job | undefined {
    const { page, claim } = this;
    if (!page || !claim || !key.startsWith(`${claim.id}-`)) return undefined;
    const id = key.slice(claim.id.length + 1);
    return claim.done.has(id) ? undefined : page.jobs[page.indexOf(id) ?? -1];
  }

  #owner(key: string) {
    return { vm: this.settings.vm, queue: this.name, key };
  }

  #putBack(job: Job): void {
    this.#inHand.delete(job.id);
    this.#cursor = Math.min(this.#cursor, this.page?.indexOf(job.id) ?? 0);
  }

  /** Where the daemon has ended too, the guest has: that says nothing against the job. */
  #lose({ key, job, sinceMs }: InHand, claim: Claim): Closing {
    if (sinceMs === undefined) return this.#again(key, job);
    const losses = (claim.losses.get(job.id) ?? 0) + 1;
    const lost = { type: 'tried', job: job.id, end: 'lost' } as const;
    if (losses < this.settings.options.losses) return this.#again(key, job, lost);
    const attempts = losses + (claim.failures.get(job.id) ?? 0);
    return this.#finish(job, lostResult(this.#owner(key), job, attempts), lost);
  }

  #again(key: string, job: Job, tried?: LedgerEntry): Closing {
    this.#closing.set(job.id, 'again');
    const settle = async () => {
      if (tried && !(await this.#record(tried))) return false;
      this.#closing.delete(job.id);
      this.#putBack(job);
      return true;
    };
    return { key, end: 'again', settle };
  }

  #finish(job: Job, result: JobResult, tried?: LedgerEntry): Closing {
    const { key, status } = result;
    this.#closing.set(job.id, status);
    const settle = async () => {
      if (tried && !(await this.#record(tried))) return false;
      const taken = await this.#delivery.deliver(result);
      if (taken === undefined) return false;
      const done = { type: 'done', job: job.id } as const;
      const known = taken === 'taken' ? status : taken;
      if (!(await this.#record({ ...done, status: known }))) return false;
      this.#closing.delete(job.id);
      this.#inHand.delete(job.id);
      // The page need not wait for the next reading.
      if (this.unfinished() === 0) void this.#tend(this.#ending.signal);
      return true;
    };
    return { key, end: status, settle };
  }

  /** However long the disk is full; false where the daemon ends before. */
  async #record(entry: LedgerEntry): Promise<boolean> {
    const { signal } = this.#ending;
    const backoff = new Backoff(AGAIN);
    for (;;) {
      const trouble = this.#append(entry);
      if (trouble === undefined || signal.aborted) {
        this.#ledgerTrouble = undefined;
        return trouble === undefined;
      }
      if (this.#ledgerTrouble === undefined) this.#parts.warn(trouble);
      this.#ledgerTrouble = trouble;
      await this.#parts.clock.sleep(backoff.nextMs(), signal);
    }
  }

  #append(entry: LedgerEntry): string | undefined {
    try {
      this.#holding.ledger.append(entry);
      return undefined;
    } catch (error) {
      return `the end of a job can't be recorded: ${messageOf(error)}`;
    }
  }
}

function keyOf({ id }: Claim, job: Job): string {
  return jobKey(id, job.id);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
