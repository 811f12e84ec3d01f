/**
 * What a page shows of a console is what comes of its commands: each is run by the built program in
 * the folder that the page names. UPDATE=1 writes the pages anew.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

/** The pages, and where a reader runs what they show. */
const PAGES = [
  ['docs/policies/base-aware.md', 'etc/examples'],
  ['docs/policies/schedule-aware.md', 'etc/examples'],
  ['docs/policies/site-aware.md', 'etc/examples'],
  ['docs/policies/threshold-aware.md', 'etc/examples'],
  ['docs/simulate.md', 'etc/examples/thesis'],
  ['docs/thesis.md', 'etc/examples/thesis'],
  ['docs/logs.md', 'etc/examples/logs'],
] as const;

/** `vmmanage` in front of all other programs. */
function withProgram(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${resolve('bin')}:${process.env['PATH']}`, TZ: 'UTC' };
}

/** Every command of a block, and what it says. */
function printed(block: string, cwd: string): string {
  const env = withProgram();
  const commands = [...block.matchAll(/^\$ (.*)$/gm)].map(([, command = '']) => command);
  const said = commands.map((command) => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { cwd, env });
    expect([status, stderr.toString()]).toEqual([0, '']);
    return `$ ${command}\n${stdout}`;
  });
  return said.join('\n');
}

it.each(PAGES)('%s shows what is printed', (page, folder) => {
  const text = readFileSync(page, 'utf8');
  let blocks = 0;
  const anew = text.replaceAll(/^```console\n([\s\S]*?)^```$/gm, (_, block: string) => {
    blocks += 1;
    return `\`\`\`console\n${printed(block, folder)}\`\`\``;
  });
  if (process.env['UPDATE']) writeFileSync(page, anew);
  expect(blocks).toBeGreaterThan(0);
  expect(text).toBe(anew);
});
