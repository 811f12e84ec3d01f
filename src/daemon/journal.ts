/**
 * The journal: one JSON object a line, flushed to disk before anything is done (DESIGN.md §8).
 * It is the daemon's only memory of requests; what can't be written isn't done.
 */
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entry, isEntry } from '../core/entries.ts';
import type { Stamp } from '../core/time.ts';
import {
  formatJournalLine,
  JOURNAL_VERSION,
  type JournalLine,
  parseJournalLine,
} from '../wire/journal.ts';

const FILE = 'journal.jsonl';

/** An entry as it is stored. */
export interface Recorded {
  readonly entry: Entry;
  readonly at: Stamp;
  readonly seq: number;
}

export interface JournalOptions {
  readonly folder: string;
  readonly vm: string;
  readonly maxBytes: number;
  /** Rotated files kept besides the current one. */
  readonly keep: number;
}

export interface JournalContent {
  readonly records: readonly Recorded[];
  /** Lines that couldn't be used, with the reason. */
  readonly warnings: readonly string[];
  /** The highest number given to a line so far; 0 when there is none. */
  readonly lastSeq: number;
}

export class Journal {
  readonly #options: JournalOptions;
  #handle: FileHandle;
  #bytes: number;
  #seq: number;
  /** What the file began with doesn't count towards its size, or a long list would fill it. */
  #carriedBytes = 0;

  private constructor(options: JournalOptions, handle: FileHandle, bytes: number, seq: number) {
    this.#options = options;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#seq = seq;
  }

  /** Opens the journal for writing and reads what it holds; a torn last line is cut off. */
  static async open(options: JournalOptions): Promise<{ journal: Journal } & JournalContent> {
    const content = await readJournal(options.folder);
    const path = join(options.folder, FILE);
    const handle = await open(path, 'a', 0o640);
    const torn = await cutTornLine(path, handle);
    const { size } = await handle.stat();
    const journal = new Journal(options, handle, size, content.lastSeq);
    const warnings = torn > 0 ? [...content.warnings, tornWarning(torn)] : content.warnings;
    return { journal, ...content, warnings };
  }

