/** Scenario files in a folder of their own, and the command on them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { judge } from '../../../src/cli/scenario/judge.ts';
import { readScenarios } from '../../../src/cli/scenario/read.ts';
import { formatProblem } from '../../../src/conf/findings.ts';
import { tempFolder } from '../../support/temp.ts';
import { fakeTerminal } from '../support/terminal.ts';

export const CONF = `[array]
hosts  = h1, h2, h3
base   = b
spread = no
[probe slow]
kind     = mysql
interval = 1m
[policy db]
kind      = base-aware
suffering = > 50 for 3
idle      = < 1 for 20
[migrator]
kind = local
`;

/** The line of the first test after `CONF`. */
export const TEST_LINE = CONF.split('\n').length;

export function fileOf(text: string, name = 'a.test', folder = tempFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A file with this conf, read. */
export function read(tests: string, conf = CONF) {
  return readScenarios(fileOf(`${conf}${tests}`), { env: {} });
}

/** `LINE: [section] key: what`, for each mistake. */
export function problemsOf(tests: string, conf = CONF): string[] {
  return read(tests, conf).problems.map((problem) => formatProblem(problem).replace(/^.*?:/, ''));
}

/** What isn't as expected in one test, for people. */
export function failuresOf(test: string, conf = CONF) {
  const { scenarios, problems } = read(test, conf);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return scenarios.flatMap((scenario) => judge(scenario).failures);
}

export async function run(...args: string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(['test', ...args], terminal);
  return { status, ...terminal.printed };
}
