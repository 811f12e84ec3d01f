/** A disk whose writes can be made to fail, be short, or hang until told. It keeps what it took. */
import type { Output } from '../../src/sink/receiver/store/output.ts';

export interface FailingDisk {
  readonly openOutput: (path: string, synced: boolean) => Promise<Output>;
  /** What each opening of the file took, oldest first. */
  readonly files: string[];
  /** Bytes it still takes; then it is full. */
  room: number;
  /** Whether opening the file fails. */
  noMoreFiles: boolean;
  /** How many writes failed. */
  failures: number;
  /** How many writes and syncs there were, the failed ones too. */
  writes: number;
  syncs: number;
  /** So many syncs fail; the first of them loses what was written since the one before. */
  syncFailures: number;
  /** While set, writes wait for it. */
  gate: Promise<void> | undefined;
}

/** What is read where a page was lost. */
const LOST = '\0';

export function failingDisk(): FailingDisk {
  const disk: FailingDisk = {
    files: [],
    room: Number.POSITIVE_INFINITY,
    noMoreFiles: false,
    failures: 0,
    writes: 0,
    syncs: 0,
    syncFailures: 0,
    gate: undefined,
    openOutput: async (_path, synced) => {
      if (disk.noMoreFiles) throw new Error('EMFILE: too many open files');
      const at = disk.files.push('') - 1;
      let safe = 0;
      const sync = async () => {
        disk.syncs += 1;
        const file = disk.files[at] ?? '';
        if (disk.syncFailures === 0) safe = file.length;
        else {
          disk.syncFailures -= 1;
          // As btrfs does: the pages are gone, and the next sync finds nothing to complain of.
          disk.files[at] = file.slice(0, safe) + LOST.repeat(file.length - safe);
          throw new Error('EIO: i/o error, fdatasync');
        }
      };
      return {
        write: async (bytes) => {
          disk.writes += 1;
          await disk.gate;
          const taken = bytes.subarray(0, disk.room);
          if (taken.length === 0) {
            disk.failures += 1;
            throw new Error('ENOSPC: no space left on device');
          }
          disk.room -= taken.length;
          disk.files[at] += taken.toString();
          if (synced) await sync();
          return taken.length;
        },
        rewrite: async (bytes, position) => {
          const file = Buffer.from(disk.files[at] ?? '');
          bytes.copy(file, position);
          disk.files[at] = file.toString();
        },
        sync,
        syncName: async () => undefined,
        look: async () => ({
          isFile: true,
          bytes: disk.files[at]?.length ?? 0,
          torn: false,
          bornMs: 0,
        }),
        close: async () => undefined,
      };
    },
  };
  return disk;
}
