/** Start-up is quick because little is read before it is known which command runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../src/cli/terminal.ts';

const ROOT = join(import.meta.dirname, '../..');
const STATIC_IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms;

/** Everything that is read when `file` is, by way of imports that aren't made later. */
function readWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith('src/')) return seen;
  for (const [, specifier = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(STATIC_IMPORT)) {
    readWith(specifier.startsWith('.') ? join(file, '..', specifier) : specifier, seen);
  }
  return seen;
}

function packages(file: string): string[] {
  const read = [...readWith(file)];
  return read.filter((each) => !each.startsWith('src/') && !each.startsWith('node:')).sort();
}

describe('before a command is known', () => {
  it('no package is read but commander, and no room that does I/O', () => {
    const read = [...readWith('src/cli/main.ts')];
    expect(read.length).toBeGreaterThan(8);
    expect(packages('src/cli/main.ts')).toEqual(['commander']);
    const rooms = new Set(
      read.filter((file) => file.startsWith('src/')).map((file) => file.split('/')[1]),
    );
    expect([...rooms].sort()).toEqual(['cli', 'core', 'system']);
  });

  it('a command’s own file reads luxon at most; axios and the probes come when they are used', () => {
    const names = ['status', 'explain', 'move', 'history', 'check', 'probe', 'inhibit', 'simulate'];
    for (const name of names) {
      const heavy = packages(`src/cli/commands/${name}.ts`);
      expect(heavy.filter((each) => each !== 'commander' && each !== 'luxon')).toEqual([]);
    }
  });
});

describe('colour', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['in a pipe', false, {}, false],
    ['where NO_COLOR is set', true, { NO_COLOR: '1' }, false],
    ['where NO_COLOR is empty', true, { NO_COLOR: '' }, true],
    ['on a dumb terminal', true, { TERM: 'dumb' }, false],
  ])('%s', (_, tty, env, wanted) => {
    expect(wantsColour(tty, env)).toBe(wanted);
  });
});
