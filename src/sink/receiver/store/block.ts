/**
 * Memory that one batch after the other is laid out in: fresh memory for each, whose pages the kernel has
 * to find first, costs more than all else that is done for a large one.
 */
/** Of one unit of a text, in UTF-8. */
const BYTES_MOST = 3;

export class Block {
  #memory: Buffer = Buffer.alloc(0);

  /** The texts as UTF-8, one behind the other; only good until the next ones. */
  laidOut(texts: readonly string[]): Buffer {
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    if (this.#memory.length < BYTES_MOST * units) {
      this.#memory = Buffer.allocUnsafeSlow(BYTES_MOST * units);
    }
    let end = 0;
    for (const text of texts) end += this.#memory.write(text, end);
    return this.#memory.subarray(0, end);
  }
}
