/** The store as a whole: split files, rotation, the next sink, and what each leaves on the disk. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../../src/sink/notice.ts';
import { formOf } from '../../../../src/sink/receiver/store/form.ts';
import { type OpenOutput, openForAppending } from '../../../../src/sink/receiver/store/output.ts';
import { openStore, type StoreOptions } from '../../../../src/sink/receiver/store/store.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { linesIn, startSink, temporaryFolder, until } from '../../support.ts';
import { arrival, BOOT, numbered, plain, THESIS_MS } from './arrivals.ts';

type Options = Partial<StoreOptions> & Pick<StoreOptions, 'to'>;

async function open(options: Options) {
  const notices: Notice[] = [];
  const store = await openStore({
    clock: systemClock(),
    tell: (notice) => notices.push(notice),
    zone: 'UTC',
    ...options,
  });
  onTestFinished(async () => void (await store.close(0)));
  return Object.assign(store, { notices });
}

function text(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The records of all files of a folder by their numbers, the rotated ones first. */
function seqsIn(folder: string, base: string): number[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(base));
  const rotated = names.filter((name) => name !== base).sort();
  const all = [...rotated, base].map((name) => text(join(folder, name))).join('');
  return all
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(/ seq=(\d+)/.exec(line)?.[1]));
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

async function recent(store: Awaited<ReturnType<typeof open>>): Promise<number[]> {
  const all: number[] = [];
  for await (const { seq } of store.recent()) all.push(seq);
  return all;
}

describe('a folder with a file for each guest', () => {
  test('holds each guest in its file, and survives a restart', async () => {
    const folder = join(temporaryFolder(), 'guests');
    const first = await open({ to: { folder } });
    await first.append([...numbered(3, 0, 'a'), ...numbered(2, 0, 'b.example.org')]);
    await first.close(0);
    const second = await open({ to: { folder } });
    expect((await recent(second)).sort()).toEqual([0, 0, 1, 1, 2]);
    await second.append(numbered(1, 3, 'a'));
    expect(readdirSync(folder).sort()).toEqual(['a.log', 'b.example.org.log']);
    expect(seqsIn(folder, 'a.log')).toEqual([0, 1, 2, 3]);
  });

  test('is never left by a name, whatever it is', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'guests');
    const store = await open({ to: { folder } });
    const hostile = [
      '../evil',
      '/etc/evil',
      '..',
      '.',
      '.hidden',
      'a/b',
      'a\0b',
      'a\nb',
      '',
      ' ',
    ].concat(['x'.repeat(65), 'é', 'a b', '%2e%2e', 'a\\b', '..\\x', '~', '$(touch x)', '\u202e']);
    await store.append(hostile.map((name, seq) => arrival({ name, seq })));
    expect(readdirSync(folder)).toEqual(['_other.log']);
    expect(readdirSync(parent)).toEqual(['guests']);
    expect(text(join(folder, '_other.log')).split('\n')).toHaveLength(hostile.length + 1);
    const odd = ['__proto__', 'constructor', '_other', '-rf', 'x'.repeat(64), 'a.log', 'A'];
    await store.append(odd.map((name, seq) => arrival({ name, seq })));
    expect(readdirSync(folder).sort()).toEqual(
      [...new Set([...odd, '_other'])].map((name) => `${name}.log`).sort(),
    );
  });

  test('has a limit on files, over restarts too; the rest share one, which is said once', async () => {
    const folder = temporaryFolder();
    const limits = { files: 2 };
    const names = ['a', 'b', 'c', 'd', 'a'];
    const first = await open({ to: { folder }, limits });
    await first.append(names.map((name, seq) => plain({ name, seq })));
    await first.close(0);
    const second = await open({ to: { folder }, limits });
    await second.append([plain({ name: 'e' }), plain({ name: 'b' })]);
    expect(readdirSync(folder).sort()).toEqual(['_other.log', 'a.log', 'b.log']);
    expect(text(join(folder, '_other.log'))).toMatch(/c: .*\n.*d: .*\n.*e: /);
    expect(first.notices.map(({ fields }) => fields['limit'])).toEqual([2]);
  });

  test('opens a few files at a time, however many there are', async () => {
    const folder = temporaryFolder();
    const store = await open({ to: { folder }, limits: { openFiles: 3 } });
    const names = Array.from({ length: 40 }, (_, i) => `nii${i}`);
    const rounds = upTo(5).map((round) =>
      store.append(names.map((name) => arrival({ name, seq: round }))),
    );
    await rounds[0];
    expect(openIn(folder)).toBeLessThanOrEqual(3);
    await Promise.all(rounds);
    await store.append(names.map((name) => arrival({ name, seq: 5 })));
    expect(openIn(folder)).toBeLessThanOrEqual(3);
    for (const name of names) expect(seqsIn(folder, `${name}.log`)).toEqual(upTo(6));
  });

  test('is opened anew on request, all files of it', async () => {
    const folder = temporaryFolder();
    const store = await open({ to: { folder } });
    await store.append([...numbered(1, 0, 'a'), ...numbered(1, 0, 'b')]);
    for (const name of ['a.log', 'b.log'])
      renameSync(join(folder, name), join(folder, `${name}.1`));
    await store.reopen();
    await store.append([...numbered(1, 1, 'a'), ...numbered(1, 1, 'b')]);
    expect([seqsIn(folder, 'a.log'), seqsIn(folder, 'b.log')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(text(join(folder, 'b.log')).split('\n')).toHaveLength(2);
  });
});

