/**
 * The jobs of one queue: which is next, which are in a worker's hand, and what becomes of a result.
 * A job is done when its result was accepted and the ledger says so; until then it can be handed
 * out again. Payloads pass through here unread.
 */
import { withDeadline } from '../system/deadline.ts';
import type { Ending, JobResult, Run } from '../wire/jobs.ts';
import { Holding, type HoldingParts } from './holding.ts';
import type { Claim, JobStatus } from './ledger.ts';
import type { QueueSettings } from './options.ts';
import type { Job } from './page.ts';
import { type Deliver, deliverTo } from './results.ts';
import { judge, lostResult, resultOf } from './verdict.ts';

export interface QueueParts extends HoldingParts {
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

/** What became of a job that was in hand; `again`: it waits to be handed out once more. */
export type End = JobStatus | 'again';

const DELIVERY_MS = 30_000;
/** To put a page away and claim the next, between two readings. */
const TENDING_MS = 60_000;
/** Between two tries to get rid of a result; it doubles. */
const DELIVER_AGAIN_MS = 500;
const DELIVER_AGAIN_MAX_MS = 60_000;

export class JobQueue {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly #parts: QueueParts;
  readonly #holding: Holding;
  readonly #deliver: Deliver;
  readonly #inHand = new Map<string, InHand>();
  readonly #delivering = new Set<string>();
  readonly #ending = new AbortController();
  /** No job before this one waits. */
  #cursor = 0;
  #tending: Promise<string | undefined> | undefined;
  /** Why no page is found, claimed or put away; why results aren't accepted. */
  #pageTrouble: string | undefined;
  #resultTrouble: string | undefined;

  constructor(settings: QueueSettings, folder: string, parts: QueueParts) {
    this.name = settings.name;
    this.settings = settings;
    this.#parts = parts;
    this.#holding = new Holding(settings, folder, parts);
    this.#deliver = deliverTo(settings, parts.clock);
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
    return this.#resultTrouble ?? this.#pageTrouble;
  }

