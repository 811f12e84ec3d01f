/** A disk whose writes can be made to fail, be short, or hang until told. It keeps what it took. */
import type { Output } from '../../src/sink/receiver/output-file.ts';

export interface FailingDisk {
  readonly openOutput: (path: string) => Promise<Output>;
  /** What each opening of the file took, oldest first. */
  readonly files: string[];
  /** Bytes it still takes; then it is full. */
  room: number;
  /** Whether opening the file fails. */
  noMoreFiles: boolean;
  /** How many writes failed. */
  failures: number;
  /** While set, writes wait for it. */
  gate: Promise<void> | undefined;
}

export function failingDisk(): FailingDisk {
  const disk: FailingDisk = {
    files: [],
    room: Number.POSITIVE_INFINITY,
    noMoreFiles: false,
    failures: 0,
    gate: undefined,
    openOutput: async () => {
      if (disk.noMoreFiles) throw new Error('EMFILE: too many open files');
      const at = disk.files.push('') - 1;
      return {
        write: async (bytes) => {
          await disk.gate;
          const taken = bytes.subarray(0, disk.room);
          if (taken.length === 0) {
            disk.failures += 1;
            throw new Error('ENOSPC: no space left on device');
          }
          disk.room -= taken.length;
          disk.files[at] += taken.toString();
          return taken.length;
        },
        endsTorn: async () => false,
        close: async () => undefined,
      };
    },
  };
  return disk;
}
