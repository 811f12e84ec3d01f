/**
 * What a program prints, kept within a bound: the beginning of standard output (where answers
 * stand) and the end of standard error (where reasons stand), or the end of both in one file. What
 * is over the bound is read and dropped, so that a program that talks too much is neither blocked
 * nor ended for it. Nothing here knows what the words mean.
 */
import { closeSync, constants, openSync, readSync, statSync, truncateSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { oneLine } from './said.ts';

export interface Said {
  readonly stdout: string;
  /** What `stdout` was made of, where it came through a pipe. */
  readonly bytes?: Buffer;
  readonly stderr: string;
  /** More was printed than was kept. */
  readonly cut: boolean;
}

export interface Output {
  /** What was kept; reads no more, though somebody may still hold the writing end. */
  finish(): Said;
}

/** A file's bound is wider than a pipe's: it is only looked at now and then. */
const MAX_FILE_BYTES = 1024 * 1024;
const LOOK_AT_FILE_EVERY_MS = 1_000;

/** Keeps at most `limit` bytes of each stream. */
export function pipedOutput(
  stdout: Readable | null,
  stderr: Readable | null,
  limit: number,
): Output {
  const beginning = collect(stdout, new Kept('beginning', limit));
  const end = collect(stderr, new Kept('end', limit));
  return {
    finish() {
      stdout?.destroy();
      stderr?.destroy();
      const bytes = beginning.bytes();
      const cut = beginning.cut || end.cut;
      return { stdout: bytes.toString('utf8'), bytes, stderr: end.bytes().toString('utf8'), cut };
    },
  };
}

function collect(stream: Readable | null, kept: Kept): Kept {
  stream?.on('data', (chunk: Buffer) => kept.add(chunk));
  // An error of the pipe adds nothing to what the program's end will say.
  stream?.on('error', () => undefined);
  return kept;
}

/** At most `limit` bytes of one end of all that was added. */
export class Kept {
  readonly #keep: 'beginning' | 'end';
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #dropped = false;

  constructor(keep: 'beginning' | 'end', limit: number) {
    this.#keep = keep;
    this.#limit = limit;
  }

  get cut(): boolean {
    return this.#dropped || this.#held > this.#limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Joined only now and then: once per chunk would cost the square of what is printed.
    if (this.#held > 2 * this.#limit) this.#shrink();
  }

  bytes(): Buffer {
    this.#shrink();
    return Buffer.concat(this.#chunks);
  }

  #shrink(): void {
    if (this.#held <= this.#limit) return;
    const all = Buffer.concat(this.#chunks);
    const from = this.#keep === 'beginning' ? 0 : all.length - this.#limit;
    // A copy: a view would keep the whole of `all` in memory.
    this.#chunks = [Buffer.from(all.subarray(from, from + this.#limit))];
    this.#held = this.#limit;
    this.#dropped = true;
  }
}

/** A descriptor for the program to write to, or why there is none. */
export function openOutputFile(path: string): number | string {
  // Appending, so that the file can be cut back while the program goes on writing.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    return `no file for its output: ${oneLine(String(error))}`;
  }
}

/** The end of what stands in the file at `path`, which is kept small while the program runs. */
export function fileOutput(path: string, limit: number, clock: Clock): Output {
  const file = new OutputFile(path);
  const done = new AbortController();
  void file.keepSmall(clock, done.signal);
  return {
    finish() {
      done.abort();
      return file.end(limit);
    },
  };
}

class OutputFile {
  readonly #path: string;
  #cutBack = false;

  constructor(path: string) {
    this.#path = path;
  }

  async keepSmall(clock: Clock, done: AbortSignal): Promise<void> {
    while (!done.aborted) {
      await clock.sleep(LOOK_AT_FILE_EVERY_MS, done);
      this.#cutBack = cutBack(this.#path) || this.#cutBack;
    }
  }

  end(limit: number): Said {
    try {
      const { bytes, size } = lastBytes(this.#path, limit);
      return { stdout: bytes.toString('utf8'), stderr: '', cut: this.#cutBack || size > limit };
    } catch (error) {
      return { stdout: '', stderr: `its output can't be read: ${String(error)}`, cut: true };
    }
  }
}

/** Empties a file that has grown over the bound; one that is gone needs no bound. */
function cutBack(path: string): boolean {
  try {
    if (statSync(path).size <= MAX_FILE_BYTES) return false;
    truncateSync(path);
    return true;
  } catch {
    return false;
  }
}

function lastBytes(path: string, limit: number): { bytes: Buffer; size: number } {
  const file = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const bytes = Buffer.alloc(Math.min(size, limit));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return { bytes, size };
  } finally {
    closeSync(file);
  }
}
