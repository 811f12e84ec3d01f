/**
 * The beginning of something that comes in pieces, up to a limit; what is beyond it is let go of. It
 * copies what it holds, since a few bytes would otherwise keep the whole chunk that they came in.
 */
const NOTHING = Buffer.alloc(0);

export class Held {
  readonly #limit: number;
  #bytes: Buffer = NOTHING;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many bytes are held. */
  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    const length = Math.min(this.#length + piece.length, this.#limit);
    if (length > this.#bytes.length) this.#bytes = grown(this.#bytes, length);
    piece.copy(this.#bytes, this.#length, 0, length - this.#length);
    this.#length = length;
  }

  /** What is held, and `last` behind it, which isn't copied where it is all. Holds nothing after it. */
  takeWith(last: Buffer): Buffer {
    if (this.#length === 0) return last.subarray(0, this.#limit);
    this.add(last);
    const all = this.#bytes.subarray(0, this.#length);
    this.#bytes = NOTHING;
    this.#length = 0;
    return all;
  }
}

/** Twice what is needed, so that what comes byte by byte is not copied each time. */
function grown(bytes: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(2 * length);
  bytes.copy(larger);
  return larger;
}
