/** Lines that are written while somebody waits for them, or nobody does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LineFile } from '../../src/jobs/line-file.ts';
import { tempFolder } from '../support/temp.ts';

const ALIVE = new AbortController().signal;

it('a line that took longer than its waiter is there once', async () => {
  const file = new LineFile(join(tempFolder(), 'lines'), 1024, 'max_lines');
  const late = await file.append('a', 'one', AbortSignal.abort());
  expect(late).toContain("doesn't answer in time");
  expect(await file.append('a', 'one', ALIVE)).toBeUndefined();
  expect(readFileSync(file.path, 'utf8')).toBe('one\n');
});

it('lines side by side come one after the other, up to the bound', async () => {
  const file = new LineFile(join(tempFolder(), 'lines'), 25, 'max_lines');
  const keys = ['a', 'b', 'c'];
  const said = await Promise.all(keys.map((key) => file.append(key, key.repeat(9), ALIVE)));
  expect(said).toEqual([undefined, undefined, `${file.path} is full (max_lines)`]);
  expect(readFileSync(file.path, 'utf8')).toBe('aaaaaaaaa\nbbbbbbbbb\n');
  expect(await file.append('c', 'cc', ALIVE)).toBeUndefined();
});

it('a file that can’t be is told of in words', async () => {
  const folder = tempFolder();
  const into = (path: string) => new LineFile(path, 1024, 'max_lines').append('a', 'one', ALIVE);
  expect(await into(join(folder, 'out', 'lines'))).toBe(`there is no folder ${folder}/out`);
  expect(await into(folder)).toBe(`${folder} is a folder, not a file`);
});
