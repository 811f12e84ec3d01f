/** Each command's help is whole though its file is read late, and none is left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { COMMANDS } from '../../src/cli/registry.ts';
import { fakeTerminal } from './support/terminal.ts';

async function said(...args: string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(args, terminal);
  return { status, ...terminal.printed };
}

describe.each(COMMANDS.map(({ name }) => name))('%s', (name) => {
  it('has help with an example that begins with its own call', async () => {
    const { status, out } = await said(name, '--help');
    expect(status).toBe(0);
    expect(out).toContain(`Usage: vmmanage ${name}`);
    expect(out).toMatch(new RegExp(`Examples:\\n  \\$ vmmanage (${name}|-t)\\b`));
  });

  it('has the same help by `vmmanage help`', async () => {
    expect(await said('help', name)).toEqual(await said(name, '--help'));
  });

  it('stays within 100 columns, and within the terminal but for examples', async () => {
    const { out } = await said(name, '--help');
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});

it('the list names every command, and there is one file for each', async () => {
  const { out, status } = await said('--help');
  expect(status).toBe(0);
  for (const { name, summary } of COMMANDS) expect(out).toContain(`${name}`.padEnd(15) + summary);
  const files = readdirSync(join(import.meta.dirname, '../../src/cli/commands'));
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(
    COMMANDS.map(({ name }) => name).sort(),
  );
});

it('`move --help` and the page on commands say all that --force goes past', async () => {
  const past = 'past cooldown, move limit, quiet hours, all tried and budget';
  const { out } = await said('move', '--help');
  expect(out.replace(/\s+/g, ' ')).toContain(past);
  expect(readFileSync('docs/commands.md', 'utf8')).toContain(`# ${past}`);
});

it('`simulate --help` gives a default once', async () => {
  const { out } = await said('simulate', '--help');
  expect(out).toMatch(/--move-takes <span> +how long a move takes \(default: 30s\)\n/);
});

it('without a command the help goes to standard error, and it is wrong usage', async () => {
  const { status, out, err } = await said();
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('Commands:');
});

it.each([['--version'], ['-V']])('%s prints the version', async (flag) => {
  expect(await said(flag)).toMatchObject({ status: 0, out: '0.1.0\n' });
});

it.each([
  ['a command', ['stauts'], '(Did you mean status?)'],
  ['a command of `help`', ['help', 'stauts'], '(Did you mean status?)'],
  ['an option', ['status', '--wach'], '(Did you mean --watch?)'],
])('%s that is misspelt gets the nearest one, and a hint', async (_, args, hint) => {
  const { status, err } = await said(...args);
  expect(status).toBe(2);
  expect(err).toContain(hint);
  expect(err).toContain('--help');
});

it('what was misspelt reaches the terminal escaped', async () => {
  expect((await said('st\x1b[2Jatus')).err).not.toContain('\x1b');
});
