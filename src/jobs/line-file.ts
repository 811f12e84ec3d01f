/**
 * Lines appended to a file, one after the other, without the daemon waiting for the disk: a file
 * system that hangs holds up what waits for the line and nothing else. The file is opened for each line,
 * so that it can be rotated at any time; the line is on disk when its append has ended.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { beforeAbort } from '../system/deadline.ts';
import { oneLine } from '../system/said.ts';

/** A pipe that nobody reads would be waited for otherwise. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o640;

type Written = { readonly problem: string | undefined };

export class LineFile {
  readonly path: string;
  readonly #maxBytes: number;
  /** The option that says so. */
  readonly #bound: string;
  /** By the key of the line; what ended while nobody waited any more is told to who asks again. */
  readonly #writing = new Map<string, Promise<Written>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, maxBytes: number, bound: string) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#bound = bound;
  }

  /** Why `line` isn't in the file; undefined where it is. Never rejects. */
  async append(key: string, line: string, signal: AbortSignal): Promise<string | undefined> {
    const writing = this.#writing.get(key) ?? this.#enqueue(key, line);
    const written = await beforeAbort(writing, signal);
    if (written === undefined) return `${this.path}: the disk doesn't answer in time`;
    this.#writing.delete(key);
    return written.problem;
  }

  #enqueue(key: string, line: string): Promise<Written> {
    const bytes = Buffer.from(`${line}\n`);
    const writing = this.#last.then(() => this.#write(bytes));
    this.#writing.set(key, writing);
    this.#last = writing;
    return writing;
  }

  async #write(bytes: Buffer): Promise<Written> {
    try {
      const file = await open(this.path, FLAGS, MODE);
      try {
        return { problem: await this.#appendTo(file, bytes) };
      } finally {
        await file.close();
      }
    } catch (error) {
      return { problem: this.#whyNot(error as NodeJS.ErrnoException) };
    }
  }

  #whyNot(error: NodeJS.ErrnoException): string {
    if (error.code === 'ENOENT') return `there is no folder ${dirname(this.path)}`;
    if (error.code === 'EISDIR') return `${this.path} is a folder, not a file`;
    return oneLine(error.message);
  }

  async #appendTo(file: FileHandle, bytes: Buffer): Promise<string | undefined> {
    const stat = await file.stat();
    if (!stat.isFile()) return `${this.path} is no file`;
    if (stat.size + bytes.length > this.#maxBytes) return `${this.path} is full (${this.#bound})`;
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } catch (error) {
      // A disk that failed to write may fail this too; the write's failure is the one to tell.
      await file.truncate(stat.size).catch(() => undefined);
      throw error;
    }
    return undefined;
  }
}
