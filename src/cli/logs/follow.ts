/** What is added to logs, over their rotation and truncation. */
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { formOf, type Seen } from '../../logs/read.ts';
import type { Form } from '../../logs/record.ts';
import type { Wanted } from '../../logs/wanted.ts';
import { type LogFile, openLog } from './log-file.ts';
import { select } from './source.ts';

const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** One log, from a place in its current file on. */
export class Followed {
  readonly path: string;
  #file: LogFile | undefined;
  #position: number;
  /** Told by the first line, which may be to come. */
  #form: Form | undefined;
  /** The rest of a line that was too long is passed over. */
  #skipping = false;

  constructor(path: string, file: LogFile | undefined, position: number) {
    this.path = path;
    this.#file = file;
    this.#position = position;
    this.#form = file && position > 0 ? file.form : undefined;
  }

  /** Calls `take` with the lines that came since. */
  async look(wanted: Wanted, take: (lines: readonly Seen[]) => Promise<void>): Promise<void> {
    const now = await stat(this.path).catch(() => undefined);
    await this.#readOn(wanted, take);
    if (!now || now.ino === this.#file?.inode) return;
    const next = await openLog(this.path).catch(() => undefined);
    if (!next) return;
    await this.#file?.handle.close();
    this.#file = next;
    this.#begin();
    await this.#readOn(wanted, take);
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  async #readOn(wanted: Wanted, take: (lines: readonly Seen[]) => Promise<void>): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if ((await file.handle.stat()).size < this.#position) this.#begin();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      const { bytesRead } = await file.handle.read(piece, 0, PIECE_BYTES, this.#position);
      const lines = this.#wholeLines(piece.subarray(0, bytesRead));
      if (!lines) return;
      this.#form ??= formOf(lines);
      await take(select(lines, this.#form, wanted));
    }
  }

  #begin(): void {
    this.#position = 0;
    this.#form = undefined;
    this.#skipping = false;
  }

  /** The lines of a piece that are whole, or undefined where none is. */
  #wholeLines(piece: Buffer): Buffer | undefined {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    const full = piece.length === PIECE_BYTES;
    if (end === 0 && !full) return undefined;
    const taken = end === 0 ? piece.length : end;
    const begin = this.#skipping ? piece.indexOf(NEWLINE) + 1 || taken : 0;
    this.#skipping = end === 0;
    this.#position += taken;
    return piece.subarray(begin, taken);
  }
}

/** How often is looked where the system tells of no change, as on a network's file system. */
const POLL_MS = 500;
/** New files of a folder are looked for each so many polls. */
const POLLS_A_SEARCH = 4;

export interface Following {
  readonly logs: Followed[];
  /** Logs that have come to be; asked from time to time. */
  readonly newer: (known: readonly Followed[]) => Promise<readonly Followed[]>;
  readonly wanted: Wanted;
  readonly take: (lines: readonly Seen[]) => Promise<void>;
  readonly clock: Clock;
}

/** Until `stop` aborts. */
export async function follow(following: Following, stop: AbortSignal): Promise<void> {
  const { logs, newer, wanted, take, clock } = following;
  const changes = new Changes(logs.map(({ path }) => dirname(path)));
  try {
    for (let poll = 1; !stop.aborted; poll += 1) {
      if (poll % POLLS_A_SEARCH === 0) logs.push(...(await newer(logs)));
      for (const log of logs) await log.look(wanted, take);
      await clock.sleep(POLL_MS, AbortSignal.any([stop, changes.next()]));
    }
  } finally {
    changes.close();
    for (const log of logs) await log.close();
  }
}

/** Wakes the one who waits when something in a folder has changed. */
class Changes {
  readonly #watchers: FSWatcher[] = [];
  #controller = new AbortController();

  constructor(folders: readonly string[]) {
    for (const folder of new Set(folders)) this.#watch(folder);
  }

  /** Aborts at the next change, at once where there was one since the last was asked for. */
  next(): AbortSignal {
    const { signal } = this.#controller;
    if (signal.aborted) this.#controller = new AbortController();
    return signal;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Polling goes on where a folder can't be watched. */
  #watch(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#controller.abort());
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // inotify has its limits, and some file systems have none.
    }
  }
}
