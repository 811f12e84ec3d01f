/**
 * `npm test` after the set-up: types, build, lint and format, then every test. All of them run,
 * whatever fails; the last line is `N passed, N failed, N skipped`, in which a check counts as one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addTallies, formatTally, NOTHING, parseTally, type Tally } from './tally.ts';

interface Check {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'types', argv: ['node_modules/.bin/tsc', '--noEmit'] },
  { name: 'build', argv: ['sh', 'scripts/build'] },
  { name: 'lint and format', argv: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
];

function main(): void {
  const started = performance.now();
  const checks = CHECKS.map(runCheck);
  const tests = runVitest(process.argv.slice(2));
  const tally = [...checks, tests].reduce(addTallies, NOTHING);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`\nall of it took ${seconds} s`);
  console.log(formatTally(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
}

function runCheck({ name, argv }: Check): Tally {
  console.log(`── ${name}`);
  const passed = run(argv, {}) === 0;
  if (!passed) console.log(`── ${name} FAILED`);
  return { ...NOTHING, [passed ? 'passed' : 'failed']: 1 };
}

/** The counts come from a reporter of our own, through a file: vitest may end before it reports. */
function runVitest(args: readonly string[]): Tally {
  console.log('── tests');
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-tally-'));
  try {
    const file = join(folder, 'tally.json');
    const reporters = ['--reporter=default', '--reporter=./scripts/tally-reporter.ts'];
    const argv = ['node_modules/.bin/vitest', 'run', ...reporters, ...args] as const;
    const status = run(argv, { VMMANAGE_TALLY: file });
    return withStatus(readTally(file), status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without a word, or with a bad status that no counted failure explains, it failed. */
function withStatus(tally: Tally | undefined, status: number): Tally {
  if (tally === undefined) return { ...NOTHING, failed: 1 };
  return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

function readTally(file: string): Tally | undefined {
  try {
    return parseTally(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Exit status; a program that a signal ended, or that never began, gives 1. */
function run(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): number {
  const [program, ...words] = argv;
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const ended = spawnSync(program, words, { stdio: [...stdio], env: { ...process.env, ...env } });
  if (ended.error) console.error(ended.error.message);
  return ended.status ?? 1;
}

main();
