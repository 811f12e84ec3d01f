/** Several logs as one, in order of time. */
import type { Seen } from '../../logs/read.ts';
import type { Batches } from './source.ts';

/** Lines without a time stay behind the one before them. */
export async function* merged(sources: readonly Batches[]): Batches {
  const [only] = sources;
  if (sources.length === 1 && only) return yield* only;
  const heads: Head[] = [];
  try {
    for (const source of sources) {
      const head = new Head(source);
      heads.push(head);
      await head.fill();
    }
    yield* inOrder(heads);
  } finally {
    await Promise.all(heads.map((head) => head.close()));
  }
}

async function* inOrder(heads: readonly Head[]): Batches {
  for (let left = heads.filter(({ ended }) => !ended); left.length > 0; ) {
    const first = left.reduce((a, b) => (b.timeMs < a.timeMs ? b : a));
    const others = left.filter((head) => head !== first).map(({ timeMs }) => timeMs);
    yield first.upTo(Math.min(...others));
    await first.fill();
    if (first.ended) left = left.filter((head) => head !== first);
  }
}

/** What of a source is read and not yet passed on. */
class Head {
  readonly #batches: AsyncIterator<readonly Seen[]>;
  #batch: readonly Seen[] = [];
  #at = 0;
  timeMs = -Infinity;
  ended = false;

  constructor(source: Batches) {
    this.#batches = source[Symbol.asyncIterator]();
  }

  /** Reads on where nothing is left. */
  async fill(): Promise<void> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done) {
        this.ended = true;
        return;
      }
      this.#batch = next.value;
      this.#at = 0;
    }
    this.#look();
  }

  /** The lines that aren't later than `timeMs`: one at least. */
  upTo(timeMs: number): readonly Seen[] {
    const from = this.#at;
    do {
      this.#at += 1;
      this.#look();
    } while (this.#at < this.#batch.length && this.timeMs <= timeMs);
    return this.#batch.slice(from, this.#at);
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  #look(): void {
    this.timeMs = this.#batch[this.#at]?.timeMs ?? this.timeMs;
  }
}
