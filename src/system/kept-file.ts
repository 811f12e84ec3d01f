/**
 * A file of /proc that is read again and again: it is kept open, since the kernel makes it anew at each
 * reading from its beginning. Without a thread's help: that takes microseconds, and no disk is asked.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const SMALL_BYTES = 4096;

export class KeptFile {
  readonly path: string;
  #fd: number | undefined;
  #bytes = Buffer.allocUnsafeSlow(SMALL_BYTES);

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

  /** The kernel may give a part at a time, and nothing only at the end. */
  #fill(fd: number): number {
    for (let length = 0; ; ) {
      if (length === this.#bytes.length) this.#grow();
      const read = readSync(fd, this.#bytes, length, this.#bytes.length - length, length);
      if (read === 0) return length;
      length += read;
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}
