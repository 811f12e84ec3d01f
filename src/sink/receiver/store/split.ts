/**
 * One file for each guest, in a folder. A name that can't be a file's, and names beyond the limit,
 * share one file. Names come from outside: nothing but what guest-name.ts allows ever gets into a path.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGuestName } from '../../guest-name.ts';
import type { Tell } from '../../notice.ts';
import type { LogFile } from './log-file.ts';

export interface SplitOptions {
  readonly folder: string;
  /** Over it, guests that are new share a file. */
  readonly maxFiles: number;
  readonly tell: Tell;
  /** What writes the file at `path`. */
  readonly fileAt: (path: string) => LogFile;
}

const REST = '_other';
const ENDING = '.log';
/** A guest's file, or one that a rotation, ours or logrotate's, made of it. */
const ITS_FILE = /^(.+)\.log(?:[.-]\d[\dTZ.-]*(?:\.gz)?)?$/;

export class Split {
  readonly #options: SplitOptions;
  readonly #files = new Map<string, LogFile>();
  #full = false;

  private constructor(options: SplitOptions) {
    this.#options = options;
  }

  /** Makes the folder where there is none, and rejects where it can't be used. */
  static async open(options: SplitOptions): Promise<Split> {
    await mkdir(options.folder, { recursive: true, mode: 0o750 });
    const split = new Split(options);
    for (const name of await readdir(options.folder)) {
      // A kill in the middle of a rotation may have left nothing but the rotated one.
      const guest = ITS_FILE.exec(name)?.[1] ?? '';
      if (isGuestName(guest) && !split.#files.has(guest)) split.#add(guest);
    }
    return split;
  }

  get files(): readonly LogFile[] {
    return [...this.#files.values()];
  }

  get paths(): readonly string[] {
    return [...this.#files.keys()].map((guest) => this.#path(guest));
  }

  /** Where the records of the one who calls itself `name` go. */
  fileOf(name: string): LogFile {
    const known = this.#files.get(name);
    if (known) return known;
    if (!isGuestName(name)) return this.#rest();
    // The rest's own file doesn't count.
    const count = this.#files.size - (this.#files.has(REST) ? 1 : 0);
    if (count >= this.#options.maxFiles && name !== REST) {
      this.#sayFull();
      return this.#rest();
    }
    return this.#add(name);
  }

  #rest(): LogFile {
    return this.#files.get(REST) ?? this.#add(REST);
  }

  #add(guest: string): LogFile {
    const file = this.#options.fileAt(this.#path(guest));
    this.#files.set(guest, file);
    return file;
  }

  #path(guest: string): string {
    return join(this.#options.folder, `${guest}${ENDING}`);
  }

  #sayFull(): void {
    if (this.#full) return;
    this.#full = true;
    const fields = { limit: this.#options.maxFiles, file: this.#path(REST) };
    const text = 'too many guests for a file each, new ones share one';
    this.#options.tell({ level: 'warn', text, fields });
  }
}
