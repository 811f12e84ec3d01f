/**
 * A file opened for appending, as the writer of lines needs it. It retries nothing: what the disk
 * says goes to the caller.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../../system/files.ts';

const NEWLINE = 0x0a;

/** Only what is needed of a file, so that a test can hand in a disk that fails. */
export interface Output {
  /**
   * Appends: how many bytes were taken, from the first on. Where it was opened as `synced` they are on the
   * disk then, with one call for both; where that fails, some may be in the file all the same.
   */
  write(bytes: Buffer): Promise<number>;
  /** Writes all of them over what stands at `position`. */
  rewrite(bytes: Buffer, position: number): Promise<void>;
  /** Resolves when all that was written is on the disk; at once where it isn't for a disk. */
  sync(): Promise<void>;
  /** Makes the file's name outlive a power cut, which syncing the file alone doesn't. */
  syncName(): Promise<void>;
  look(): Promise<Look>;
  /** Never rejects: whether what was written is safe is a sync's to tell, not a close's. */
  close(): Promise<void>;
}

export interface Look {
  /** False of a pipe or a device, such as /dev/null: it is neither synced nor rotated. */
  readonly isFile: boolean;
  readonly bytes: number;
  /** Whether the file ends inside a line, as after a crash. */
  readonly torn: boolean;
  /** When the file was made, in milliseconds since 1970; where the disk doesn't know, last changed. */
  readonly bornMs: number;
}

export type OpenOutput = (path: string, synced: boolean) => Promise<Output>;

const { O_APPEND, O_CREAT, O_DSYNC, O_RDWR } = constants;

export async function openForAppending(path: string, synced: boolean): Promise<Output> {
  const flags = O_RDWR | O_APPEND | O_CREAT | (synced ? O_DSYNC : 0);
  const handle = await open(path, flags, 0o640);
  const isFile = (await handle.stat()).isFile();
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    rewrite: (bytes, position) => rewrite(handle, bytes, position),
    sync: async () => (isFile ? handle.datasync() : undefined),
    syncName: async () => (isFile ? syncFolder(dirname(path)) : undefined),
    look: () => look(handle),
    close: () => handle.close().catch(() => undefined),
  };
}

/** What is opened for appending appends, wherever it is told to write; so a second opening writes. */
async function rewrite({ fd }: FileHandle, bytes: Buffer, position: number): Promise<void> {
  const inPlace = await open(`/proc/self/fd/${fd}`, 'r+');
  try {
    for (let done = 0; done < bytes.length; ) {
      const left = bytes.length - done;
      done += (await inPlace.write(bytes, done, left, position + done)).bytesWritten;
    }
  } finally {
    await inPlace.close();
  }
}

async function look(handle: FileHandle): Promise<Look> {
  const stat = await handle.stat();
  const { size, birthtimeMs, mtimeMs } = stat;
  const last = Buffer.alloc(1);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  const torn = size > 0 && last[0] !== NEWLINE;
  const bornMs = birthtimeMs > 0 ? birthtimeMs : mtimeMs;
  return { isFile: stat.isFile(), bytes: size, torn, bornMs };
}