  /**
   * Appends the entries in one write and flushes them. Rejects when the disk refuses; then nothing
   * of it stays in the file. `protect` is the number of the oldest line that must not be lost;
   * `carry` gives what a new file begins with, so that it outlives the files that are dropped.
   */
  async append(
    entries: readonly Entry[],
    at: Stamp,
    protect?: number,
    carry: () => readonly Entry[] = () => [],
  ): Promise<number[]> {
    await this.#rotateIfFull(protect);
    const carried = this.#bytes === 0 ? carry() : [];
    const lines = [...carried, ...entries].map((entry, index) =>
      this.#line(entry, at, this.#seq + index + 1),
    );
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    try {
      await writeAll(this.#handle, bytes);
      await this.#handle.datasync();
    } catch (error) {
      await this.#handle.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += bytes.length;
    if (carried.length > 0) this.#carriedBytes = bytesOf(lines.slice(0, carried.length));
    const first = this.#seq + carried.length + 1;
    this.#seq += lines.length;
    return entries.map((_, index) => first + index);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #line(entry: Entry, at: Stamp, seq: number): string {
    const time = new Date(at.wallMs).toISOString();
    const boot = { id: at.boot, ms: at.bootMs };
    const envelope = { v: JOURNAL_VERSION, seq, time, vm: this.#options.vm, boot };
    return formatJournalLine(envelope, entry);
  }

  async #rotateIfFull(protect: number | undefined): Promise<void> {
    if (this.#bytes - this.#carriedBytes < this.#options.maxBytes) return;
    const { folder, keep } = this.#options;
    await dropOldest(folder, keep, protect);
    await shift(folder);
    await this.#handle.close();
    this.#handle = await open(join(folder, FILE), 'a', 0o640);
    this.#bytes = 0;
    this.#carriedBytes = 0;
  }
}

function bytesOf(lines: readonly string[]): number {
  return Buffer.byteLength(lines.join('\n')) + lines.length;
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  const { bytesWritten } = await handle.write(bytes);
  if (bytesWritten !== bytes.length) throw new Error('the disk took only a part of the line');
}

function tornWarning(bytes: number): string {
  return `${FILE}: dropped a torn last line of ${bytes} bytes`;
}

/** What a kill left of a last line is cut off, so that the next line begins at its start. */
async function cutTornLine(path: string, handle: FileHandle): Promise<number> {
  const bytes = await readFile(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const torn = bytes.length - end;
  if (torn > 0) await handle.truncate(end);
  return torn;
}

/** `journal.jsonl.1` is the newest of the rotated files. */
async function rotated(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  const numbers = names.map((name) => /^journal\.jsonl\.(\d{1,4})$/.exec(name)?.[1]);
  return numbers
    .filter((n) => n !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The oldest files beyond `keep` go, unless a line that must not be lost may be in them. */
async function dropOldest(folder: string, keep: number, protect = Infinity): Promise<void> {
  const numbers = await rotated(folder);
  for (const n of numbers.reverse()) {
    if (n < keep) return;
    const following = join(folder, n === 1 ? FILE : `${FILE}.${n - 1}`);
    if ((await firstSeq(following)) > protect) return;
    await rm(join(folder, `${FILE}.${n}`), { force: true });
  }
}

async function firstSeq(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return parseJournalLine(text.slice(0, text.indexOf('\n')))?.seq ?? Infinity;
}

async function shift(folder: string): Promise<void> {
  const numbers = await rotated(folder);
  for (const n of numbers.reverse()) {
    await rename(join(folder, `${FILE}.${n}`), join(folder, `${FILE}.${n + 1}`));
  }
  await rename(join(folder, FILE), join(folder, `${FILE}.1`));
}

/** Everything the journal's files hold, oldest first; a missing folder holds nothing. */
export async function readJournal(folder: string): Promise<JournalContent> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  const numbers = exists ? await rotated(folder) : [];
  const names = [...numbers.reverse().map((n) => `${FILE}.${n}`), FILE];
  const parts = await Promise.all(names.map((name) => readPart(folder, name)));
  const records = parts.flatMap((part) => part.records);
  const lastSeq = Math.max(0, ...parts.map((part) => part.lastSeq));
  return { records, warnings: parts.flatMap((part) => part.warnings), lastSeq };
}

async function readPart(folder: string, name: string): Promise<JournalContent> {
  const text = await readFile(join(folder, name), 'utf8').catch(ifMissing);
  const records: Recorded[] = [];
  const warnings: string[] = [];
  let lastSeq = 0;
  const lines = text.split('\n');
  lines.pop();
  lines.forEach((line, index) => {
    const parsed = parseJournalLine(line);
    if (parsed) lastSeq = Math.max(lastSeq, parsed.seq);
    const recorded = parsed ? toRecorded(parsed) : 'not a journal line';
    if (typeof recorded === 'string') warnings.push(`${name}:${index + 1}: ${recorded}, skipped`);
    else records.push(recorded);
  });
  return { records, warnings, lastSeq };
}

function ifMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** A line of a newer version may hold what this one doesn't know; it is said, and passed over. */
function toRecorded(line: JournalLine): Recorded | string {
  const { v, seq, time, vm: _, boot, ...entry } = line;
  if (v > JOURNAL_VERSION + 1) return `version ${v} is too new`;
  const wallMs = Date.parse(time);
  if (Number.isNaN(wallMs)) return `no time: ${time.slice(0, 40)}`;
  if (!isEntry(entry)) return `unknown or incomplete entry ${String(line.type).slice(0, 40)}`;
  return { entry, at: { wallMs, boot: boot.id, bootMs: boot.ms }, seq };
}
