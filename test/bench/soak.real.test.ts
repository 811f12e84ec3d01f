/** The soak (`npm run soak`), for as long as `npm test` has patience: the real daemon in virtual time. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const CYCLES = process.env['LONG'] ? '200000' : '1500';

it(`a daemon doesn't grow in ${CYCLES} cycles, and reads each probe at each of its moments`, () => {
  const words = ['--expose-gc', '--import', 'tsx', 'bench/soak.ts'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    ...{ cwd: resolve(import.meta.dirname, '../..'), encoding: 'utf8' },
    env: { ...process.env, CYCLES },
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringMatching(
      /the heap is flat\n\d+ readings of each probe in \d+ s, 0 missed/,
    ),
    stderr: '',
  });
});
