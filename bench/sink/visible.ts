/** How many lines of a file that grows a reader can see, read on from where it stopped. */
import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receiver } from './receivers.ts';

const NEWLINE = 0x0a;
const LOOK_EVERY_MS = 2;
/** Nothing takes that long unless lines are missing. */
const PATIENCE_MS = 60_000;

export class Visible {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(1024 * 1024);
  #file: number | undefined;
  #lines = 0;

  constructor({ file }: Receiver) {
    this.#path = file;
  }

  get lines(): number {
    for (let length = this.#read(); length > 0; length = this.#read()) {
      this.#lines += newlinesIn(this.#buffer.subarray(0, length));
    }
    return this.#lines;
  }

  /** Resolves when there are so many. */
  async until(lines: number): Promise<void> {
    const last = performance.now() + PATIENCE_MS;
    while (this.lines < lines) {
      if (performance.now() > last) throw new Error(`${this.#path}: ${lines - this.lines} missing`);
      await sleep(LOOK_EVERY_MS);
    }
    if (this.lines > lines) throw new Error(`${this.#path}: ${this.lines - lines} too many`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  /** Some receivers make the file with the first line. */
  #read(): number {
    try {
      this.#file ??= openSync(this.#path, 'r');
    } catch {
      return 0;
    }
    return readSync(this.#file, this.#buffer, 0, this.#buffer.length, null);
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
