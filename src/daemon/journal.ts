/**
 * The journal: one JSON object a line, flushed to disk before anything is done (DESIGN.md §8).
 * It is the daemon's only memory of requests; what can't be written isn't done.
 */
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Carried } from '../core/carried.ts';
import type { Entry } from '../core/entries.ts';
import { isEntry } from '../core/entry-shapes.ts';
import type { Stamp } from '../core/time.ts';
import { isMissing, syncFolder, writeAtomically } from '../system/files.ts';
import {
  formatJournalLine,
  JOURNAL_VERSION,
  type JournalLine,
  parseJournalLine,
} from '../wire/journal.ts';
import { hindranceIn, isReadable, type Strange } from './journal-versions.ts';

const FILE = 'journal.jsonl';
const NEW_FILE = 'journal.jsonl.new';

/** It can't be written. */
export class JournalError extends Error {}

/** It must not be gone by, and that won't change by itself. */
export class ForeignJournalError extends Error {}

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
  /** Those of them that are journal lines, of which something isn't known. */
  readonly strange: readonly Strange[];
  /** The highest number given to a line so far; 0 when there is none. */
  readonly lastSeq: number;
}

export class Journal {
  readonly #options: JournalOptions;
  #handle: FileHandle;
  #bytes: number;
  #seq: number;
  #dirty = false;
  /** What the present file began with: a long one must not fill it at once. */
  #carriedBytes = 0;

  private constructor(options: JournalOptions, handle: FileHandle, bytes: number, seq: number) {
    this.#options = options;
    this.#handle = handle;
    this.#bytes = bytes;
    this.#seq = seq;
  }

  /**
   * Opens the journal for writing and reads what it holds; a torn last line is cut off. Throws a
   * `ForeignJournalError`, and leaves everything as it is, where another version's lines forbid to go on.
   */
  static async open(options: JournalOptions): Promise<{ journal: Journal } & JournalContent> {
    const content = await readJournal(options.folder);
    const hindrance = hindranceIn(content);
    if (hindrance !== undefined) throw new ForeignJournalError(hindrance);
    const path = join(options.folder, FILE);
    const handle = await open(path, 'a', 0o640);
    // A name that isn't on disk would be lost with a power cut, and the lines with it.
    await syncFolder(options.folder);
    const torn = await cutTornLine(path, handle);
    const { size } = await handle.stat();
    const journal = new Journal(options, handle, size, content.lastSeq);
    const warnings = torn > 0 ? [...content.warnings, tornWarning(torn)] : content.warnings;
    return { journal, ...content, warnings };
  }

  /**
   * Appends the entries in one write and flushes them. Rejects when the disk refuses; then nothing
   * of it stays in the file. A new file, when the present one is full, begins with `carried`.
   */
  async append(entries: readonly Entry[], at: Stamp, carried: () => Carried): Promise<void> {
    if (this.#bytes - this.#carriedBytes >= this.#options.maxBytes)
      await this.#rotate(carried(), at);
    await this.#write(this.#handle, entries, at);
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

  async #write(handle: FileHandle, entries: readonly Entry[], at: Stamp): Promise<void> {
    const lines = entries.map((entry, index) => this.#line(entry, at, this.#seq + index + 1));
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    if (this.#dirty) await this.#cutBack();
    try {
      await writeAll(handle, bytes);
      await handle.datasync();
    } catch (error) {
      this.#dirty = true;
      await this.#cutBack().catch(() => undefined);
      throw error;
    }
    this.#bytes += bytes.length;
    this.#seq += entries.length;
  }

  /** What a failed write may have left would swallow the line that follows it. */
  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#bytes);
    this.#dirty = false;
  }

  /**
   * The new file is whole before it takes the place of the full one, and older ones go last, so
   * that nothing is lost wherever this ends. Where it fails, the full file just goes on.
   */
  async #rotate(carried: Carried, at: Stamp): Promise<void> {
    const { folder, keep } = this.#options;
    const path = join(folder, NEW_FILE);
    try {
      const line = this.#line({ type: 'state', state: carried }, at, this.#seq + 1);
      await writeAtomically(path, `${line}\n`);
      const next = await open(path, 'a', 0o640);
      await shift(folder);
      await rename(path, join(folder, FILE));
      const full = this.#handle;
      this.#handle = next;
      this.#seq += 1;
      this.#bytes = Buffer.byteLength(line) + 1;
      this.#carriedBytes = this.#bytes;
      await full.close();
      await syncFolder(folder);
      await dropOldest(folder, keep);
    } catch {
      return;
    }
  }
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

async function dropOldest(folder: string, keep: number): Promise<void> {
  const beyond = (await rotated(folder)).filter((n) => n > keep);
  await Promise.all(beyond.map((n) => rm(join(folder, `${FILE}.${n}`), { force: true })));
}

async function shift(folder: string): Promise<void> {
  const numbers = await rotated(folder);
  for (const n of numbers.reverse()) {
    await rename(join(folder, `${FILE}.${n}`), join(folder, `${FILE}.${n + 1}`));
  }
  await rename(join(folder, FILE), join(folder, `${FILE}.1`)).catch((error: unknown) => {
    // A rotation that failed before its new file was made has moved it already.
    if (!isMissing(error)) throw error;
  });
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
  const warnings = parts.flatMap((part) => part.warnings);
  const strange = parts.flatMap((part) => part.strange);
  return { records, warnings, strange, lastSeq: Math.max(0, ...parts.map((part) => part.lastSeq)) };
}

async function readPart(folder: string, name: string): Promise<JournalContent> {
  const text = await readFile(join(folder, name), 'utf8').catch(ifMissing);
  const records: Recorded[] = [];
  const warnings: string[] = [];
  const strange: Strange[] = [];
  let lastSeq = 0;
  const lines = text.split('\n');
  lines.pop();
  lines.forEach((text, index) => {
    const line = parseJournalLine(text);
    const where = `${name}:${index + 1}`;
    const recorded = line ? toRecorded(line) : 'not a journal line';
    if (line) lastSeq = Math.max(lastSeq, line.seq);
    if (typeof recorded !== 'string') records.push(recorded);
    else warnings.push(`${where}: ${recorded}, skipped`);
    if (line && typeof recorded === 'string') strange.push({ where, line });
  });
  return { records, warnings, strange, lastSeq };
}

function ifMissing(error: unknown): string {
  if (isMissing(error)) return '';
  throw error;
}

/** A line of a newer version may hold what this one doesn't know; that is said. */
function toRecorded(line: JournalLine): Recorded | string {
  const { v, seq, time, vm: _, boot, ...entry } = line;
  if (!isReadable(v)) return `version ${v} is too new`;
  const wallMs = Date.parse(time);
  if (Number.isNaN(wallMs)) return `no time: ${time.slice(0, 40)}`;
  if (!isEntry(entry)) return `unknown or incomplete entry ${String(line.type).slice(0, 40)}`;
  return { entry, at: { wallMs, boot: boot.id, bootMs: boot.ms }, seq };
}