function openIn(folder: string): number {
  const links = readdirSync('/proc/self/fd').map((fd) => linkOf(fd));
  return links.filter((link) => link.startsWith(folder) && link.endsWith('.log')).length;
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

describe('rotation', () => {
  test('keeps each record once over all files, whatever comes meanwhile', async () => {
    const folder = temporaryFolder();
    const rotation = { bytes: 20_000, keep: 1000, gzip: true };
    const store = await open({ to: { file: join(folder, 'log') }, rotation });
    const all: Promise<void>[] = [];
    for (let from = 0; from < 20_000; from += 50) {
      all.push(store.append(numbered(50, from)));
      if (from % 400 === 0) await all.at(-1);
    }
    await Promise.all(all);
    await until(() => unzipped(folder).length === 0);
    const rotated = readdirSync(folder).filter((name) => name !== 'log');
    expect(rotated.length).toBeGreaterThan(30);
    for (const name of rotated) expect(name).toMatch(/^log-\d{8}T\d{6}\.\d{3}Z\.gz$/);
    expect(seqsIn(folder, 'log')).toEqual(upTo(20_000));
  });

  test('by size lets a file grow up to it, and keeps as many as asked', async () => {
    const folder = temporaryFolder();
    const line = formOf('text', 'UTC')(arrival({ text: 'record 10', seq: 10 }));
    const rotation = { bytes: 3 * line.length, keep: 2 };
    const store = await open({ to: { file: join(folder, 'log') }, rotation });
    for (let seq = 10; seq < 22; seq += 1) await store.append(numbered(1, seq));
    await until(() => readdirSync(folder).length === 3);
    const [oldest, newer] = readdirSync(folder).sort().slice(1);
    expect(
      text(join(folder, oldest ?? ''))
        .split('\n')
        .slice(0, -1),
    ).toHaveLength(3);
    expect(seqsIn(folder, 'log')).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21]);
    expect(newer).toBeDefined();
  });

  test('by age rotates before the next line, counted from the first', async () => {
    const folder = temporaryFolder();
    const clock = manualClock({ wallMs: THESIS_MS });
    const to = { file: join(folder, 'log') };
    const store = await open({ to, clock, rotation: { ageMs: 3_600_000 } });
    await store.append(numbered(1, 0));
    await clock.advance(3_599_999);
    await store.append(numbered(1, 1));
    expect(readdirSync(folder)).toEqual(['log']);
    await clock.advance(1);
    await store.append(numbered(1, 2));
    expect(readdirSync(folder).sort()).toEqual(['log', 'log-20090513T173440.000Z']);
    expect(text(to.file)).toContain('seq=2');
    await store.append(numbered(1, 3));
    expect(seqsIn(folder, 'log')).toEqual([0, 1, 2, 3]);
  });

  test('takes two within a millisecond for two', async () => {
    const folder = temporaryFolder();
    const clock = manualClock({ wallMs: THESIS_MS });
    const store = await open({ to: { file: join(folder, 'log') }, clock, rotation: { bytes: 1 } });
    for (const seq of upTo(4)) await store.append(numbered(1, seq));
    expect(readdirSync(folder).sort()).toEqual([
      'log',
      'log-20090513T163440.000Z',
      'log-20090513T163440.001Z',
      'log-20090513T163440.002Z',
    ]);
    expect(seqsIn(folder, 'log')).toEqual([0, 1, 2, 3]);
  });

  test('that cannot be done lets the file grow, is said once, and is tried again', async () => {
    const folder = temporaryFolder();
    const clock = manualClock({ wallMs: THESIS_MS });
    const file = join(folder, 'log');
    const store = await open({ to: { file }, clock, rotation: { bytes: 1 } });
    await store.append(numbered(1, 0));
    renameSync(file, join(folder, 'moved'));
    for (const seq of [1, 2]) await store.append(numbered(1, seq));
    expect(store.notices.map((notice) => notice.text)).toEqual([
      'log file not rotated, it grows on',
    ]);
    expect(seqsIn(folder, 'moved')).toEqual([0, 1, 2]);
    renameSync(join(folder, 'moved'), file);
    await clock.advance(60_000);
    await store.append(numbered(1, 3));
    expect(seqsIn(folder, 'log')).toEqual([0, 1, 2, 3]);
    expect(text(file)).toContain('seq=3');
    expect(text(file)).not.toContain('seq=2');
  });

  test('whose new file cannot be opened goes on with the old one, under its name', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'log');
    let opened = 0;
    const openOutput: OpenOutput = (path, synced) => {
      opened += 1;
      if (opened === 2) throw new Error('EMFILE');
      return openForAppending(path, synced);
    };
    const clock = manualClock({ wallMs: THESIS_MS });
    const disk = { openOutput };
    const store = await open({ to: { file }, clock, rotation: { bytes: 1, gzip: true }, disk });
    for (const seq of [0, 1, 2]) await store.append(numbered(1, seq));
    expect(readdirSync(folder)).toEqual(['log']);
    expect(store.notices.map(({ fields }) => fields['error'])).toEqual(['Error: EMFILE']);
    await clock.advance(60_000);
    await store.append(numbered(1, 3));
    await until(() => unzipped(folder).length === 0);
    expect(seqsIn(folder, 'log')).toEqual([0, 1, 2, 3]);
  });

  test.each([
    ['renaming', ['log-20260101T000000.000Z'], [0]],
    ['compressing', ['log-20260101T000000.000Z', 'log-20260101T000000.000Z.gz.part'], [0]],
    ['deleting', ['log-20260101T000000.000Z', 'log-20260101T000000.000Z.gz'], [0]],
  ])('is taken up again after a crash in %s', async (_, names, held) => {
    const folder = temporaryFolder();
    const whole = numbered(1).map(formOf('text', 'UTC')).join('');
    for (const name of names) {
      const content = name.endsWith('.part') ? gzipSync(whole).subarray(0, 9) : whole;
      writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(whole) : content);
    }
    const store = await open({ to: { file: join(folder, 'log') }, rotation: { gzip: true } });
    await until(() => readdirSync(folder).length === 2 && unzipped(folder).length === 0);
    expect(await recent(store)).toEqual(held);
    await store.append(numbered(1, 1));
    expect(seqsIn(folder, 'log')).toEqual([0, 1]);
  });

  test('of split files keeps apart what is of whom', async () => {
    const folder = temporaryFolder();
    const rotation = { bytes: 2000, keep: 1, gzip: true };
    const store = await open({ to: { folder }, rotation });
    const twisted = 'a.log-20260101T000000.000Z';
    for (const seq of upTo(60)) {
      await store.append(['a', twisted].map((name) => arrival({ name, seq })));
    }
    await until(() => readdirSync(folder).length === 4 && unzipped(folder).length === 0);
    const names = readdirSync(folder).sort();
    expect(names.filter((name) => name.endsWith('.log'))).toEqual(
      [`${twisted}.log`, 'a.log'].sort(),
    );
    expect(seqsIn(folder, 'a.log').at(-1)).toBe(59);
  });
});

