/**
 * What becomes of rotated files: compressed one after the other, in a stream, and the oldest deleted.
 * It goes on beside the writing, and a failure of it costs room, never a line.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { syncFile, syncFolder } from '../../../system/files.ts';
import type { Tell } from '../../notice.ts';

export interface ArchiveOptions {
  readonly gzip: boolean;
  /** How many rotated files of each file are kept. */
  readonly keep: number;
  readonly tell: Tell;
}

/** What a rotation called it: the file it was, and a time that sorts. */
const ROTATED = /^(.+)-(\d{8}T\d{6}\.\d{3}Z)(\.gz|\.gz\.part)?$/;

export class Archive {
  readonly #options: ArchiveOptions;
  readonly #stop = new AbortController();
  readonly #asked = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /** Sees to the rotated files of `path`, also to what an earlier life left half done. */
  settle(path: string): void {
    this.#asked.add(path);
    this.#running ??= this.#run();
  }

  /** Leaves the rest for the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const path of this.#asked) {
      this.#asked.delete(path);
      if (this.#stop.signal.aborted) break;
      await this.#settle(path).catch((error) => this.#failed(path, error));
    }
    this.#running = undefined;
  }

  async #settle(path: string): Promise<void> {
    const folder = dirname(path);
    const names = await rotatedOf(path);
    const stamps = [...new Set(names.map(stampOf))].sort();
    const kept = new Set(stamps.slice(-this.#options.keep));
    const goes = (name: string) => name.endsWith('.part') || !kept.has(stampOf(name));
    // Deleting first makes room for compressing.
    for (const name of names.filter(goes)) await unlink(join(folder, name));
    if (!this.#options.gzip) return;
    for (const name of names) {
      if (goes(name) || name.endsWith('.gz')) continue;
      if (names.includes(`${name}.gz`)) await unlink(join(folder, name));
      else await this.#compress(join(folder, name));
    }
  }

  /** The compressed one is on the disk, whole, before it takes its name and the plain one goes. */
  async #compress(path: string): Promise<void> {
    const part = `${path}.gz.part`;
    const { signal } = this.#stop;
    try {
      const { atime, mtime, mode } = await stat(path);
      const to = createWriteStream(part, { mode: mode & 0o777 });
      await pipeline(createReadStream(path), createGzip(), to, { signal });
      await syncFile(part);
      await utimes(part, atime, mtime);
      await rename(part, `${path}.gz`);
      await syncFolder(dirname(path));
      await unlink(path);
    } catch (error) {
      await unlink(part).catch(() => undefined);
      throw error;
    }
  }

  #failed(path: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const text = 'rotated log files not compressed or deleted, tried again with the next rotation';
    this.#options.tell({ level: 'warn', text, fields: { file: path, error: String(error) } });
  }
}

function stampOf(name: string): string {
  return ROTATED.exec(name)?.[2] ?? '';
}

/** The names of what was rotated of `path`, in no order. */
async function rotatedOf(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  return names.filter((name) => ROTATED.exec(name)?.[1] === basename(path));
}
