import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LockedError, lock } from '../../src/daemon/lock.ts';
import { tempFolder } from '../support/temp.ts';

describe('the lock', () => {
  it('refuses a second daemon in the same folder, until the first has ended', async () => {
    const folder = tempFolder();
    const first = await lock(folder);
    await expect(lock(folder)).rejects.toThrow(LockedError);
    await first.release();
    await (await lock(folder)).release();
  });

  it('is taken over from a process that was killed', async () => {
    const folder = tempFolder();
    const path = JSON.stringify(join(folder, 'daemon.lock'));
    const holder = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${path}, () => console.log('held'))`,
    ]);
    await once(holder.stdout, 'data');
    await expect(lock(folder)).rejects.toThrow(LockedError);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lock(folder)).release();
  });

  it('is had by one of many that start at once over a killed one’s', async () => {
    const folder = tempFolder();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lock(folder)));
    const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(held).toHaveLength(1);
    await held[0]?.release();
  });
});
