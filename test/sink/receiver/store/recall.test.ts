/** What a store reads back of its files at a start: oldest first, bounded, over rotated and split files. */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formOf } from '../../../../src/sink/receiver/store/form.ts';
import { FORMATS, type Format } from '../../../../src/sink/receiver/store/formats.ts';
import { recall } from '../../../../src/sink/receiver/store/recall.ts';
import { temporaryFolder } from '../../support.ts';
import { numbered, plain } from './arrivals.ts';

const MUCH = 64 * 2 ** 20;

function linesOf(count: number, from = 0, name = 'nii3', format: Format = 'text'): string {
  return numbered(count, from, name).map(formOf(format, 'UTC')).join('');
}

async function recalled(paths: readonly string[], bytes = MUCH): Promise<string[]> {
  const all: string[] = [];
  for await (const { name, seq, text } of recall(paths, { bytes })) {
    expect(text).toBe(`record ${seq}`);
    all.push(`${name} ${seq}`);
  }
  return all;
}

function seqs(count: number, from = 0, name = 'nii3'): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${from + i}`);
}

function changedAt(path: string, second: number): void {
  utimesSync(path, second, second);
}

describe('what is read back', () => {
  test.each(FORMATS)('is all that has a number, in order, of %s', async (format) => {
    const path = join(temporaryFolder(), 'log');
    const form = formOf(format, 'UTC');
    writeFileSync(path, linesOf(100, 0, 'nii3', format) + form(plain({ text: 'a' })));
    appendFileSync(path, linesOf(100, 100, 'nii3', format));
    expect(await recalled([path])).toEqual(seqs(200));
  });

  test('is what the forms say, where they were changed on the way', async () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, FORMATS.map((format, i) => linesOf(5, i * 5, 'nii3', format)).join(''));
    expect(await recalled([path])).toEqual(seqs(15));
  });

  test('is nothing of a last line without its newline, nor of what is none of ours', async () => {
    const path = join(temporaryFolder(), 'log');
    const line = linesOf(1, 7);
    writeFileSync(
      path,
      `\n\n\xff\0${'x'.repeat(5_000_000)}\n${linesOf(2)}rubbish\n${line.slice(0, -1)}`,
    );
    expect(await recalled([path])).toEqual(seqs(2));
  });

  test('is the end of a file that is larger than the bound, from a whole line on', async () => {
    const path = join(temporaryFolder(), 'log');
    const lines = linesOf(30_000, 10_000);
    writeFileSync(path, lines);
    const each = lines.length / 30_000;
    expect(await recalled([path], 1000 * each)).toEqual(seqs(1000, 39_000));
    expect(await recalled([path], 1000 * each - 1)).toEqual(seqs(999, 39_001));
    expect(await recalled([path], 20_000 * each + 5)).toEqual(seqs(20_000, 20_000));
  });

  test('is nothing where there is no file', async () => {
    expect(await recalled([join(temporaryFolder(), 'none', 'log')])).toEqual([]);
  });
});

describe('rotated files', () => {
  test.each(['.1', '.1.gz', '-20260101', '-20260101.gz', '-20260101T000000.000Z.gz'])(
    'called FILE%s are read first',
    async (ending) => {
      const path = join(temporaryFolder(), 'log');
      writeFileSync(path, linesOf(10, 40_000));
      const older = linesOf(40_000);
      writeFileSync(`${path}${ending}`, ending.endsWith('.gz') ? gzipSync(older) : older);
      expect(await recalled([path])).toEqual(seqs(40_010));
      // Of a bound that has no room for all, the latest.
      const each = linesOf(1, 10_000).length;
      const some = await recalled([path], 110 * each);
      expect(some.length).toBeGreaterThanOrEqual(109);
      expect(some).toEqual(seqs(some.length, 40_010 - some.length));
    },
  );

  test('are read in their order, and a damaged one is passed over', async () => {
    const path = join(temporaryFolder(), 'log');
    const damaged = gzipSync(linesOf(1000, 0));
    damaged.fill(0xff, 100, 200);
    writeFileSync(`${path}.3.gz`, damaged);
    writeFileSync(`${path}.2.gz`, gzipSync(linesOf(10, 1000)));
    writeFileSync(`${path}.1`, linesOf(10, 1010));
    writeFileSync(path, linesOf(10, 1020));
    for (const [i, ending] of ['.3.gz', '.2.gz', '.1', ''].entries()) {
      changedAt(`${path}${ending}`, 1000 + i);
    }
    expect((await recalled([path])).slice(-30)).toEqual(seqs(30, 1000));
  });

  test('are read from the latest on, as far as the bound goes', async () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, linesOf(10, 10_300));
    for (const age of [1, 2, 3]) {
      writeFileSync(`${path}.${age}`, linesOf(100, 10_300 - age * 100));
      changedAt(`${path}.${age}`, 1000 - age);
    }
    const each = linesOf(1, 10_000).length;
    expect(await recalled([path], 160 * each)).toEqual(seqs(160, 10_150));
  });

  test('are none that merely begin alike', async () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, linesOf(1));
    for (const other of ['.old', '2', '-x.gz', '.bak'])
      writeFileSync(`${path}${other}`, linesOf(1, 5));
    expect(await recalled([path])).toEqual(seqs(1));
  });
});

describe('a folder of files', () => {
  test('shares the bound: the small ones whole, of the others the ends', async () => {
    const folder = join(temporaryFolder(), 'split');
    mkdirSync(folder);
    const paths = ['small', 'big', 'vast'].map((name) => join(folder, `${name}.log`));
    const counts = [10, 3000, 30_000];
    const names = ['small', 'big', 'vast'];
    for (const [i, path] of paths.entries()) {
      writeFileSync(path, linesOf(counts[i] ?? 0, 10_000, names[i]));
    }
    const each = linesOf(1, 10_000, 'small').length;
    const all = await recalled(paths, 2010 * each);
    const of = (name: string) => all.filter((one) => one.startsWith(name));
    expect(of('small')).toEqual(seqs(10, 10_000, 'small'));
    expect(of('big').length).toBeGreaterThan(900);
    expect(of('big').at(-1)).toBe('big 12999');
    expect(of('vast').length).toBeGreaterThan(900);
    expect(of('vast').at(-1)).toBe('vast 39999');
    expect(all.length).toBeLessThanOrEqual(2010 + 30);
  });

  test('with a file that is moved while it is read gives what it can', async () => {
    const folder = temporaryFolder();
    const paths = ['a.log', 'b.log'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, linesOf(10));
    changedAt(paths[0] ?? '', 1000);
    const reading = recall(paths, { bytes: MUCH });
    await reading.next();
    renameSync(paths[1] ?? '', join(folder, 'gone'));
    let more = 1;
    for await (const _ of reading) more += 1;
    expect(more).toBe(10);
    expect(readFileSync(join(folder, 'gone'), 'utf8')).toBe(linesOf(10));
  });
});

test('what cannot be brought to the disk first is not known', async () => {
  const folder = temporaryFolder();
  const paths = ['a.log', 'b.log'].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, linesOf(3));
  writeFileSync(`${paths[0]}.1`, linesOf(2, 3));
  const synced: string[] = [];
  const sync = async (path: string) => {
    synced.push(path);
    if (path === paths[1]) throw new Error('EIO: i/o error, fsync');
  };
  const known: number[] = [];
  for await (const { seq } of recall(paths, { bytes: MUCH, sync })) known.push(seq);
  expect(known).toEqual([3, 4, 0, 1, 2]);
  expect(synced.sort()).toEqual([`${paths[0]}`, `${paths[0]}.1`, `${paths[1]}`].sort());
});
