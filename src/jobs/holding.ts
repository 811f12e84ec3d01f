/**
 * What this guest holds of one queue: its page is looked for, claimed, copied, and put away when its
 * jobs are done. What a claim goes through:
 *
 *     none ──page there──► claiming ──page is ours──► held ──jobs done──► put away ──► none
 *                          (its id is on disk)        (copy on disk)
 *
 * A rename is judged by looking: a page is ours when it is at the server in this guest's name, and
 * put away when it is there no more, whatever was said of the rename. So each round begins with a
 * look at what the server holds in this guest's name, and a crash needs no more than the ledger to
 * go on. No job is run here.
 */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { type Access, type Answer, exchange, statusText } from '../system/exchange.ts';
import { claimWay, type Renamed } from './claims.ts';
import { HeldPage } from './held-page.ts';
import { Ledger } from './ledger.ts';
import { claimedUrl, type Place, type QueueSettings } from './options.ts';
import { isPageType, parsePage } from './page.ts';

export interface HoldingParts {
  readonly clock: Clock;
  /** An id that no claim had before. */
  newId(): string;
  /** Something an administrator should know, said once. */
  warn(message: string): void;
}

type Trouble = { readonly problem: string };

/** The open page as it was last seen. */
interface Seen {
  readonly etag: string | undefined;
  readonly bytes: number;
  /** False where there are no jobs on it. */
  readonly worth: boolean | Trouble;
}

export class Holding {
  readonly ledger: Ledger;
  /** Set while the claim is held: the jobs to work on. */
  page: HeldPage | undefined;
  readonly #settings: QueueSettings;
  readonly #parts: HoldingParts;
  readonly #copy: string;
  #seen: Seen | undefined;
  /** Jobs done under this claim that are no longer on its page: somebody has edited it. */
  #strangers = 0;

  /** `folder` keeps the ledger and the copy of the page; it exists. */
  constructor(settings: QueueSettings, folder: string, parts: HoldingParts) {
    const { ledger, warnings } = Ledger.open(join(folder, `${settings.name}.jsonl`));
    for (const warning of warnings) parts.warn(warning);
    this.ledger = ledger;
    this.#settings = settings;
    this.#parts = parts;
    this.#copy = join(folder, `${settings.name}.page`);
    if (ledger.claim?.held) this.#reopen();
  }

