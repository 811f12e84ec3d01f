/**
 * What this guest holds of one queue: its page is looked for, claimed, copied, and put away when its
 * jobs are done. What a claim goes through:
 *
 *     none ──page there──► claiming ──page is ours──► held ──jobs done──► put away ──► none
 *                          (its id is on disk)        (copy on disk)
 *
 * After a crash the ledger says how far it came; where the ledger is lost, the page that bears this
 * guest's name at the server says that it is held. No job is run here.
 */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { type ClaimWay, claimWay } from './claims.ts';
import { HeldPage } from './held-page.ts';
import { type Answer, exchange, statusText } from './http.ts';
import { Ledger } from './ledger.ts';
import { claimedUrl, type QueueSettings } from './options.ts';
import { isPageType, parsePage } from './page.ts';

export interface HoldingParts {
  readonly clock: Clock;
  /** An id that no claim had before. */
  newId(): string;
  /** Something an administrator should know, said once. */
  warn(message: string): void;
}

export class Holding {
  readonly ledger: Ledger;
  /** Set while the claim is held: the jobs to work on. */
  page: HeldPage | undefined;
  readonly #settings: QueueSettings;
  readonly #parts: HoldingParts;
  readonly #way: ClaimWay;
  readonly #copy: string;
  /** Whether the server may have a page of ours that we don't know of. */
  #unsure = true;

  /** `folder` keeps the ledger and the copy of the page; it exists. */
  constructor(settings: QueueSettings, folder: string, parts: HoldingParts) {
    const { ledger, warnings } = Ledger.open(join(folder, `${settings.name}.jsonl`));
    for (const warning of warnings) parts.warn(warning);
    this.ledger = ledger;
    this.#settings = settings;
    this.#parts = parts;
    this.#way = claimWay(settings, parts.clock);
    this.#copy = join(folder, `${settings.name}.page`);
    if (ledger.claim?.held) this.page = this.#reopen();
  }

  /** Finds and claims a page where none is held. Says why there may be one that isn't known. */
  async find(mayClaim: () => boolean, signal: AbortSignal): Promise<string | undefined> {
    if (this.#unsure) {
      const trouble = await this.#takeOwn(signal);
      if (this.page || trouble !== undefined) return trouble;
    }
    const open = await this.#fetch(this.#settings.url, signal);
    if ('failed' in open) return open.failed;
    if (open.status === 404) return undefined;
    const worth = worthClaiming(open, this.#settings);
    if (worth !== true) return worth === false ? undefined : worth.problem;
    return mayClaim() ? this.#claim(signal) : undefined;
  }

  /** Puts the page away, its jobs being done. Says why it couldn't. */
  async release(signal: AbortSignal): Promise<string | undefined> {
    const { claim } = this.ledger;
    if (!this.page || !claim) return undefined;
    const renamed = await this.#way.release(signal);
    if (typeof renamed === 'object') return renamed.failed;
    const ok = [...claim.done.values()].filter((status) => status === 'ok').length;
    const failed = claim.done.size - ok;
    await this.ledger.release({ time: this.#time(), claim: claim.id, ok, failed });
    await this.page.remove(this.#copy);
    this.page = undefined;
    return undefined;
  }

  close(): void {
    this.page?.close();
    this.ledger.close();
  }

  async #claim(signal: AbortSignal): Promise<string | undefined> {
    this.#beginClaim();
    this.#unsure = true;
    const renamed = await this.#way.claim(signal);
    const trouble = await this.#takeOwn(signal);
    if (this.page || trouble !== undefined) return trouble;
    // Not ours: another was quicker, or the server refused.
    return typeof renamed === 'object' ? `can't be claimed: ${renamed.failed}` : undefined;
  }

  /** Its id is on disk before the page can be ours. One that came to nothing serves the next try. */
  #beginClaim(): void {
    if (this.ledger.claim) return;
    const claim = this.#parts.newId();
    this.ledger.append({ type: 'claiming', time: this.#time(), claim });
  }

  /** Takes what the server holds in this guest's name. */
  async #takeOwn(signal: AbortSignal): Promise<string | undefined> {
    const own = await this.#fetch(claimedUrl(this.#settings), signal);
    if ('failed' in own) return own.failed;
    if (own.status === 404) {
      this.#unsure = false;
      return undefined;
    }
    const wrong = whyNoPage(own);
    if (wrong !== undefined) return wrong;
    return this.#keep(own.body);
  }

  async #keep(bytes: Buffer): Promise<string | undefined> {
    this.#beginClaim();
    const page = await HeldPage.keep(this.#copy, bytes, this.#settings.options.max_jobs);
    if ('problem' in page) return `the claimed page: ${page.problem}`;
    this.ledger.append({ type: 'claimed', time: this.#time() });
    this.page = page;
    this.#unsure = false;
    for (const { line, problem } of page.bad) {
      this.#parts.warn(`line ${line} of the claimed page is set aside: ${problem}`);
    }
    const more = page.badLines - page.bad.length;
    if (more > 0) this.#parts.warn(`${more} more lines of the claimed page are set aside`);
    return undefined;
  }

  #reopen(): HeldPage | undefined {
    const page = HeldPage.reopen(this.#copy, this.#settings.options.max_jobs);
    if (!page) this.#parts.warn('the copy of the claimed page is lost; it is fetched again');
    return page;
  }

  #fetch(url: string, signal: AbortSignal) {
    const { options: access } = this.#settings;
    return exchange({ method: 'GET', url, maxBytes: access.max_size, access }, signal);
  }

  #time(): string {
    return new Date(this.#parts.clock.now().wallMs).toISOString();
  }
}

/** What isn't a page of jobs: a log-in page, say, must not be claimed. */
function whyNoPage({ status, type }: Answer): string | undefined {
  if (status !== 200) return statusText(status);
  return isPageType(type) ? undefined : `${type} is not a page of jobs`;
}

function worthClaiming(
  answer: Answer,
  { options }: QueueSettings,
): boolean | { readonly problem: string } {
  const problem = whyNoPage(answer);
  if (problem !== undefined) return { problem };
  const page = parsePage(answer.body, options.max_jobs);
  return 'problem' in page ? page : page.jobs.length + page.badLines > 0;
}
