/** The wanted lines of one log, oldest first, over its rotated files as far back as is asked for. */
import { wholeLines } from '../../logs/blocks.ts';
import { readLine, type Seen } from '../../logs/read.ts';
import type { Form } from '../../logs/record.ts';
import { eachLine } from '../../logs/scan.ts';
import { needlesOf, type Wanted, wants } from '../../logs/wanted.ts';
import { type Family, opened } from './families.ts';
import { type LogFile, nextLine, placeOf, readerIn } from './log-file.ts';

export interface Asked {
  readonly wanted: Wanted;
  /** Only so many, the latest. */
  readonly last: number | undefined;
  /** How much is read at once. */
  readonly blockBytes: number;
  /** Told of a file that can't be read to its end. */
  readonly tell: (text: string) => void;
}

export type Batches = AsyncIterable<readonly Seen[]>;

/** The wanted lines of a block. */
export function select(
  block: Buffer,
  form: Form,
  wanted: Wanted,
  needles = needlesOf(wanted, form),
) {
  const found: Seen[] = [];
  eachLine(block, needles, (bytes) => {
    const seen = readLine(bytes, form);
    if (wants(wanted, seen)) found.push(seen);
  });
  return found;
}

/** Lines of a family; its current file was opened before, and is closed by who did. */
export async function* batchesOf(family: Family, current: LogFile, asked: Asked): Batches {
  if (asked.last !== undefined) {
    yield await lastOf(family, current, asked, asked.last);
    return;
  }
  const { sinceMs, untilMs } = asked.wanted;
  if (sinceMs !== undefined || untilMs !== undefined) {
    for (const file of await earlierOf(family, current)) {
      try {
        if (file.neededFor(asked.wanted)) yield* within(file.log, asked);
      } finally {
        await file.log.handle.close();
      }
    }
  }
  yield* within(current, asked);
}

/** A file that came before another one, with which its own time ends. */
class Earlier {
  readonly log: LogFile;
  readonly #endMs: number;

  constructor(log: LogFile, endMs: number) {
    this.log = log;
    this.#endMs = endMs;
  }

  neededFor({ sinceMs = -Infinity, untilMs = Infinity }: Wanted): boolean {
    const { firstMs = -Infinity } = this.log;
    return firstMs <= untilMs && this.#endMs >= sinceMs;
  }
}

/** Oldest first. What a rotation took away meanwhile, or put in place of the current one, isn't there. */
async function earlierOf({ earlier }: Family, current: LogFile): Promise<Earlier[]> {
  const files: LogFile[] = [];
  for (const path of earlier) {
    const file = await opened(path).catch(gone);
    if (file && file.inode !== current.inode) files.push(file);
    else await file?.handle.close();
  }
  const begin = ({ firstMs = -Infinity }: LogFile) => firstMs;
  const sorted = files.toSorted((a, b) => (begin(a) < begin(b) ? -1 : 1));
  return sorted.map((file, index) => {
    const after = sorted[index + 1] ?? current;
    return new Earlier(file, after.firstMs ?? Infinity);
  });
}

function gone(error: Error): undefined {
  if (/ENOENT/.test(error.message)) return undefined;
  throw error;
}

async function* within(file: LogFile, asked: Asked): Batches {
  const { from, to } = await spanOf(file, asked.wanted);
  yield* between(file, from, to, asked);
}

async function spanOf(file: LogFile, { sinceMs, untilMs }: Wanted) {
  const from = sinceMs === undefined ? 0 : (await placeOf(file, sinceMs)).low;
  const to = untilMs === undefined ? file.size : (await placeOf(file, untilMs + 1)).high;
  return { from, to };
}

async function* between(file: LogFile, from: number, to: number, asked: Asked): Batches {
  const { wanted, blockBytes, tell } = asked;
  const needles = needlesOf(wanted, file.form);
  const read = readerIn(file, from, to);
  try {
    for await (const block of wholeLines(read, blockBytes)) {
      yield select(block, file.form, wanted, needles);
    }
  } catch (error) {
    // A file that is being compressed, or that a crash left so, ends early: the others go on.
    if (!file.gzip) throw error;
    tell(`${file.path} can't be read to its end: ${(error as Error).message}`);
  }
}

/** The latest `n` of the current file, and of earlier ones where it has fewer. */
async function lastOf(
  family: Family,
  current: LogFile,
  asked: Asked,
  n: number,
): Promise<readonly Seen[]> {
  let found = await tail(current, asked, n);
  if (found.length >= n) return found;
  const earlier = (await earlierOf(family, current)).toReversed();
  for (const file of earlier) {
    try {
      const more = found.length < n && file.neededFor(asked.wanted);
      if (more) found = [...(await tail(file.log, asked, n - found.length)), ...found];
    } finally {
      await file.log.handle.close();
    }
  }
  return found;
}

export function latest(lines: readonly Seen[], n: number): readonly Seen[] {
  return lines.slice(Math.max(0, lines.length - n));
}

const FIRST_TAIL_BYTES = 1024 * 1024;
const TAIL_GROWS = 8;

/** From the end backwards, each time a longer piece: what is wanted may be near. */
async function tail(file: LogFile, asked: Asked, n: number): Promise<readonly Seen[]> {
  const { from, to } = await spanOf(file, asked.wanted);
  for (let length = file.gzip ? Infinity : FIRST_TAIL_BYTES; ; length *= TAIL_GROWS) {
    const begin = Math.max(from, to - length);
    const at = begin > from ? await nextLine(file, begin) : from;
    let found: readonly Seen[] = [];
    for await (const batch of between(file, at, to, asked)) {
      if (batch.length > 0) found = latest([...found, ...batch], n);
    }
    if (found.length >= n || begin <= from) return found;
  }
}
