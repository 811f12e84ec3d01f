/**
 * A file opened for appending, as the writer of lines needs it. It retries nothing: what the disk
 * says goes to the caller.
 */
import { open } from 'node:fs/promises';

const NEWLINE = 0x0a;

/** Only what is needed of a file, so that a test can hand in a disk that fails. */
export interface Output {
  /** How many bytes the disk took, from the first on. */
  write(bytes: Buffer): Promise<number>;
  /** Whether the file ends inside a line, as after a crash. */
  endsTorn(): Promise<boolean>;
  /** Never rejects: whether what was written is safe is a sync's to tell, not a close's. */
  close(): Promise<void>;
}

/** A line that a crash left torn gets its newline, so that the next one stands on its own. */
export async function openWhole(
  openOutput: (path: string) => Promise<Output>,
  path: string,
): Promise<Output> {
  const output = await openOutput(path);
  try {
    if (await output.endsTorn()) await output.write(Buffer.of(NEWLINE));
    return output;
  } catch (error) {
    await output.close();
    throw error;
  }
}

export async function openForAppending(path: string): Promise<Output> {
  const handle = await open(path, 'a+', 0o640);
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    endsTorn: async () => {
      const { size } = await handle.stat();
      if (size === 0) return false;
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] !== NEWLINE;
    },
    close: () => handle.close().catch(() => undefined),
  };
}