/** Rotated files that are not compressed yet, or only in part. */
function unzipped(folder: string): string[] {
  return readdirSync(folder).filter((name) => /Z(\.gz\.part)?$/.test(name));
}

describe('what is read back', () => {
  test('after a rotation is of the rotated file too', async () => {
    const folder = temporaryFolder();
    const to = { file: join(folder, 'log') };
    const rotation = { bytes: 5000, keep: 9, gzip: true };
    const first = await open({ to, rotation });
    for (const seq of upTo(100)) await first.append(numbered(1, seq));
    await until(() => unzipped(folder).length === 0);
    await first.close(0);
    const all = await recent(await open({ to, rotation }));
    expect(all).toEqual(upTo(100).slice(-all.length));
    expect(all.length).toBeGreaterThan(60);
  });
});

describe('what a sink that was killed left', () => {
  test('is known only once it is on the disk, but without sync at once', async () => {
    const to = { file: join(temporaryFolder(), 'log') };
    await (await open({ to })).append(numbered(2));
    const syncFile = async () => {
      throw new Error('EIO: i/o error, fsync');
    };
    expect(await recent(await open({ to, disk: { syncFile } }))).toEqual([]);
    expect(await recent(await open({ to, disk: { syncFile }, sync: 'off' }))).toEqual([0, 1]);
    expect(await recent(await open({ to }))).toEqual([0, 1]);
  });

  test('is read back of a guest too whose file it had just rotated away', async () => {
    const folder = temporaryFolder();
    const line = formOf('text', 'UTC');
    for (const [i, name] of [
      'a.log-20260101T000000.000Z',
      'b.log-20260101.gz',
      'c.log.1',
    ].entries()) {
      const text = line(arrival({ name: name.charAt(0), seq: i }));
      writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
    }
    for (const other of ['d.log.old', '.e.log', 'f', '.log'])
      writeFileSync(join(folder, other), '');
    expect((await recent(await open({ to: { folder } }))).sort()).toEqual([0, 1, 2]);
  });
});

