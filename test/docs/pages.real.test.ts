/** What the pages for people say, held against the built program: commands, and confs that go together. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocks, PAGES } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-pages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function vmmanage(...args: string[]) {
  return spawnSync('bin/vmmanage', args, { encoding: 'utf8' });
}

/** `vmmanage WORD OPTIONS` of the pages, without comments and what a wrapped program gets. */
function commandLines(): string[][] {
  const texts = PAGES.flatMap((page) => [...blocks(page, ''), ...blocks(page, 'sh')]);
  const lines = [...new Set(texts.flatMap((text) => text.split('\n')))];
  const found = lines.map((line) => /^(?:runuser .* -- )?vmmanage ([a-z].*)$/.exec(line)?.[1]);
  return found
    .filter((rest) => rest !== undefined)
    .map((rest) => (rest.split(/\s+(?:#|>|-- )/)[0] ?? '').match(/"[^"]*"|\S+/g) ?? []);
}

describe('a conf of the README', () => {
  const [whole = '', policy = '', ...more] = blocks('README.md', 'ini');

  it.each([
    ['the whole one', whole],
    ['the one with the other policy', whole.replace(/^\[policy [^[]*/m, `${policy}\n`)],
  ])('is one that check finds nothing wrong with: %s', (_, text) => {
    expect(more).toEqual([]);
    const path = join(folder, 'vmmanage.conf');
    writeFileSync(path, text);
    const { status, stdout, stderr } = vmmanage('check', '-c', path);
    expect(stdout + stderr).toBe('conf ok (1 file)\n');
    expect(status).toBe(0);
  });
});

/** All that check has to say is what the pages say, too: the guest gets the password. */
it.each([
  ['docs/migrators/mln.md', 1],
  ['docs/thesis.md', 0],
])('the conf of %s for MLN goes with the thesis’s own file', (page, index) => {
  const path = join(folder, 'mln.conf');
  const text = blocks(page, 'ini')[index] ?? '';
  expect(text).toContain('= mln\n');
  // The flat file names its hosts itself.
  writeFileSync(path, text.replace(/^hosts = .*$/m, ''));
  const flat = 'etc/examples/thesis/thesis-50.conf';
  const { status, stdout, stderr } = vmmanage('check', '-c', flat, '-c', path);
  expect(stdout + stderr).toMatch(/^[^\n]*hands the project's password to this guest\nconf ok/);
  expect(status).toBe(0);
});

it('the README installs for use without what only tests need', () => {
  const text = readFileSync('README.md', 'utf8');
  const use = text.slice(text.indexOf('## Use it'));
  const [, steps = ''] = /^```\n([\s\S]*?)^```$/m.exec(use) ?? [];
  expect(steps).toMatch(/^npm ci --ignore-scripts\nnpm run package\n/);
  expect(steps).not.toContain('set-up');
});

describe('a command of a page', () => {
  it('is looked at', () => {
    expect(commandLines().length).toBeGreaterThan(40);
  });

  it.each(commandLines())('vmmanage %s is there, with its options', (name = '', ...words) => {
    const { status, stdout } = vmmanage(name, '--help');
    expect(status).toBe(0);
    for (const option of words.filter((word) => word.startsWith('-'))) {
      expect(stdout).toContain(option);
    }
  });
});

describe('a call of host-setup', () => {
  const calls = ['docs/providers.md', 'docs/hosts.md', 'docs/tutorial.md', 'SECURITY.md'].flatMap(
    (page) =>
      [...readFileSync(page, 'utf8').matchAll(/vmmanage host-setup( [^|`#\n]*)/g)].map(
        ([, words = '']) => words.trim().split(/\s+/),
      ),
  );

  it('is looked at', () => {
    expect(calls.length).toBeGreaterThan(5);
  });

  it.each(calls.map((words) => words.join(' ')))('is understood: %s', (line) => {
    const key = join(folder, 'nii3.pub');
    writeFileSync(
      key,
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRgfL1mOMXgQwoDCywW1yKogWrjfYq8E2RXYHAWSElO\n',
    );
    const words = line.split(' ').map((word) => (word.endsWith('.pub') ? key : word));
    // These look at the machine itself where no script is asked for.
    const looks = ['--known-hosts', '--audit', '--list'].includes(words[0] ?? '');
    const asked = words.includes('--print') || !looks;
    const all = words.at(-1) === '--add' ? [...words, 'nii3'] : words;
    const { status, stdout } = vmmanage('host-setup', ...all, ...(asked ? [] : ['--print']));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^#!\/bin\/sh\n# vmmanage host-setup /);
  });
});

describe('a path of the map', () => {
  const named = [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/`([\w/.-]+\.(?:ts|md))`/g)];
  const files = named.map(([, path = '']) => path).filter((path) => path.includes('/'));

  it('is looked at', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files.filter((path) => !path.includes('NAME')))('%s is there', (path) => {
    expect([path, join('src', path)].some((each) => existsSync(each))).toBe(true);
  });
});
