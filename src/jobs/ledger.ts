/**
 * The ledger of one queue: what became of the page that this guest has claimed, one JSON object a
 * line. It is only appended to while the page is worked on, and begun afresh when that is over, so
 * it never grows beyond one page's jobs. A job is done when its line here is on disk.
 */
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { appendWhole, isMissing, writeAtomically } from '../system/files.ts';
import {
  type Check,
  count,
  type Fields,
  filled,
  isObject,
  maybe,
  oneOf,
  openObject,
  parsed,
  shapeOf,
} from '../wire/shapes.ts';
import type { Place } from './options.ts';

const VERSION = 1;

/** `refused`: whatever the job's result was, nobody takes it. */
export type JobStatus = 'ok' | 'failed' | 'lost' | 'refused';
const STATUSES: readonly unknown[] = ['ok', 'failed', 'lost', 'refused'] satisfies JobStatus[];
/** Why a run of a job came to nothing and the job is run again. */
export type TryEnd = 'failed' | 'lost';
const TRY_ENDS: readonly unknown[] = ['failed', 'lost'] satisfies TryEnd[];

/**
 * - `claiming`: the claim has its id; the page at this address may be this guest's from now on.
 * - `claimed`: the page was renamed, and a copy of it is here.
 * - `began`, `tried`: a job was handed out; that run came to nothing.
 * - `done`: its result was accepted, or refused for good and set aside.
 * - `released`: the page was put away.
 * - `gone`: the page is neither here nor at the server any more; so many of its jobs were done.
 */
export type LedgerEntry =
  | ({ readonly type: 'claiming'; readonly time: string; readonly claim: string } & Place)
  | { readonly type: 'claimed'; readonly time: string }
  | { readonly type: 'began'; readonly job: string }
  | { readonly type: 'tried'; readonly job: string; readonly end: TryEnd }
  | { readonly type: 'done'; readonly job: string; readonly status: JobStatus }
  | ({ readonly type: 'released' } & Released)
  | ({ readonly type: 'gone'; readonly done: number } & Pick<Released, 'time' | 'claim'>);

type EntryOf<T extends LedgerEntry['type']> = Extract<LedgerEntry, { readonly type: T }>;

export interface Released {
  readonly time: string;
  readonly claim: string;
  readonly ok: number;
  readonly failed: number;
  /** Lines of the page that were no jobs; earlier versions didn't say. */
  readonly set_aside?: number;
}

/** A claim under way. Where its page is stays as it was, whatever the conf says by now. */
export interface Claim extends Place {
  readonly id: string;
  /** When the page became ours, or was first asked for. */
  time: string;
  /** Whether the page was renamed and copied. */
  held: boolean;
  readonly done: Map<string, JobStatus>;
  /** Jobs handed out whose end isn't known. */
  readonly began: Set<string>;
  readonly failures: Map<string, number>;
  readonly losses: Map<string, number>;
}

/** A sentence for people. */
export class LedgerError extends Error {}

export class Ledger {
  readonly #path: string;
  #fd: number;
  #size: number;
  #closed = false;
  claim: Claim | undefined;
  /** The page before this one. */
  last: Released | undefined;

  /**
   * What can't be read of it is told as `warnings`, and left out. Throws LedgerError where the file
   * itself can't be read or written.
   */
  static open(path: string): { readonly ledger: Ledger; readonly warnings: readonly string[] } {
    const { ledger, bytes, whole } = opened(path, () => {
      const bytes = readBytes(path);
      const whole = bytes.lastIndexOf(0x0a) + 1;
      return { ledger: new Ledger(path, whole), bytes, whole };
    });
    const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1);
    const bad = lines.filter((line) => !ledger.#read(line)).length;
    const warnings = bad === 0 ? [] : [`${path}: lines that aren't understood: ${bad}`];
    return { ledger, warnings };
  }

