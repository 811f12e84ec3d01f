/**
 * Files that outlive a crash: replaced whole or not at all, appended whole or not at all. It knows
 * nothing of what stands in them, and returns every failure to the caller as an exception.
 */
import { randomBytes } from 'node:crypto';
import { ftruncateSync, writeSync } from 'node:fs';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const PRIVATE_TO_GROUP = 0o640;

/** What is left out stays as it is made: the process's own. */
export interface Owner {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** chown(2) */
const SAME = -1;

/**
 * Replaces `path`. A reader, and the next start after a power cut, finds the old content or the
 * new, never a part: the new one is on disk before it takes the name, and the name before we return.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode = PRIVATE_TO_GROUP,
  /** Whose it is to be; then it has that mode whatever the umask is. */
  owner?: Owner,
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeDurably(aside, content, mode, owner);
    await rename(aside, path);
  } catch (error) {
    // The first failure is the one to tell; that the leftover can't be removed either adds nothing.
    await unlink(aside).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes names in `folder` (new, renamed, removed ones) outlive a power cut. */
export function syncFolder(folder: string): Promise<void> {
  return syncFile(folder);
}

/** Makes what anybody wrote to `path` outlive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file, or undefined where there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/**
 * Appends to a file of `size` bytes, before returning and in whole: where the disk takes only a
 * part, the part is cut off again if the disk lets us. Returns the new size. What it wrote survives
 * a kill -9 of the process, though not a power cut.
 */
export function appendWhole(fd: number, size: number, content: Uint8Array): number {
  try {
    writeFully(fd, size, content);
  } catch (error) {
    cutBack(fd, size);
    throw error;
  }
  return size + content.length;
}

/** Writes all of `content` at `position`; one write may take less than it was given. */
export function writeFully(fd: number, position: number, content: Uint8Array): void {
  for (let done = 0; done < content.length; ) {
    done += writeSync(fd, content, done, content.length - done, position + done);
  }
}

/** A disk that failed to write may fail this too; the write's failure is the one to tell. */
function cutBack(fd: number, size: number): void {
  try {
    ftruncateSync(fd, size);
  } catch {
    // The part stays behind. Readers of such files drop a torn last line.
  }
}

async function writeDurably(
  path: string,
  content: string | Uint8Array,
  mode: number,
  owner: Owner | undefined,
): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    if (owner !== undefined) {
      const { uid = SAME, gid = SAME } = owner;
      await handle.chown(uid, gid);
      await handle.chmod(mode);
    }
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
