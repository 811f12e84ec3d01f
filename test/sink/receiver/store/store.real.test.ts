/** The store under what really happens to it: kill -9 at any moment, and a disk that is really full. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Notice } from '../../../../src/sink/notice.ts';
import { knownOf } from '../../../../src/sink/receiver/store/form.ts';
import { FORMATS, type Format } from '../../../../src/sink/receiver/store/formats.ts';
import { openStore } from '../../../../src/sink/receiver/store/store.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import { temporaryFolder, until } from '../../support.ts';
import { numbered } from './arrivals.ts';

const KILLS = process.env['LONG'] ? 40 : 4;
/** Enough for some rotations in each life, and for a kill that is not always in the same place. */
const RECORDS_PER_LIFE = 3000;

function lastSafe(folder: string): number {
  const diary = join(folder, 'safe');
  if (!existsSync(diary)) return 0;
  return Number(readFileSync(diary, 'utf8').split('\n').at(-2) ?? 0);
}

/** Appends from `from` on until so many more are safe, and is then killed. */
async function liveAndDie(folder: string, format: Format, from: number): Promise<void> {
  const script = join(import.meta.dirname, 'storing-child.ts');
  const args = ['--import', 'tsx', script, folder, format, String(from)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    await until(() => {
      if (child.exitCode !== null) throw new Error('the child ended by itself');
      return lastSafe(folder) >= from + RECORDS_PER_LIFE;
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Each line of the files of a folder, with what rotation made of them. */
function linesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !name.endsWith('.part'));
  const whole = names.filter((name) => !names.includes(`${name}.gz`));
  return whole.flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    return text.split('\n').filter((line) => line !== '');
  });
}

describe.each(FORMATS)('a store that is killed with -9 again and again, in %s', (format) => {
  test('has all that it called safe, and nothing twice', async () => {
    const folder = temporaryFolder();
    for (let kill = 0; kill < KILLS; kill += 1) await liveAndDie(folder, format, lastSafe(folder));
    const store = await openStore({
      to: { folder: join(folder, 'guests') },
      clock: systemClock(),
      tell: () => undefined,
    });
    await store.append(numbered(1, 1_000_000));
    await store.close(10_000);
    const safe = lastSafe(folder);
    expect(safe).toBeGreaterThanOrEqual(KILLS * RECORDS_PER_LIFE);
    const lines = linesIn(join(folder, 'guests'));
    const torn = lines.filter((line) => line.endsWith('[mark="torn: the sink was stopped"]'));
    const seqs = lines.filter((line) => !torn.includes(line)).map((line) => knownOf(line)?.seq);
    expect(seqs.filter((seq) => seq === undefined)).toEqual([]);
    const held = new Set(seqs);
    expect(seqs.length - held.size).toBe(0);
    const missing = Array.from({ length: safe }, (_, seq) => seq).filter((seq) => !held.has(seq));
    expect(missing).toEqual([]);
    expect(torn.length).toBeLessThanOrEqual(KILLS);
  });
});

describe('a disk that is really full', () => {
  test('gets everything once there is room, each record once, and nothing is safe before', async () => {
    const folder = join(temporaryFolder(), 'disk');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', ['-l', folder]));
    const notices: Notice[] = [];
    const store = await openStore({
      to: { file: join(folder, 'log') },
      clock: systemClock(),
      tell: (notice) => notices.push(notice),
      disk: { retry: { firstMs: 5, maxMs: 20 } },
      rotation: { bytes: 40_000, keep: 100, gzip: true },
    });
    await store.append(numbered(100));
    writeFileSync(join(folder, 'filler'), Buffer.alloc(150_000));
    let safe = 100;
    const all: Promise<void>[] = [];
    for (let from = 100; from < 2000; from += 100) {
      const safely = store.append(numbered(100, from)).then(() => {
        safe += 100;
      });
      all.push(safely);
      await Promise.race([all.at(-1), full(notices)]);
    }
    await full(notices);
    const heldThen = linesIn(folder).filter((line) => knownOf(line)).length;
    expect(safe).toBeLessThanOrEqual(heldThen);
    expect(safe).toBeLessThan(2000);
    expect(store.pendingBytes).toBeGreaterThan(0);
    rmSync(join(folder, 'filler'));
    execFileSync('mount', ['-o', 'remount,size=4m', folder]);
    await Promise.all(all);
    expect(await store.close(10_000)).toBe(0);
    const lines = linesIn(folder);
    expect(lines.map((line) => knownOf(line)?.seq).sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 2000 }, (_, seq) => seq),
    );
    const said = notices.filter(({ fields }) => !String(fields['file']).includes('Z'));
    expect(said.filter(({ text }) => text.startsWith('log file not written'))).toHaveLength(1);
    expect(said.filter(({ text }) => text.startsWith('log file written again'))).toHaveLength(1);
  });
});

function full(notices: readonly Notice[]): Promise<void> {
  return until(() => notices.some(({ text }) => text.startsWith('log file not written')));
}