  private constructor(path: string, whole: number) {
    this.#path = path;
    this.#fd = openSync(path, 'a+', 0o640);
    // A line that a kill has torn was never acted upon.
    ftruncateSync(this.#fd, whole);
    this.#size = whole;
  }

  /** Kept over a kill of this process; over a power cut only with `flush`. Throws when it can't be. */
  append(entry: LedgerEntry, flush: 'flush' | 'later' = 'flush'): void {
    // The number of a closed file may be another file's by now.
    if (this.#closed) throw new Error('the ledger is closed');
    this.#size = appendWhole(this.#fd, this.#size, Buffer.from(lineOf(entry)));
    if (flush === 'flush') fdatasyncSync(this.#fd);
    this.#apply(entry);
  }

  /** The page is put away: only that is remembered. */
  release(released: Released): Promise<void> {
    return this.#beginAfresh({ type: 'released', ...released });
  }

  /** The page is lost: that is remembered, and the one before it. */
  async lose(time: string): Promise<void> {
    const { claim, last } = this;
    if (!claim) return;
    const before: LedgerEntry[] = last ? [{ type: 'released', ...last }] : [];
    const { id, done } = claim;
    await this.#beginAfresh(...before, { type: 'gone', time, claim: id, done: done.size });
  }

  async #beginAfresh(...entries: readonly LedgerEntry[]): Promise<void> {
    await writeAtomically(this.#path, entries.map(lineOf).join(''));
    const fd = openSync(this.#path, 'a+');
    closeSync(this.#fd);
    this.#fd = fd;
    this.#size = readBytes(this.#path).length;
    for (const entry of entries) this.#apply(entry);
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#fd);
  }

  #read(line: string): boolean {
    const entry = parseEntry(line);
    if (entry === undefined) return false;
    this.#apply(entry);
    return true;
  }

  #apply(entry: LedgerEntry): void {
    const { claim } = this;
    switch (entry.type) {
      case 'claiming':
        this.claim = newClaim(entry);
        return;
      case 'claimed':
        if (claim) Object.assign(claim, { held: true, time: entry.time });
        return;
      case 'began':
        claim?.began.add(entry.job);
        return;
      case 'tried':
        claim?.began.delete(entry.job);
        if (claim) countUp(entry.end === 'lost' ? claim.losses : claim.failures, entry.job);
        return;
      case 'done':
        claim?.began.delete(entry.job);
        claim?.done.set(entry.job, entry.status);
        return;
      case 'released':
        this.claim = undefined;
        this.last = releasedOf(entry);
        return;
      case 'gone':
        this.claim = undefined;
    }
  }
}

/** With its newline. */
export function lineOf(entry: LedgerEntry): string {
  return `${JSON.stringify({ v: VERSION, ...entry })}\n`;
}

function releasedOf({ time, claim, ok, failed, set_aside }: Released): Released {
  return { time, claim, ok, failed, ...(set_aside === undefined ? {} : { set_aside }) };
}

function newClaim({ claim: id, time, url, vm }: EntryOf<'claiming'>): Claim {
  return {
    ...{ id, time, url, vm, held: false },
    ...{ done: new Map(), began: new Set(), failures: new Map(), losses: new Map() },
  };
}

function countUp(counts: Map<string, number>, job: string): void {
  counts.set(job, (counts.get(job) ?? 0) + 1);
}

function opened<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const remedy = "it has to be a file that the daemon's user can read and write";
    throw new LedgerError(`its ledger ${path}: ${code ?? String(cause)}; ${remedy}`, { cause });
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

const WORD_MAX = 200;
const word = filled(WORD_MAX);
const address: Check = (value) => typeof value === 'string' && URL.canParse(value);

const SHAPES: Readonly<Record<LedgerEntry['type'], Fields>> = {
  claiming: { time: word, claim: word, url: address, vm: word },
  claimed: { time: word },
  began: { job: word },
  tried: { job: word, end: oneOf(...TRY_ENDS) },
  done: { job: word, status: oneOf(...STATUSES) },
  released: { time: word, claim: word, ok: count, failed: count, set_aside: maybe(count) },
  gone: { time: word, claim: word, done: count },
};

/** Fields that aren't known may stand in it: a later version may write more. */
function parseEntry(line: string): LedgerEntry | undefined {
  const value = parsed(line);
  if (!isObject(value) || value['v'] !== VERSION) return undefined;
  const shape = shapeOf(SHAPES, value['type']);
  return shape && openObject(shape)(value) ? (value as unknown as LedgerEntry) : undefined;
}
