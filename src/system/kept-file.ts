/**
 * A file of /proc that is read again and again: it is kept open, since the kernel makes it anew at each
 * reading from its beginning. Without a thread's help: that takes microseconds, and no disk is asked.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The kernel gives whole lines, as many as a page holds or more, where more of them follow: less than half
 * a page is the end (fs/seq_file.c).
 */
const PAGE_BYTES = 4096;

export class KeptFile {
  readonly path: string;
  #fd: number | undefined;
  #bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);

  constructor(path: string) {
    this.path = path;
  }

  /** All of its text. Throws what the system says; the next reading opens it anew. */
  read(): string {
    this.#fd ??= openSync(this.path, 'r');
    try {
      return this.#bytes.toString('latin1', 0, this.#fill(this.#fd));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #fill(fd: number): number {
    for (let length = 0; ; ) {
      const room = this.#bytes.length - length;
      if (room < PAGE_BYTES) this.#grow();
      else {
        const read = readSync(fd, this.#bytes, length, room, length);
        length += read;
        if (read < PAGE_BYTES / 2) return length;
      }
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}