describe('the next sink', () => {
  test('has everything, in order, though it was away; the file has it at once', async () => {
    const folder = temporaryFolder();
    const spoolFolder = join(folder, 'spool');
    const next = await startSink();
    const { port } = next;
    await next.close();
    const forward = { url: `tcp://127.0.0.1:${port}`, spoolFolder, spoolMaxBytes: 2 ** 20 };
    const to = { file: join(folder, 'log') };
    const first = await open({ to, forward });
    await first.append([...numbered(3), plain({ text: 'a [b=c]' })]);
    expect(text(to.file).split('\n')).toHaveLength(5);
    await first.close(0);
    const again = await startSink({
      listen: { host: '127.0.0.1', port },
      file: join(folder, 'next'),
    });
    const second = await open({ to, forward });
    await second.append(numbered(1, 3));
    const lines = await linesIn(again.file, 5);
    expect(lines.map((line) => /nii3: (?:record (\d)|a \[b=c\])/.exec(line)?.[1])).toEqual([
      ...['0', '1', '2', undefined],
      '3',
    ]);
  });

  test('gets each with the name, boot and number that it came with', async () => {
    const folder = temporaryFolder();
    const spoolFolder = join(folder, 'spool');
    const forward = { url: 'tcp://127.0.0.1:1', spoolFolder, spoolMaxBytes: 2 ** 20 };
    const store = await open({ to: { file: join(folder, 'log') }, forward });
    await store.append([
      arrival({ seq: 5, priority: 27, fields: [['request', '01J']] }),
      plain({ name: 'nii4', text: 'a' }),
    ]);
    const [segment = ''] = readdirSync(spoolFolder).filter((name) => name.endsWith('.jsonl'));
    const lines = readFileSync(join(spoolFolder, segment), 'utf8').trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({
      vm: 'nii3',
      boot: BOOT,
      text: 'Requesting migration of VM: just moving',
      fields: [['request', '01J']],
      passedOn: { priority: 27, seq: 5 },
    });
    expect(records[1]).toMatchObject({ vm: 'nii4', boot: systemClock().now().boot, text: 'a' });
    expect(records[1].passedOn).toEqual({ priority: 30 });
  });

  test('that can be none is an error at once', async () => {
    const folder = temporaryFolder();
    const forward = { url: 'gopher://x', spoolFolder: folder, spoolMaxBytes: 2 ** 20 };
    await expect(open({ to: { file: join(folder, 'log') }, forward })).rejects.toThrow('gopher');
  });

  test('is told when the spool fails: what waits is then lost with a kill', async () => {
    const folder = temporaryFolder();
    const spoolFolder = join(folder, 'spool');
    const forward = { url: 'tcp://127.0.0.1:1', spoolFolder, spoolMaxBytes: 2 ** 20 };
    const clock = manualClock();
    const store = await open({ to: { file: join(folder, 'log') }, forward, clock });
    rmSync(spoolFolder, { recursive: true });
    await store.append(numbered(1));
    await store.append(numbered(1, 1));
    mkdirSync(spoolFolder);
    await clock.advance(60_000);
    await store.append(numbered(1, 2));
    expect(store.notices.map(({ level, text: said }) => [level, said])).toEqual([
      ['error', 'spool for the next sink fails'],
      ['info', 'spool for the next sink written again'],
    ]);
  });

  test('is told when the spool drops what it should have', async () => {
    const folder = temporaryFolder();
    const forward = {
      url: 'tcp://127.0.0.1:1',
      spoolFolder: join(folder, 'spool'),
      spoolMaxBytes: 64 * 1024,
    };
    const store = await open({ to: { file: join(folder, 'log') }, forward });
    for (const from of upTo(20)) await store.append(numbered(100, from * 100));
    expect(store.notices.map(({ text: said }) => said)).toEqual([
      'records for the next sink dropped: the spool is full',
    ]);
    expect(store.forward?.dropped).toBeGreaterThan(100);
    expect(seqsIn(folder, 'log')).toEqual(upTo(2000));
  });
});

test('what is no file, such as /dev/null, is neither synced nor rotated', async () => {
  const store = await open({ to: { file: '/dev/null' }, rotation: { bytes: 1 } });
  for (const seq of upTo(3)) await store.append(numbered(1, seq));
  expect(await recent(store)).toEqual([]);
  expect(store.notices).toEqual([]);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a folder that cannot be made is an error at once', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(open({ to: { folder: join(file, 'guests') } })).rejects.toThrow('ENOTDIR');
  mkdirSync(`${file}.d`);
  await expect(open({ to: { file: `${file}.d` } })).rejects.toThrow('EISDIR');
});