  get inHand(): readonly InHand[] {
    return [...this.#inHand.values()];
  }

  /**
   * Claims, or puts away, where it is time to. Then the number of jobs that aren't done and have one
   * of these grades; or, where a page can't be seen, why.
   */
  async read(
    grades: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly value: number } | { readonly missing: string }> {
    // Whoever tends it already may have more time than this reading.
    const trouble = this.#tending ? 'its page is being looked for' : await this.#tend(signal);
    if (!this.page && trouble !== undefined) return { missing: trouble };
    return { value: this.unfinished(grades) };
  }

  /** All that aren't done are counted at once; those of some grades by going through the page. */
  unfinished(grades?: readonly string[]): number {
    const { page, claim } = this;
    if (!page || !claim) return 0;
    if (grades === undefined) return this.#holding.left;
    return page.jobs.filter(({ id, grade }) => !claim.done.has(id) && grades.includes(grade))
      .length;
  }

  /** The next job to run, and its key; it is in hand from now on. Throws where the disk is full. */
  take(): { readonly job: Job; readonly run: Run } | undefined {
    const { page, claim } = this;
    if (!page || !claim || this.#inHand.size >= this.settings.options.workers) return undefined;
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
   * A worker that has come says which jobs it has; any other that was in hand is lost. The keys of
   * those, with what became of them.
   */
  reconcile(
    holding: ReadonlySet<string>,
  ): readonly { readonly key: string; readonly end: Promise<End | undefined> }[] {
    const { claim } = this;
    if (!claim) return [];
    for (const key of holding) {
      const job = this.#jobOf(key);
      if (job && !this.#inHand.has(job.id)) this.#inHand.set(job.id, { key, job });
    }
    return this.inHand
      .filter(({ key, job }) => !holding.has(key) && !this.#delivering.has(job.id))
      .map((gone) => ({ key: gone.key, end: this.#lose(gone, claim) }));
  }

  /**
   * A program has ended. Settles when its result was accepted, or it is to be run again; undefined
   * where that isn't settled here: the daemon ends, or the same result is under way already.
   */
  async ended(key: string, ending: Ending): Promise<End | undefined> {
    const { claim } = this;
    const job = this.#jobOf(key);
    if (!job || !claim) return undefined;
    const failures = claim.failures.get(job.id) ?? 0;
    if (!judge(ending).ok && failures < this.settings.options.retries) {
      this.#holding.ledger.append({ type: 'tried', job: job.id, end: 'failed' });
      this.#putBack(job);
      return 'again';
    }
    const attempts = failures + (claim.losses.get(job.id) ?? 0) + 1;
    return this.#finish(job, resultOf(this.#owner(key), job, ending, attempts));
  }

  /** Lets a claim that is under way end; what is in hand stays there. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#tending;
    this.#holding.close();
  }

  #remember(): void {
    const { page, claim } = this;
    for (const id of claim?.began ?? []) {
      const job = page?.jobs[page.indexOf(id) ?? -1];
      if (job && claim) this.#inHand.set(id, { key: keyOf(claim, job), job });
    }
  }

  /** The page is done: it need not wait for the next reading. */
  #tendAlone(): Promise<unknown> {
    const tend = (signal: AbortSignal) => this.#tend(signal);
    return withDeadline(TENDING_MS, this.#ending.signal, this.#parts.clock, tend);
  }

  /** One at a time: who comes while it is done gets the same answer. */
  #tend(signal: AbortSignal): Promise<string | undefined> {
    this.#tending ??= this.#tendNow(signal).finally(() => {
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
  async #lose({ job, sinceMs }: InHand, claim: Claim): Promise<End | undefined> {
    if (sinceMs === undefined) {
      this.#putBack(job);
      return 'again';
    }
    this.#holding.ledger.append({ type: 'tried', job: job.id, end: 'lost' });
    const losses = claim.losses.get(job.id) ?? 0;
    if (losses < this.settings.options.losses) {
      this.#putBack(job);
      return 'again';
    }
    const attempts = losses + (claim.failures.get(job.id) ?? 0);
    return this.#finish(job, lostResult(this.#owner(keyOf(claim, job)), job, attempts));
  }

  /** Until the result was accepted, however long that takes; it stays in hand so long. */
  async #finish(job: Job, result: JobResult): Promise<JobStatus | undefined> {
    if (this.#delivering.has(job.id)) return undefined;
    this.#delivering.add(job.id);
    try {
      if (!(await this.#deliverAtLast(job, result))) return undefined;
    } finally {
      this.#delivering.delete(job.id);
    }
    this.#inHand.delete(job.id);
    if (this.unfinished() === 0) void this.#tendAlone();
    return result.status;
  }

  /** False where the daemon ends before. */
  async #deliverAtLast(job: Job, result: JobResult): Promise<boolean> {
    const { signal } = this.#ending;
    let waitMs = DELIVER_AGAIN_MS;
    for (;;) {
      const trouble = await this.#deliverOnce(job, result);
      if (trouble === undefined) return true;
      if (signal.aborted) return false;
      if (this.#resultTrouble === undefined) this.#parts.warn(trouble);
      this.#resultTrouble = trouble;
      await this.#parts.clock.sleep(waitMs, signal);
      waitMs = Math.min(2 * waitMs, DELIVER_AGAIN_MAX_MS);
    }
  }

  async #deliverOnce(job: Job, result: JobResult): Promise<string | undefined> {
    const deliver = (signal: AbortSignal) => this.#deliver(result, signal);
    const { clock } = this.#parts;
    const refused = await withDeadline(DELIVERY_MS, this.#ending.signal, clock, deliver);
    if (refused !== undefined) return `the result of line ${job.line} isn't accepted: ${refused}`;
    try {
      this.#holding.ledger.append({ type: 'done', job: job.id, status: result.status });
    } catch (error) {
      return messageOf(error);
    }
    this.#resultTrouble = undefined;
    return undefined;
  }
}

function keyOf({ id }: Claim, job: Job): string {
  return `${id}-${job.id}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
