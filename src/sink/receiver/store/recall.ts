/**
 * Reads back what the latest records of the files are known by, oldest first, so that a sink that was
 * started again recognises what is sent again. Bounded in bytes; what can't be read is passed over.
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { knownOf } from './form.ts';
import type { Known } from './known.ts';

interface Found {
  readonly path: string;
  readonly zipped: boolean;
  /** Of its lines, not of what it takes on the disk. */
  readonly bytes: number;
  readonly changedMs: number;
}

/** A part of a file: from `from` on to its end. */
interface Part extends Found {
  readonly from: number;
}

/** What a rotation of ours or logrotate adds to a file's name. */
const ROTATED = /^[.-]\d[\dTZ.-]*?(\.gz)?$/;
/** So many rotated files of one file are read where the latest holds little. */
const ROTATED_MOST = 4;
/** A longer line is no line of ours. */
const LINE_BYTES_MAX = 4 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;
const NEWLINE = 0x0a;

/** Of all `paths` together at most the last `bytes`, shared out evenly. */
export async function* recall(paths: readonly string[], bytes: number): AsyncGenerator<Known> {
  const current = await existing(paths);
  const parts = shared(current, bytes);
  const left = bytes - parts.reduce((sum, part) => sum + part.bytes - part.from, 0);
  const older = left > 0 ? shared(await rotated(paths), left) : [];
  for (const part of [...inOrder(older), ...inOrder(parts)]) {
    for await (const lines of linesOf(part)) {
      for (const line of lines) {
        const known = knownOf(line);
        if (known) yield known;
      }
    }
  }
}

function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => a.changedMs - b.changedMs);
}

/** The small ones whole, and of the others the ends. */
function shared(files: readonly Found[], bytes: number): Part[] {
  let left = bytes;
  const smallFirst = [...files].sort((a, b) => a.bytes - b.bytes);
  return smallFirst.map((file, index) => {
    const taken = Math.min(file.bytes, Math.floor(left / (files.length - index)));
    left -= taken;
    return { ...file, from: file.bytes - taken };
  });
}

async function existing(paths: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const path of paths) found.push(...(await lookAt(path)));
  return found;
}

/** The latest rotated files of each path. */
async function rotated(paths: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  const listings = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path);
    const names = listings.get(folder) ?? (await readdir(folder).catch(() => []));
    listings.set(folder, names);
    const base = basename(path);
    const ours = names.filter((name) => isRotated(name, base) && !names.includes(`${name}.gz`));
    const all = await existing(ours.map((name) => join(folder, name)));
    all.sort((a, b) => b.changedMs - a.changedMs || (a.path < b.path ? 1 : -1));
    found.push(...all.slice(0, ROTATED_MOST));
  }
  return found;
}

function isRotated(name: string, base: string): boolean {
  return name.startsWith(base) && ROTATED.test(name.slice(base.length));
}

async function lookAt(path: string): Promise<Found[]> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return [];
    const { size, mtimeMs } = found;
    const zipped = path.endsWith('.gz');
    const bytes = zipped ? await unzippedBytes(path, size) : size;
    return [{ path, zipped, bytes, changedMs: mtimeMs }];
  } catch {
    return [];
  }
}

/** As a gzip file says at its end, modulo 4 GiB (RFC 1952). */
async function unzippedBytes(path: string, size: number): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
    return bytesRead === 4 ? buffer.readUInt32LE() : 0;
  } finally {
    await handle.close();
  }
}

/** Whole lines, many at once. What stands before the first newline behind `from` may be half a line. */
async function* linesOf({ path, zipped, from }: Part): AsyncGenerator<string[]> {
  const at = Math.max(0, from - 1);
  let skip = zipped ? at : 0;
  let rest: Buffer = Buffer.alloc(0);
  let whole = from === 0;
  const read = createReadStream(path, { start: zipped ? 0 : at, highWaterMark: CHUNK_BYTES });
  const source = zipped ? read.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : read;
  // A pipe hands no error on.
  if (zipped) read.on('error', (error) => source.destroy(error));
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const skipped = Math.min(skip, chunk.length);
      skip -= skipped;
      const bytes = rest.length === 0 ? chunk.subarray(skipped) : Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(NEWLINE);
      rest = bytes.subarray(end + 1);
      const tooLong = rest.length > LINE_BYTES_MAX;
      if (tooLong) rest = Buffer.alloc(0);
      if (end >= 0) {
        const lines = bytes.toString('utf8', 0, end).split('\n');
        yield whole ? lines : lines.slice(1);
        whole = true;
      }
      if (tooLong) whole = false;
    }
  } catch {
    // A damaged gzip, or a file that was moved meanwhile: what it held isn't known then.
  } finally {
    read.destroy();
  }
}