  /** How many jobs of the page aren't done. */
  get left(): number {
    const { page, ledger } = this;
    if (!page || !ledger.claim) return 0;
    return page.jobs.length - (ledger.claim.done.size - this.#strangers);
  }

  /** Finds and claims a page where none is held. Says why there may be one that isn't known. */
  async find(mayClaim: () => boolean, signal: AbortSignal): Promise<string | undefined> {
    const trouble = await this.#takeOwn(signal);
    if (this.page || trouble !== undefined) return trouble;
    const worth = await this.#look(signal);
    if (typeof worth === 'object') return worth.problem;
    return worth && mayClaim() ? this.#claim(signal) : undefined;
  }

  /** Puts the page away, its jobs being done. Says why it couldn't. */
  async release(signal: AbortSignal): Promise<string | undefined> {
    const { page, ledger } = this;
    const { claim } = ledger;
    if (!page || !claim) return undefined;
    const renamed = await claimWay(this.#settingsAt(claim), this.#parts.clock).release(signal);
    const own = claimedUrl(claim);
    const left = await this.#fetch(own, signal);
    if ('failed' in left) return left.failed;
    if (left.status === 200) return `${own} is still there${said(renamed)}`;
    if (left.status !== 404) return `${own}: ${statusText(left.status, this.#accessTo(own))}`;
    const ok = [...claim.done.values()].filter((status) => status === 'ok').length;
    const failed = claim.done.size - ok;
    const set_aside = page.badLines;
    await ledger.release({ time: this.#time(), claim: claim.id, ok, failed, set_aside });
    this.page = undefined;
    await page.remove(this.#copy);
    return undefined;
  }

  close(): void {
    this.page?.close();
    this.ledger.close();
  }

  /** Whether the open page is worth claiming. While it stays the same it isn't fetched again. */
  async #look(signal: AbortSignal): Promise<boolean | Trouble> {
    const { etag } = this.#seen ?? {};
    const headers: Record<string, string> = etag === undefined ? {} : { 'if-none-match': etag };
    const open = await this.#fetch(this.#settings.url, signal, headers);
    if ('failed' in open) return { problem: open.failed };
    if (this.#seen && etag !== undefined && open.status === 304) return this.#seen.worth;
    this.#seen = undefined;
    if (open.status === 404) return false;
    const worth = worthClaiming(open, this.#settings);
    this.#seen = { etag: open.etag, bytes: open.body.length, worth };
    return worth;
  }

  async #claim(signal: AbortSignal): Promise<string | undefined> {
    this.#beginClaim(this.#settings);
    const renamed = await claimWay(this.#settings, this.#parts.clock).claim(signal);
    const trouble = await this.#takeOwn(signal);
    if (this.page || trouble !== undefined) return trouble;
    // Another was quicker.
    if (renamed === 'not now') return undefined;
    return `${claimedUrl(this.#settings)} isn't there${said(renamed)}`;
  }

  /** Its id is on disk before the page can be ours. One that came to nothing serves the next try. */
  #beginClaim({ url, vm }: Place): void {
    const { claim } = this.ledger;
    if (claim && !claim.held && isAt(claim, { url, vm })) return;
    const id = this.#parts.newId();
    this.ledger.append({ type: 'claiming', time: this.#time(), claim: id, url, vm });
  }

  /** Takes what the server holds in this guest's name: under the claim there is, or a new one. */
  async #takeOwn(signal: AbortSignal): Promise<string | undefined> {
    const { claim } = this.ledger;
    if (claim) {
      const trouble = await this.#takeFrom(claim, signal);
      if (this.page || trouble !== undefined) return trouble;
      if (claim.held) await this.#lose(claimedUrl(claim));
      else if (isAt(claim, this.#settings)) return undefined;
    }
    return this.#takeFrom(this.#settings, signal);
  }

  async #takeFrom(place: Place, signal: AbortSignal): Promise<string | undefined> {
    const url = claimedUrl(place);
    const own = await this.#fetch(url, signal);
    if ('failed' in own) return own.failed;
    if (own.status === 404) return undefined;
    const wrong = whyNoPage(own, this.#accessTo(url)) ?? this.#whyCut(own.body);
    return wrong === undefined ? this.#keep(place, own.body) : `${url}: ${wrong}`;
  }

  /** What is put away undone would be lost. */
  #whyCut({ length }: Buffer): string | undefined {
    if (length === 0) return 'it is empty';
    const { bytes = 0 } = this.#seen ?? {};
    if (length >= bytes) return undefined;
    return `it is shorter than before it was claimed (${length} of ${bytes} bytes); after a restart it is taken as it is`;
  }

  async #keep(place: Place, bytes: Buffer): Promise<string | undefined> {
    const { claim: before } = this.ledger;
    const page = await HeldPage.keep(this.#copy, bytes, this.#settings.options.max_jobs);
    if ('problem' in page) return `${claimedUrl(place)}: ${page.problem}`;
    if (!before || !isAt(before, place)) this.#warnOfUnknown(place);
    if (!before?.held) this.#beginClaim(place);
    this.ledger.append({ type: 'claimed', time: this.#time() });
    this.#hold(page);
    this.#seen = undefined;
    for (const { line, problem } of page.bad) {
      this.#parts.warn(`line ${line} of the claimed page is set aside: ${problem}`);
    }
    const more = page.badLines - page.bad.length;
    if (more > 0) this.#parts.warn(`${more} more lines of the claimed page are set aside`);
    return undefined;
  }

  #warnOfUnknown(place: Place): void {
    const own = claimedUrl(place);
    this.#parts.warn(
      `${own} is this guest's, and nothing is known of it here: it is taken up again under new keys; results may come twice`,
    );
  }

  /** Neither here nor there: none of its jobs may be taken for done on another page. */
  async #lose(url: string): Promise<void> {
    const { done } = this.ledger.claim ?? {};
    await this.ledger.lose(this.#time());
    this.#parts.warn(
      `${url} is gone, and the copy of it is lost: ${done?.size ?? 0} of its jobs were done, the others will not be`,
    );
  }

  #reopen(): void {
    const page = HeldPage.reopen(this.#copy, this.#settings.options.max_jobs);
    if (page) this.#hold(page);
    else this.#parts.warn('the copy of the claimed page is lost; it is fetched again');
  }

  #hold(page: HeldPage): void {
    const done = [...(this.ledger.claim?.done.keys() ?? [])];
    this.#strangers = done.filter((id) => page.indexOf(id) === undefined).length;
    this.page = page;
  }

  #fetch(url: string, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}) {
    const access = this.#accessTo(url);
    return exchange({ method: 'GET', url, headers, maxBytes: access.max_size, access }, signal);
  }

  #settingsAt({ url, vm }: Place): QueueSettings {
    return { ...this.#settings, url, vm, options: this.#accessTo(url) };
  }

  /** A server that the conf doesn't name any more isn't told the password of the one it names. */
  #accessTo(url: string): QueueSettings['options'] {
    const { options, url: named } = this.#settings;
    if (new URL(url).origin === new URL(named).origin) return options;
    return { ...options, user: undefined, password: undefined };
  }

  #time(): string {
    return new Date(this.#parts.clock.now().wallMs).toISOString();
  }
}

function isAt(claim: Place, { url, vm }: Place): boolean {
  return claim.url === url && claim.vm === vm;
}

/** Only explains what was seen. */
function said(renamed: Renamed): string {
  if (typeof renamed === 'object') return `: ${renamed.failed}`;
  return renamed === 'done'
    ? ', though it is said to be renamed'
    : ', though there is said to be nothing to rename';
}

/** What isn't a page of jobs: a log-in page, say, must not be claimed. */
function whyNoPage({ status, type, doubt }: Answer, access: Access): string | undefined {
  if (status !== 200) return statusText(status, access);
  return isPageType(type) ? doubt : `${type} is not a page of jobs`;
}

function worthClaiming(answer: Answer, { options }: QueueSettings): boolean | Trouble {
  const problem = whyNoPage(answer, options);
  if (problem !== undefined) return { problem };
  const page = parsePage(answer.body, options.max_jobs);
  return 'problem' in page ? page : page.jobs.length + page.badLines > 0;
}
