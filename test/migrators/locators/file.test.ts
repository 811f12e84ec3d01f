/** Real files that a provider may write, right ones and all others. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileLocator } from '../../../src/migrators/locators/file.ts';
import { optionsFrom } from '../../support/options.ts';
import { tempFolder } from '../../support/temp.ts';
import { contextWith, NEVER, told } from './context.ts';

async function look(path: string, given: Record<string, string> = {}) {
  const options = optionsFrom(fileLocator.options, { path, ...given });
  const [word, says] = told(await fileLocator.open(options, contextWith()).locate(NEVER));
  return [word, says.replace(path, 'FILE').replace(/written \S+ ago/, 'written AGE ago')];
}

function written(text: string | Uint8Array, agedS = 0): string {
  const path = join(tempFolder(), 'host');
  writeFileSync(path, text);
  const at = Date.now() / 1000 - agedS;
  utimesSync(path, at, at);
  return path;
}

describe('a file', () => {
  it.each([
    ['xen1\n', 'at xen1', 'xen1, written AGE ago'],
    ['  xen2', 'at xen2', 'xen2, written AGE ago'],
    ['moving xen2\n', 'moving xen2', 'moving xen2, written AGE ago'],
    ['', 'unknown', 'holds nothing, written AGE ago'],
    ['xen1\nxen2\n', 'unknown', 'holds more than one line, written AGE ago'],
    ['xen7\n', 'unknown', 'not a host of this site: xen7, written AGE ago'],
    ['$(id)\x1b[1m\n', 'unknown', 'not a host of this site: $(id)\\u{1b}[1m, written AGE ago'],
    ['xen1 xen2', 'unknown', 'not a host of this site: xen1 xen2, written AGE ago'],
    ['x'.repeat(5000), 'unknown', 'holds more than 4096 bytes'],
  ])('that holds %j: %s', async (text, word, says) => {
    expect(await look(written(text))).toEqual([word, `FILE: ${says}`]);
  });

  it('tells how old it is, and nothing once it is too old', async () => {
    const path = written('xen1\n', 7200);
    const options = optionsFrom(fileLocator.options, { path });
    const [, says] = told(await fileLocator.open(options, contextWith()).locate(NEVER));
    expect(says).toMatch(/^\S+: xen1, written 2h(00m)? ago$/);
    expect(await look(path, { max_age: '3h' })).toEqual(['at xen1', 'FILE: xen1, written AGE ago']);
    expect(await look(path, { max_age: '1h' })).toEqual([
      'unknown',
      'FILE: too old, written AGE ago',
    ]);
  });

  it('that was written in the future is new', async () => {
    expect((await look(written('xen1', -7200), { max_age: '1s' }))[0]).toBe('at xen1');
  });

  it('that isn’t there, or is no file, tells nothing and holds nobody up', async () => {
    const folder = tempFolder();
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    mkdirSync(join(folder, 'folder'));
    symlinkSync('loop', join(folder, 'loop'));
    expect(await look(join(folder, 'none'))).toEqual(['unknown', 'FILE: there is no such file']);
    expect(await look(fifo)).toEqual(['unknown', 'FILE: is no file']);
    expect(await look(join(folder, 'folder'))).toEqual(['unknown', 'FILE: is no file']);
    expect(await look(join(folder, 'loop'))).toEqual(['unknown', 'FILE: ELOOP']);
  });
});
