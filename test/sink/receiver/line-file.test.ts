/** The file of the central log: batches, a disk that fails and recovers, logrotate. */
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../src/sink/notice.ts';
import { openLineFile } from '../../../src/sink/receiver/line-file.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { failingDisk } from '../failing-disk.ts';
import { temporaryFolder } from '../support.ts';

async function onDisk(path: string) {
  return openLineFile({ path, clock: systemClock(), tell: () => undefined });
}

async function onFailingDisk() {
  const disk = failingDisk();
  const clock = manualClock();
  const notices: Notice[] = [];
  const tell = (notice: Notice) => notices.push(notice);
  const { openOutput } = disk;
  const file = await openLineFile({ path: 'log', clock, tell, openOutput });
  return { disk, clock, notices, file, texts: () => notices.map((notice) => notice.text) };
}

const FAILING = 'log file not written, senders wait until it is';
const RECOVERED = 'log file written again, nothing was lost';

describe('a file of lines', () => {
  test('keeps the order of what is appended, and resolves when it is written', async () => {
    const path = join(temporaryFolder(), 'log');
    const file = await onDisk(path);
    await Promise.all([file.append(['a', 'b']), file.append([]), file.append(['c'])]);
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\n');
    expect(file.pendingBytes).toBe(0);
    expect(await file.close(0)).toBe(0);
  });

  test('is appended to, and a line that a crash left torn gets its newline', async () => {
    const path = join(temporaryFolder(), 'log');
    appendFileSync(path, 'old\nto');
    const file = await onDisk(path);
    await file.append(['new']);
    await file.close(0);
    expect(readFileSync(path, 'utf8')).toBe('old\nto\nnew\n');
  });

  test('reopening leaves what came before in the moved file', async () => {
    const path = join(temporaryFolder(), 'log');
    const file = await onDisk(path);
    const before = file.append(['before']);
    renameSync(path, `${path}.1`);
    await Promise.all([before, file.reopen(), file.append(['after'])]);
    await file.close(0);
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('before\n');
    expect(readFileSync(path, 'utf8')).toBe('after\n');
  });

  test('one that cannot be opened is an error at once', async () => {
    await expect(onDisk(join(temporaryFolder(), 'none', 'log'))).rejects.toThrow('ENOENT');
  });

  test('one that cannot be reopened stays in use', async () => {
    const { disk, file, texts } = await onFailingDisk();
    disk.noMoreFiles = true;
    await file.reopen();
    await file.append(['a']);
    expect(disk.files).toEqual(['a\n']);
    expect(texts()).toEqual(['log file not reopened, the old one stays in use']);
  });
});

describe('a disk that fails', () => {
  test('gets the batch in the end, and both is said once', async () => {
    const { disk, clock, file, texts } = await onFailingDisk();
    disk.room = 4;
    const written = Promise.all([file.append(['abc', 'def']), file.append(['ghi'])]);
    await clock.advance(60_000);
    expect(texts()).toEqual([FAILING]);
    expect(disk.failures).toBeGreaterThan(5);
    expect(file.pendingBytes).toBe(12);
    disk.room = Number.POSITIVE_INFINITY;
    await clock.advance(5000);
    await written;
    expect(disk.files).toEqual(['abc\ndef\nghi\n']);
    expect(texts()).toEqual([FAILING, RECOVERED]);
  });

  test('a line torn by a full disk is whole in the file that is opened next', async () => {
    const { disk, clock, file } = await onFailingDisk();
    disk.room = 6;
    const written = file.append(['abc', 'def', 'ghi']);
    await clock.advance(1000);
    const reopened = file.reopen();
    disk.room = Number.POSITIVE_INFINITY;
    await clock.advance(5000);
    await Promise.all([written, reopened]);
    expect(disk.files).toEqual(['abc\nde', 'def\nghi\n']);
  });

  test('closing gives up after its bound and says how many lines are lost', async () => {
    const { disk, clock, file } = await onFailingDisk();
    disk.room = 0;
    void file.append(['a', 'b']);
    const lost = file.close(1000);
    void file.append(['c']);
    await clock.advance(1000);
    expect(await lost).toBe(3);
  });
});
