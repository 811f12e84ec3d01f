/** A file of the central log: batches, syncs, a disk that fails and recovers, logrotate. */
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../../../src/sink/notice.ts';
import { LogFile } from '../../../../src/sink/receiver/store/log-file.ts';
import {
  type OpenOutput,
  type Output,
  openForAppending,
} from '../../../../src/sink/receiver/store/output.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import { Spread } from '../../../../src/system/metrics/spread.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { failingDisk } from '../../failing-disk.ts';
import { temporaryFolder } from '../../support.ts';

const RETRY = { firstMs: 100, maxMs: 5000 };

async function onDisk(path: string, openOutput: OpenOutput = openForAppending) {
  const notices: Notice[] = [];
  const file = new LogFile({
    path,
    clock: systemClock(),
    tell: (notice) => notices.push(notice),
    syncs: new Spread([1]),
    retry: { firstMs: 1, maxMs: 2 },
    openOutput,
  });
  await file.open();
  return Object.assign(file, { notices });
}

async function onFailingDisk(sync = true, gatherMs = 0) {
  const disk = failingDisk();
  const clock = manualClock();
  const notices: Notice[] = [];
  const tell = (notice: Notice) => notices.push(notice);
  const { openOutput } = disk;
  const syncs = sync ? { syncs: new Spread([1]) } : {};
  const file = new LogFile({
    path: 'log',
    clock,
    tell,
    ...syncs,
    retry: RETRY,
    openOutput,
    gatherMs,
  });
  await file.open();
  return { disk, clock, notices, file, texts: () => notices.map((notice) => notice.text) };
}

const FAILING = 'log file not written, senders wait until it is';
const RECOVERED = 'log file written again, nothing was lost';

describe('a file of lines', () => {
  test('keeps the order of what is appended, and resolves when it is written', async () => {
    const path = join(temporaryFolder(), 'log');
    const file = await onDisk(path);
    await Promise.all([file.append('a\nb\n', 2), file.append('c\n', 1)]);
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\n');
    expect(await file.close(0)).toBe(0);
  });

  test('is appended to, and a line that a crash left torn is marked at once', async () => {
    const path = join(temporaryFolder(), 'log');
    appendFileSync(path, 'old\nto');
    const file = await onDisk(path);
    await file.close(1000);
    const marked = 'old\nto [mark="torn: the sink was stopped"]\n';
    expect(readFileSync(path, 'utf8')).toBe(marked);
    const again = await onDisk(path);
    await again.append('new\n', 1);
    await again.close(0);
    expect(readFileSync(path, 'utf8')).toBe(`${marked}new\n`);
  });

  test('reopening leaves what came before in the moved file', async () => {
    const path = join(temporaryFolder(), 'log');
    const file = await onDisk(path);
    const before = file.append('before\n', 1);
    renameSync(path, `${path}.1`);
    await Promise.all([before, file.reopen(), file.append('after\n', 1)]);
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
    await file.append('a\n', 1);
    expect(disk.files).toEqual(['a\n']);
    expect(texts()).toEqual(['log file not reopened, the old one stays in use']);
  });
});

describe('group commit', () => {
  test('takes what comes during a write with the next one, however much it is', async () => {
    const { disk, file } = await onFailingDisk();
    let release = () => {};
    disk.gate = new Promise((resolve) => {
      release = resolve;
    });
    const first = file.append('first\n', 1);
    await new Promise(setImmediate);
    const rest = Array.from({ length: 100 }, (_, i) => file.append(`${i}\n`, 1));
    release();
    await Promise.all([first, ...rest]);
    expect([disk.writes, disk.syncs]).toEqual([2, 2]);
  });

  test('keeps lines that nobody waits for, for a while, so that one sync serves many', async () => {
    const { disk, clock, file } = await onFailingDisk(true, 5);
    const gathered = [file.append('a\n', 1, false)];
    await clock.advance(4);
    gathered.push(file.append('b\n', 1, false));
    expect([disk.writes, disk.syncs]).toEqual([0, 0]);
    await clock.advance(1);
    await Promise.all(gathered);
    expect([disk.files, disk.writes, disk.syncs]).toEqual([['a\nb\n'], 1, 1]);
  });

  test.each<[string, (file: LogFile) => Promise<unknown>]>([
    ['one that somebody waits for', (file) => file.append('b\n', 1)],
    ['much', (file) => file.append(`${'b'.repeat(100_000)}\n`, 1, false)],
    ['a reopening', (file) => file.reopen()],
    ['the end', (file) => file.close(1000)],
  ])('keeps none any longer when there is %s', async (_name, come) => {
    const { disk, file } = await onFailingDisk(true, 5);
    const gathered = file.append('a\n', 1, false);
    await new Promise(setImmediate);
    expect(disk.writes).toBe(0);
    await Promise.all([gathered, come(file)]);
    expect([disk.writes, disk.syncs]).toEqual([1, 1]);
  });

  test('without sync, nothing waits for one', async () => {
    const { disk, file } = await onFailingDisk(false);
    await file.append('a\n', 1);
    expect([disk.writes, disk.syncs]).toEqual([1, 0]);
  });
});

