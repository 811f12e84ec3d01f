/**
 * Plain lines, as the thesis's client sent them: each ends in a newline, with or without a carriage
 * return, the last one of a connection also at its end. Empty lines say nothing and are passed
 * over. Holds at most one line of a connection, cut to its limit.
 */
import type { Decoder, Protocol, Received } from './protocol.ts';

export const plain: Protocol = { name: 'plain', open: (lineBytes) => new LineSplitter(lineBytes) };

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);

/** So many bytes over the limit tell that a line is over it, though one be a carriage return. */
const ENOUGH_TO_KNOW = 2;

class LineSplitter implements Decoder {
  readonly #limit: number;
  /** The beginning of a line whose newline hasn't come yet, as far as it is needed. */
  #line: Buffer = NOTHING;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): Received[] {
    const received: Received[] = [];
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.#complete(received, chunk.subarray(from, to));
      from = to + 1;
    }
    this.#hold(chunk.subarray(from));
    return received;
  }

  end(how: 'ended' | 'broken'): Received[] {
    const received: Received[] = [];
    this.#complete(received, NOTHING);
    return how === 'ended' ? received : received.map(({ bytes }) => ({ bytes, flaw: 'torn' }));
  }

  /** A line is complete, and `last` is the last piece of it. */
  #complete(received: Received[], last: Buffer): void {
    const line = withoutReturn(this.#held === 0 ? last : this.#joined(last));
    if (line.length > this.#limit) {
      received.push({ bytes: line.subarray(0, this.#limit), flaw: 'cut' });
    } else if (line.length > 0) received.push({ bytes: line });
  }

  #joined(last: Buffer): Buffer {
    this.#hold(last);
    const line = this.#line.subarray(0, this.#held);
    this.#line = NOTHING;
    this.#held = 0;
    return line;
  }

  /** Copies, since a few bytes would otherwise keep the whole chunk they came in. */
  #hold(piece: Buffer): void {
    const length = Math.min(this.#held + piece.length, this.#limit + ENOUGH_TO_KNOW);
    if (length > this.#line.length) this.#line = grown(this.#line, length);
    piece.copy(this.#line, this.#held, 0, length - this.#held);
    this.#held = length;
  }
}

/** Twice what is needed, so that a line that comes byte by byte is not copied each time. */
function grown(line: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(2 * length);
  line.copy(larger);
  return larger;
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}
