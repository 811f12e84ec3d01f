/**
 * Blocks of whole lines out of whatever gives bytes. While one block is looked at, the next is read. A
 * line longer than a block is cut where the block ends, and its rest is passed over.
 */

/** Fills from the front and gives the number of bytes; 0 at the end. */
export type Read = (into: Buffer) => Promise<number>;

const NEWLINE = 0x0a;

/** A block is valid until the next one is asked for. */
export async function* wholeLines(read: Read, blockBytes: number): AsyncGenerator<Buffer> {
  let front = Buffer.allocUnsafe(blockBytes);
  let back = Buffer.allocUnsafe(blockBytes);
  let held = 0;
  let skipping = false;
  let reading = read(front);
  for (;;) {
    const got: number = await reading;
    if (got === 0) break;
    const filled = held + got;
    const lines = linesWithin(front.subarray(0, filled), skipping, blockBytes);
    held = front.copy(back, 0, lines.end, filled);
    reading = read(back.subarray(held));
    // Whoever wants no more lines doesn't hear of a read that fails after that.
    reading.catch(() => undefined);
    skipping = lines.cut;
    if (lines.end > lines.begin) yield front.subarray(lines.begin, lines.end);
    [front, back] = [back, front];
  }
  if (held > 0) yield front.subarray(0, held);
}

/** Whole lines go from `begin` to `end`; `cut`: what follows is the rest of a line to pass over. */
function linesWithin(bytes: Buffer, skipping: boolean, blockBytes: number) {
  const begin = skipping ? bytes.indexOf(NEWLINE) + 1 : 0;
  if (skipping && begin === 0) return { begin: bytes.length, end: bytes.length, cut: true };
  const end = Math.max(begin, bytes.lastIndexOf(NEWLINE) + 1);
  const full = end === 0 && bytes.length === blockBytes;
  return full ? { begin, end: bytes.length, cut: true } : { begin, end, cut: false };
}

/** From a stream, whose chunks have sizes of their own. Fails as the stream does. */
export function readerOf(chunks: AsyncIterable<Uint8Array>): Read {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return async (into) => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done) return 0;
      rest = next.value;
    }
    const taken = Math.min(rest.length, into.length);
    into.set(rest.subarray(0, taken));
    rest = rest.subarray(taken);
    return taken;
  };
}
