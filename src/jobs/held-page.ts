/**
 * This guest's copy of the page it has claimed: the jobs go on where the queue's server can't be
 * reached, at another site for instance. Payloads stay in the file until they are handed out.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { isMissing, writeAtomically } from '../system/files.ts';
import { type Job, type JobLine, parseLine, parsePage, type QueuePage } from './page.ts';

/** The payload belongs to the guest alone. */
const MODE = 0o600;

export class HeldPage implements QueuePage {
  readonly jobs: QueuePage['jobs'];
  readonly badLines: number;
  readonly bad: QueuePage['bad'];
  readonly #fd: number;
  readonly #indexes: ReadonlyMap<string, number>;

  /** Keeps what was claimed; says why it can't be worked on where it is no page. */
  static async keep(
    path: string,
    bytes: Buffer,
    maxJobs: number,
  ): Promise<HeldPage | { readonly problem: string }> {
    const page = parsePage(bytes, maxJobs);
    if ('problem' in page) return page;
    await writeAtomically(path, bytes, MODE);
    return new HeldPage(path, page);
  }

  /** What was kept before; undefined where nothing was, or nothing that is a page. */
  static reopen(path: string, maxJobs: number): HeldPage | undefined {
    try {
      const page = parsePage(readFileSync(path), maxJobs);
      return 'problem' in page ? undefined : new HeldPage(path, page);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private constructor(path: string, { jobs, badLines, bad }: QueuePage) {
    this.jobs = jobs;
    this.badLines = badLines;
    this.bad = bad;
    this.#fd = openSync(path, 'r');
    this.#indexes = new Map(jobs.map(({ id }, index) => [id, index]));
  }

  indexOf(id: string): number | undefined {
    return this.#indexes.get(id);
  }

  payload({ from, to }: Job): string {
    const bytes = Buffer.alloc(to - from);
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(this.#fd, bytes, done, bytes.length - done, from + done);
      if (read === 0) throw new Error('the copy of the claimed page was cut');
      done += read;
    }
    return (parseLine(bytes) as JobLine).payload;
  }

  async remove(path: string): Promise<void> {
    closeSync(this.#fd);
    await unlink(path);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
