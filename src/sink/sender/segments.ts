/**
 * The files of a spool: segments named by the number of their first record, each holding records
 * without a gap, and one small file that says which record was the last to leave. It keeps no order
 * and no bound: see spool.ts.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { isMissing, writeFully } from '../../system/files.ts';
import { parseSpoolLine } from './spool-line.ts';

export interface Segment {
  readonly path: string;
  /** The numbers of its first and last record; `last < first` while there is none. */
  readonly first: number;
  last: number;
  bytes: number;
}

const DIGITS = 16;
const NAME = /^(\d{16})\.jsonl$/;
const POSITION = 'position.json';
/** Holds the last line of a segment whatever its length: see the bounds in spool-line.ts. */
const TAIL_BYTES = 512 * 1024;

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(DIGITS, '0')}.jsonl`);
}

/** The segments that an earlier run left, oldest first. Throws where the folder is of no use. */
export function findSegments(folder: string): Segment[] {
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const names = readdirSync(folder).sort();
  return names.flatMap((name) => {
    const first = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    return Number.isSafeInteger(first) ? [foundSegment(join(folder, name), first)] : [];
  });
}

/** Up to `most` bytes from `at` on. */
export function readFrom(fd: number, at: number, most: number): Buffer {
  const buffer = Buffer.allocUnsafe(most);
  return buffer.subarray(0, readSync(fd, buffer, 0, most, at));
}

/** Which record left last, kept in a file that is overwritten in place: cheap, never torn by a kill. */
export class Position {
  readonly #fd: number;
  /** What an earlier run saved. */
  readonly sent: number | undefined;

  constructor(folder: string) {
    const path = join(folder, POSITION);
    this.sent = parsePosition(readPosition(path));
    this.#fd = openSync(path, this.sent === undefined ? 'w' : 'r+', 0o640);
  }

  /** Always of the same length, so that a new text covers the old one. */
  save(sent: number): void {
    const padded = String(sent).padStart(DIGITS);
    writeFully(this.#fd, 0, Buffer.from(`{"v":1,"sent":${padded}}\n`));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function foundSegment(path: string, first: number): Segment {
  const fd = openSync(path, 'r');
  try {
    const bytes = fstatSync(fd).size;
    const from = Math.max(0, bytes - TAIL_BYTES);
    const lines = readFrom(fd, from, bytes - from)
      .toString()
      .split('\n');
    // What follows the last newline is torn: `send` never returned for it.
    const last = lines.slice(0, -1).map(parseSpoolLine).findLast(Boolean)?.seq;
    return { path, first, last: last ?? first - 1, bytes };
  } finally {
    closeSync(fd);
  }
}

function readPosition(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** Undefined where it was never written or a power cut damaged it: everything is then sent again. */
function parsePosition(text: string): number | undefined {
  const digits = /^\{"v":1,"sent": *(\d{1,16})\}\n/.exec(text)?.[1];
  const sent = Number(digits ?? Number.NaN);
  return Number.isSafeInteger(sent) ? sent : undefined;
}
