/** What outlives a machine, by what its file systems are. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { whyPassing } from '../../src/daemon/lasting.ts';

it.each(['/dev/shm', import.meta.dirname])('%s is in memory where stat says so', async (folder) => {
  const type = execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim();
  const expected = type === 'tmpfs' ? `${folder} is in memory (tmpfs)` : undefined;
  expect(await whyPassing(folder, undefined)).toBe(expected);
});

it('nothing of a clone does', async () => {
  const why = 'this is a clone, whose disk goes with it';
  expect(await whyPassing(import.meta.dirname, { of: 'db7' })).toBe(why);
});
