/**
 * A disk that can be full: a tmpfs in a mount namespace of its own, which goes with the process that
 * holds it, however that ends. Takes root.
 */
import { once } from 'node:events';
import { openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { spawnBound } from '../../support/program.ts';
import { until } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp.ts';

export interface SmallDisk {
  /** Its folder, from the outside. */
  readonly folder: string;
  /** Takes the room that is left, but for so many bytes. */
  fill(leaving: number): void;
  /** Makes room again. */
  clear(): void;
}

export async function smallDisk(bytes: number): Promise<SmallDisk> {
  const inside = tempFolder();
  const said = join(tempFolder(), 'said');
  const script = 'mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec sleep infinity';
  const words = ['unshare', '--mount', 'sh', '-c', script, 'sh', String(bytes), inside];
  const holder = spawnBound(words, { log: openSync(said, 'a'), signal: 'KILL' });
  onTestFinished(async () => {
    if (holder.exitCode !== null || holder.signalCode !== null) return;
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  });
  await until('a small disk', () => {
    const text = readFileSync(said, 'utf8');
    if (holder.exitCode !== null) throw new Error(`no small disk (are you root?): ${text}`);
    return text.includes('mounted');
  });
  const folder = `/proc/${holder.pid}/root${inside}`;
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: (leaving) => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - leaving));
    },
    clear: () => rmSync(ballast),
  };
}
