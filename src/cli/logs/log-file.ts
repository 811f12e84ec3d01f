/**
 * A log file that is open: its form, whether it is compressed, and where its lines of a time lie. It
 * reads and never writes.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { type Read, readerOf } from '../../logs/blocks.ts';
import { formOf, readLine } from '../../logs/read.ts';
import type { Form } from '../../logs/record.ts';

export interface LogFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Of its first line; undefined where the file is empty or begins with something else. */
  readonly firstMs: number | undefined;
  readonly form: Form;
  readonly gzip: boolean;
  /** Bytes in it when it was opened. */
  readonly size: number;
  readonly inode: number;
}

/** Enough for the first line of a file, unless somebody means to make this hard. */
const START_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Rejects as `open` does; a folder with `EISDIR`. */
export async function openLog(path: string): Promise<LogFile> {
  const handle = await open(path, 'r');
  try {
    const { size, ino } = await handle.stat();
    const start = await bytesAt(handle, 0, START_BYTES);
    const gzip = start[0] === 0x1f && start[1] === 0x8b;
    const shown = gzip ? await firstUnpacked(handle) : start;
    const form = formOf(shown);
    const firstMs = timeOfFirst(shown, form);
    return { path, handle, form, gzip, size, inode: ino, firstMs };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function firstUnpacked(handle: FileHandle): Promise<Buffer> {
  const read = unpacked(handle);
  const buffer = Buffer.allocUnsafe(START_BYTES);
  return buffer.subarray(0, await read(buffer).catch(() => 0));
}

function unpacked(handle: FileHandle): Read {
  const packed = handle.createReadStream({ start: 0, autoClose: false });
  const plain = createGunzip();
  packed.on('error', (error) => plain.destroy(error));
  return readerOf(packed.pipe(plain));
}

/** The time of the first line in `bytes` that has one; the last line may be cut. */
function timeOfFirst(bytes: Buffer, form: Form): number | undefined {
  for (let begin = 0; begin < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, begin);
    if (end === -1) return readLine(bytes.subarray(begin), form).timeMs;
    const { timeMs } = readLine(bytes.subarray(begin, end), form);
    if (timeMs !== undefined) return timeMs;
    begin = end + 1;
  }
  return undefined;
}

/** The bytes of `file` from `from` to `to`; all of a compressed one, whose places say nothing. */
export function readerIn(file: LogFile, from: number, to: number): Read {
  if (file.gzip) return unpacked(file.handle);
  let position = from;
  return async (into) => {
    const length = Math.min(into.length, to - position);
    if (length <= 0) return 0;
    const { bytesRead } = await file.handle.read(into, 0, length, position);
    position += bytesRead;
    return bytesRead;
  };
}

/** Bisection stops where so much is left: reading it costs less than asking on. */
const CLOSE_BYTES = 256 * 1024;

/** Beginnings of lines: all lines before `low` came before a moment, all from `high` on did not. */
export interface Place {
  readonly low: number;
  readonly high: number;
}

/** Where lines of `timeMs` begin, as lines are in order of time. A compressed file tells nothing. */
export async function placeOf(file: LogFile, timeMs: number): Promise<Place> {
  let [low, high] = [0, file.size];
  while (!file.gzip && high - low > CLOSE_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const bytes = await bytesAt(file.handle, middle, START_BYTES);
    const begin = bytes.indexOf(NEWLINE) + 1;
    const seenMs = begin === 0 ? undefined : timeOfFirst(bytes.subarray(begin), file.form);
    if (seenMs === undefined) break;
    if (seenMs >= timeMs) high = middle + begin;
    else low = middle + begin;
  }
  return { low, high };
}

/** The next beginning of a line behind `position`, where one is near. */
export async function nextLine(file: LogFile, position: number): Promise<number> {
  if (position === 0) return 0;
  const bytes = await bytesAt(file.handle, position - 1, START_BYTES);
  return position + bytes.indexOf(NEWLINE);
}

/** Where the last whole line ends: what follows it is still being written. */
export async function endOfLines(file: LogFile): Promise<number> {
  for (let end = file.size; end > 0; end -= START_BYTES) {
    const begin = Math.max(0, end - START_BYTES);
    const at = (await bytesAt(file.handle, begin, end - begin)).lastIndexOf(NEWLINE);
    if (at !== -1) return begin + at + 1;
  }
  return 0;
}
