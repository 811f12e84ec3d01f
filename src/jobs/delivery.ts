/**
 * Gets rid of the results of one queue, and never loses one. What goes wrong is of two kinds: an
 * endpoint that is away is asked again for as long as that takes, and people are alerted to it;
 * a result that is refused for good is set aside in a file, so that it doesn't hold up the others.
 */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { Backoff } from '../system/backoff.ts';
import { withDeadline } from '../system/deadline.ts';
import type { JobResult } from '../wire/jobs.ts';
import { LineFile } from './line-file.ts';
import type { QueueSettings } from './options.ts';
import { OFFER_MS, type Offer, type Offered, offerTo } from './results.ts';

/** What people are alerted to. */
export type Notice =
  /** Results have been waiting since then, wall milliseconds. */
  | { readonly type: 'results-waiting'; readonly sinceMs: number; readonly reason: string }
  /** It was set aside in that file. */
  | {
      readonly type: 'result-refused';
      readonly key: string;
      readonly file: string;
      readonly reason: string;
    };

export interface DeliveryParts {
  readonly clock: Clock;
  /** Something an administrator should know, said once. */
  warn(message: string): void;
  /** That it is over. */
  inform(message: string): void;
  notice(notice: Notice): void;
}

/** Between two tries; all guests of an endpoint find it away at the same moment. */
export const AGAIN = { firstMs: 500, maxMs: 60_000 };

/** A program may say another thing each time. */
const TOLD_MAX = 10;

export class Delivery {
  readonly #settings: QueueSettings;
  readonly #parts: DeliveryParts;
  readonly #ending: AbortSignal;
  readonly #offer: Offer;
  readonly #refused: LineFile;
  /** Of each result that waits, why. */
  readonly #waiting = new Map<string, string>();
  /** The problems that were told of since a result was last accepted. */
  readonly #told = new Set<string>();
  #alerted = false;

  /** `folder` is for the results that are set aside; `ending` ends every try. */
  constructor(settings: QueueSettings, folder: string, parts: DeliveryParts, ending: AbortSignal) {
    this.#settings = settings;
    this.#parts = parts;
    this.#ending = ending;
    this.#offer = offerTo(settings, parts.clock);
    const { name, options } = settings;
    this.#refused = new LineFile(
      join(folder, `${name}.refused`),
      options.max_refused,
      'max_refused',
    );
  }

  /** Why a result waits, while one does. */
  get trouble(): string | undefined {
    return this.#waiting.values().next().value;
  }

  /** Until nobody needs the result any more; undefined where the daemon ends before. */
  async deliver(result: JobResult): Promise<'taken' | 'refused' | undefined> {
    try {
      const delivered = await this.#deliver(result);
      if (delivered === 'taken' && this.#told.size > 0) this.#tellWell();
      return delivered;
    } finally {
      this.#waiting.delete(result.key);
      if (this.#waiting.size === 0) this.#alerted = false;
    }
  }

  #tellWell(): void {
    this.#told.clear();
    this.#parts.inform('results are accepted again');
  }

  async #deliver(result: JobResult): Promise<'taken' | 'refused' | undefined> {
    const { clock } = this.#parts;
    const begun = { wallMs: clock.now().wallMs, monotonicMs: clock.monotonicMs() };
    const backoff = new Backoff(AGAIN, Math.random);
    let refusals = 0;
    while (!this.#ending.aborted) {
      const offered = await this.#bounded((signal) => this.#offer(result, signal));
      if (offered.result === 'taken') return 'taken';
      if (this.#ending.aborted) return undefined;
      if (offered.result === 'refused') refusals += 1;
      const given = refusals >= this.#settings.options.result_tries;
      const waits = given ? await this.#setAside(result, offered) : whyNot(result, offered);
      if (waits === undefined) return 'refused';
      this.#note(result.key, waits, offered.problem);
      this.#alert(begun, waits);
      await clock.sleep(backoff.nextMs(), this.#ending);
    }
    return undefined;
  }

  /** Says why it can't be: then it waits, too. */
  async #setAside(result: JobResult, offered: Missed): Promise<string | undefined> {
    const { key, line } = result;
    const text = JSON.stringify(result);
    const problem = await this.#bounded((signal) => this.#refused.append(key, text, signal));
    if (problem !== undefined) return `${whyNot(result, offered)}; and ${problem}`;
    const file = this.#refused.path;
    this.#parts.warn(
      `the result of line ${line} is given up (${offered.problem}) and kept in ${file}`,
    );
    this.#parts.notice({ type: 'result-refused', key, file, reason: offered.problem });
    return undefined;
  }

  /** Each problem once, until a result is accepted. */
  #note(key: string, trouble: string, problem: string): void {
    if (!this.#told.has(problem) && this.#told.size < TOLD_MAX) {
      this.#told.add(problem);
      this.#parts.warn(trouble);
    }
    this.#waiting.set(key, trouble);
  }

  /** Once for all that wait at a time. */
  #alert(begun: { readonly wallMs: number; readonly monotonicMs: number }, reason: string): void {
    const waitedMs = this.#parts.clock.monotonicMs() - begun.monotonicMs;
    if (this.#alerted || waitedMs < this.#settings.options.result_alert) return;
    this.#alerted = true;
    this.#parts.notice({ type: 'results-waiting', sinceMs: begun.wallMs, reason });
  }

  #bounded<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(OFFER_MS, this.#ending, this.#parts.clock, work);
  }
}

type Missed = Exclude<Offered, { result: 'taken' }>;

function whyNot({ line }: JobResult, { problem }: Missed): string {
  return `the result of line ${line} isn't accepted: ${problem}`;
}