describe('a disk that fails', () => {
  test('gets the batch in the end, and both is said once', async () => {
    const { disk, clock, file, texts } = await onFailingDisk();
    disk.room = 4;
    let safe = false;
    const written = Promise.all([file.append('abc\ndef\n', 2), file.append('ghi\n', 1)]).then(
      () => {
        safe = true;
      },
    );
    await clock.advance(60_000);
    expect(texts()).toEqual([FAILING]);
    expect(disk.failures).toBeGreaterThan(5);
    expect(safe).toBe(false);
    expect(file.failing).toContain('ENOSPC');
    disk.room = Number.POSITIVE_INFINITY;
    await clock.advance(5000);
    await written;
    expect(file.failing).toBeUndefined();
    expect(disk.files).toEqual(['abc\ndef\nghi\n']);
    expect(texts()).toEqual([FAILING, RECOVERED]);
  });

  test('at its sync has the batch written again in its place, and nothing is safe before', async () => {
    const { disk, clock, file, texts } = await onFailingDisk();
    await file.append('before\n', 1);
    disk.syncFailures = 3;
    let safe = false;
    const written = file.append('abc\ndef\n', 2).then(() => {
      safe = true;
    });
    await clock.advance(50);
    expect([disk.files, safe]).toEqual([['before\n\0\0\0\0\0\0\0\0'], false]);
    await clock.advance(200);
    expect(safe).toBe(false);
    await clock.advance(5000);
    await written;
    await file.append('after\n', 1);
    expect(disk.files).toEqual(['before\nabc\ndef\nafter\n']);
    expect(texts()).toEqual([FAILING, RECOVERED]);
  });

  test('has the batch whole in the file that is opened while its sync fails', async () => {
    const { disk, clock, file } = await onFailingDisk();
    disk.syncFailures = 1;
    const written = file.append('abc\ndef\n', 2);
    await clock.advance(50);
    const reopened = file.reopen();
    await clock.advance(5000);
    await Promise.all([written, reopened]);
    expect(disk.files[1]).toBe('abc\ndef\n');
  });

  test('a line torn by a full disk is whole in the file that is opened next', async () => {
    const { disk, clock, file } = await onFailingDisk();
    disk.room = 6;
    const written = file.append('abc\ndef\nghi\n', 3);
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
    void file.append('a\nb\n', 2);
    const lost = file.close(1000);
    void file.append('c\n', 1);
    await clock.advance(1000);
    expect(await lost).toBe(3);
  });
});

/** A real file, of which `fail` may say that a sync failed when all else was done. */
async function failingAfter(path: string, synced: boolean, fail: () => void): Promise<Output> {
  const output = await openForAppending(path, synced);
  const write = async (bytes: Buffer) => {
    const taken = await output.write(bytes);
    fail();
    return taken;
  };
  const sync = async () => {
    await output.sync();
    fail();
  };
  return { ...output, write, sync };
}

describe('a real file whose sync fails', () => {
  test('is written again in its place, once', async () => {
    const path = join(temporaryFolder(), 'log');
    let failures = 2;
    const file = await onDisk(path, (at, synced) =>
      failingAfter(at, synced, () => {
        if (failures === 0) return;
        failures -= 1;
        throw new Error('EIO');
      }),
    );
    await file.append('æ one\n', 1);
    await file.append('two\n', 1);
    await file.close(0);
    expect(readFileSync(path, 'utf8')).toBe('æ one\ntwo\n');
    expect(file.notices.map(({ text }) => text)).toEqual([FAILING, RECOVERED]);
  });

  test('is gone on with where a write stopped that failed in the middle of a batch', async () => {
    const path = join(temporaryFolder(), 'log');
    let failed = false;
    const file = await onDisk(path, async (at, synced) => {
      const output = await openForAppending(at, synced);
      const write = async (bytes: Buffer) => {
        if (failed) return output.write(bytes);
        failed = true;
        await output.write(bytes.subarray(0, 3));
        throw new Error('EIO');
      };
      return { ...output, write };
    });
    await Promise.all([file.append('one\n', 1), file.append('two\n', 1)]);
    await file.close(0);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(file.notices.map(({ text }) => text)).toEqual([FAILING, RECOVERED]);
  });

  test('is appended to where somebody else wrote to it meanwhile: rather twice than not', async () => {
    const path = join(temporaryFolder(), 'log');
    let failed = false;
    const file = await onDisk(path, (at, synced) =>
      failingAfter(at, synced, () => {
        if (failed) return;
        failed = true;
        appendFileSync(at, "another's\n");
        throw new Error('EIO');
      }),
    );
    await file.append('mine\n', 1);
    await file.append('after\n', 1);
    await file.close(0);
    expect(readFileSync(path, 'utf8')).toBe("mine\nanother's\nmine\nafter\n");
  });
});
