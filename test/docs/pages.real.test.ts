/** What the pages for people say, held against the built program: confs, commands, links. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/conf.md',
  'docs/hosts.md',
  'docs/jobs.md',
  'docs/locators.md',
  'docs/metrics.md',
  'docs/probes-command.md',
  'docs/probes-web.md',
  'docs/provider.md',
  'docs/providers.md',
  'docs/simulate.md',
  'docs/site-aware.md',
  'docs/sink.md',
  'docs/test.md',
  'docs/thesis.md',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-pages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The insides of the code blocks of one language; '' for those that name none. */
function blocks(page: string, language: string): string[] {
  const pattern = /^```(\w*)\n([\s\S]*?)^```$/gm;
  const all = [...readFileSync(page, 'utf8').matchAll(pattern)];
  return all.filter(([, named]) => named === language).map(([, , text = '']) => text);
}

function vmmanage(...args: string[]) {
  return spawnSync('bin/vmmanage', args, { encoding: 'utf8' });
}

/** `vmmanage WORD OPTIONS` of the README, without comments and what a wrapped program gets. */
function commandLines(): string[][] {
  const lines = blocks('README.md', '').flatMap((text) => text.split('\n'));
  const found = lines.map((line) => /^(?:runuser .* -- )?vmmanage (.*)$/.exec(line)?.[1]);
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

it.each([
  ['docs/site-aware.md', 0],
  ['docs/jobs.md', 0],
  ['docs/hosts.md', 1],
])('the conf of %s is right', (page, others) => {
  const [text = '', ...more] = blocks(page, 'ini');
  expect(more).toHaveLength(others);
  const path = join(folder, 'build.conf');
  writeFileSync(path, text);
  const { status, stdout, stderr } = vmmanage('check', '-c', path);
  expect([status, stdout + stderr]).toEqual([0, 'conf ok (1 file)\n']);
});

/** All that check has to say is what the pages say, too: the guest gets the password. */
it.each([
  ['docs/hosts.md', 1],
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

it('the conf of docs/locators.md is right, where there is a token', () => {
  const [text = '', ...more] = blocks('docs/locators.md', 'ini');
  expect(more).toEqual([]);
  const token = join(folder, 'token');
  writeFileSync(token, 'abc\n', { mode: 0o600 });
  const path = join(folder, 'locators.conf');
  writeFileSync(path, text.replace('/etc/vmmanage/token', token));
  const { status, stdout, stderr } = vmmanage('check', '-c', path);
  expect([status, stdout + stderr]).toEqual([0, 'conf ok (1 file)\n']);
});

it('the README installs for use without what only tests need', () => {
  const text = readFileSync('README.md', 'utf8');
  const use = text.slice(text.indexOf('## Use it'));
  const [, steps = ''] = /^```\n([\s\S]*?)^```$/m.exec(use) ?? [];
  expect(steps).toMatch(/^npm ci --ignore-scripts\nnpm run package\n/);
  expect(steps).not.toContain('set-up');
});

describe('a command of the README', () => {
  it('is looked at', () => {
    expect(commandLines().length).toBeGreaterThan(10);
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
  const calls = ['docs/providers.md', 'docs/hosts.md'].flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/vmmanage host-setup( [^|`\n]*)/g)].map(
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
    const words = line.split(' ').map((word) => (word === 'nii3.pub' ? key : word));
    const asked = words.includes('--print') || words[0] !== '--known-hosts';
    const all = words.at(-1) === '--add' ? [...words, 'nii3'] : words;
    const { status, stdout } = vmmanage('host-setup', ...all, ...(asked ? [] : ['--print']));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^#!\/bin\/sh\n# vmmanage host-setup /);
  });
});

describe('a link', () => {
  it.each(PAGES)('of %s leads to a file that is there', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)];
    const missing = links
      .map(([, path = '']) => join(dirname(page), path))
      .filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
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
