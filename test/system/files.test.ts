/** Durable files: what a reader can find after a replacement or an append that went wrong. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendWhole, readIfPresent, writeAtomically } from '../../src/system/files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('writeAtomically', () => {
  test('replaces the content and leaves nothing beside it', async () => {
    const path = join(folder, 'a');
    await writeAtomically(path, 'first, and longer');
    await writeAtomically(path, 'second');
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('what is somebody’s has its mode whatever the umask is', async () => {
    const path = join(folder, 'a');
    const me = { uid: process.getuid?.(), gid: process.getgid?.() };
    const umask = process.umask(0o077);
    try {
      await writeAtomically(path, 'x', 0o640, me);
    } finally {
      process.umask(umask);
    }
    const { mode, uid, gid } = statSync(path);
    expect([mode & 0o777, { uid, gid }]).toEqual([0o640, me]);
  });

  test('a failure keeps the old file and leaves nothing beside it', async () => {
    const path = join(folder, 'a');
    await writeAtomically(join(path, '..', 'taken'), 'x');
    await expect(writeAtomically(join(folder, 'none', 'a'), 'x')).rejects.toThrow('ENOENT');
    await expect(writeAtomically(folder, 'x')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

describe('readIfPresent', () => {
  test('no file is no text, another trouble is an error', async () => {
    expect(await readIfPresent(join(folder, 'none'))).toBeUndefined();
    await expect(readIfPresent(folder)).rejects.toThrow('EISDIR');
  });
});

describe('appendWhole', () => {
  test('returns the size to append at next', () => {
    const path = join(folder, 'a');
    const fd = openSync(path, 'w');
    const size = appendWhole(fd, 0, Buffer.from('one\n'));
    expect(appendWhole(fd, size, Buffer.from('two\n'))).toBe(8);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  test('throws what the disk said', () => {
    const fd = openSync('/dev/full', 'w');
    expect(() => appendWhole(fd, 0, Buffer.from('x'))).toThrow('ENOSPC');
    closeSync(fd);
  });
});
