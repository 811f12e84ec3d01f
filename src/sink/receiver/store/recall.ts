/**
 * Reads back what the latest records of the files are known by, oldest first, so that a sink that was
 * started again recognises what is sent again. Bounded in bytes; what can't be read is passed over.
 */
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Known } from '../arrival.ts';
import { knownOf } from './form.ts';

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

export interface RecallOptions {
  /** Of all files together at most so much, of their ends. */
  readonly bytes: number;
  /** Makes a file outlive a power cut; left out where nothing is synced. */
  readonly sync?: ((path: string) => Promise<void>) | undefined;
}

/**
 * Of all `paths`, the bytes shared out evenly. What is known is answered when it comes again, so a
 * file counts only once it is on the disk: a sink that was killed may have written more than it synced.
 */
export async function* recall(
  paths: readonly string[],
  { bytes, sync }: RecallOptions,
): AsyncGenerator<Known> {
  for (const part of await partsOf(paths, bytes)) {
    if (!(await isOnDisk(part, sync))) continue;
    for await (const lines of linesOf(part)) {
      for (const line of lines) {
        const known = knownOf(line);
        if (known) yield known;
      }
    }
  }
}

/** Oldest first: what the files themselves leave goes to those that were rotated last, and so on. */
async function partsOf(paths: readonly string[], bytes: number): Promise<Part[]> {
  const generations = [await existing(paths), ...(await rotated(paths))];
  let left = bytes;
  let parts: Part[] = [];
  for (const files of generations) {
    const those = shared(files, left);
    for (const part of those) left -= part.bytes - part.from;
    parts = [...inOrder(those), ...parts];
  }
  return parts.filter((part) => part.from < part.bytes);
}

/** What was compressed was synced then. */
async function isOnDisk({ path, zipped }: Part, sync: RecallOptions['sync']): Promise<boolean> {
  if (zipped || !sync) return true;
  return sync(path).then(
    () => true,
    () => false,
  );
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

/** The rotated files: of each path the latest, then of each the one before, and so on. */
async function rotated(paths: readonly string[]): Promise<Found[][]> {
  const generations: Found[][] = [];
  const listings = new Map<string, ReadonlySet<string>>();
  for (const path of paths) {
    const folder = dirname(path);
    const names = listings.get(folder) ?? new Set(await readdir(folder).catch(() => []));
    listings.set(folder, names);
    const base = basename(path);
    const ours = [...names].filter((name) => isRotated(name, base) && !names.has(`${name}.gz`));
    const all = await existing(ours.map((name) => join(folder, name)));
    all.sort((a, b) => b.changedMs - a.changedMs || (a.path < b.path ? 1 : -1));
    for (const [age, found] of all.slice(0, ROTATED_MOST).entries()) {
      generations[age] = [...(generations[age] ?? []), found];
    }
  }
  return generations;
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
