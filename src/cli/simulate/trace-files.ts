/**
 * Trace files, read a piece at a time: a year of readings is never in memory as text. Bytes to
 * lines is all that happens here; trace.ts knows what they mean.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from '../exit.ts';
import { type Batch, type Collector, traceError } from './collector.ts';
import { TraceParser } from './trace.ts';

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const DAY_FILE = /^\d{4}-\d\d-\d\d\.csv$/;

/** `done` of `of` bytes are read. */
export type Progress = (done: number, of: number) => void;

/** The readings of all files, in their order. */
export function* readTraces(
  files: readonly string[],
  collector: Collector,
  progress: Progress,
): Generator<Batch> {
  const opened = files.map((file) => open(file));
  try {
    const total = opened.reduce((sum, { bytes }) => sum + bytes, 0);
    let before = 0;
    for (const { file, handle, bytes } of opened) {
      const parser = new TraceParser(file, collector);
      for (const read of readLines(handle, file, (line) => parser.line(line))) {
        progress(before + read, total);
        yield collector.batch();
      }
      parser.end();
      yield collector.batch();
      before += bytes;
    }
  } finally {
    for (const { handle } of opened) closeSync(handle);
  }
}

/** The daemon's own files of readings, oldest first. */
export function historyFiles(stateFolder: string): string[] {
  const folder = join(stateFolder, 'history');
  try {
    return readdirSync(folder)
      .filter((name) => DAY_FILE.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    throw unreadable(error, folder);
  }
}

function open(file: string) {
  try {
    const handle = openSync(file, 'r');
    return { file, handle, bytes: fstatSync(handle).size };
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** After each piece, how many bytes were read so far. */
function* readLines(handle: number, file: string, take: (line: string) => void): Generator<number> {
  const buffer = Buffer.allocUnsafe(2 * PIECE_BYTES);
  let kept = 0;
  let done = 0;
  for (
    let read = fill(handle, buffer, kept, file);
    read > 0;
    read = fill(handle, buffer, kept, file)
  ) {
    const filled = kept + read;
    const end = buffer.lastIndexOf(NEWLINE, filled - 1) + 1;
    if (end === 0 && filled > PIECE_BYTES) throw traceError(file, 'holds a line without an end');
    takeLines(buffer.toString('utf8', 0, end), take, done === 0);
    kept = filled - end;
    buffer.copy(buffer, 0, end, filled);
    done += read;
    yield done;
  }
  if (kept > 0) take(withoutEnd(buffer.toString('utf8', 0, kept)));
}

function takeLines(text: string, take: (line: string) => void, first: boolean): void {
  const lines = (first ? text.replace(/^\uFEFF/, '') : text).split('\n');
  lines.pop();
  for (const line of lines) take(withoutEnd(line));
}

function withoutEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function fill(handle: number, buffer: Buffer, at: number, file: string): number {
  try {
    return readSync(handle, buffer, at, PIECE_BYTES, null);
  } catch (error) {
    throw unreadable(error, file);
  }
}

function unreadable(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const denied = code === 'EACCES' || code === 'EPERM';
  const why = { ENOENT: 'there is no such file', EISDIR: 'is a folder' }[code] ?? code;
  return new CliError(
    denied ? EXIT.denied : EXIT.failed,
    `${path}: ${denied ? 'permission denied' : why}`,
  );
}
