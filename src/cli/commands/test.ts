/** `vmmanage test`: scenario files held against their confs. Touches nothing but the JUnit file. */
import type { Command } from 'commander';
import { viewOf } from '../ask.ts';
import { type Call, type CliCommand, type JsonOption, withJson } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { clean, jsonText } from '../render/clean.ts';
import { renderTests } from '../render/scenarios.ts';
import { scenarioFiles } from '../scenario/folders.ts';
import { judge } from '../scenario/judge.ts';
import { readScenarios } from '../scenario/read.ts';
import { jsonOf, statusOf, type Tested, type Timed } from '../scenario/results.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends JsonOption {
  readonly verbose?: true;
  readonly junit?: string;
}

export const test: CliCommand<Options> = {
  notes: [
    'A scenario names a conf, gives readings in a shorthand, and says which requests are expected:',
    '',
    '  conf = vmmanage.conf',
    '  [test moves on the third bad reading]',
    '  series    = 30x4 76x2               ; 30 and four more of it, then 76 and two more',
    '  expect 7m = move host1 -> host2     ; and no other: each request is to be expected',
    '',
    'See docs/test.md. Exit status: 0 all passed; 1 some failed; 78 a scenario or a conf is wrong.',
  ].join('\n'),
  examples: [
    'vmmanage test vmmanage.test',
    'vmmanage test -v vmmanage.test      # each reading, and what came of it',
    'vmmanage test tests --junit report.xml      # every *.test of the folder',
    'vmmanage test vmmanage.test --json | jq .failed',
  ],
  describe(command: Command) {
    withJson(command)
      .argument('<file...>', 'scenario files, or folders of *.test')
      .option('-v, --verbose', 'show each reading, and what came of it')
      .option('--junit <file>', 'write the results as JUnit XML, too');
  },
  async run(call) {
    const { terminal, options, operands } = call;
    const tested = scenarioFiles(operands).map((file) => testFile(file, terminal));
    if (options.junit !== undefined) await writeJunit(options.junit, tested, call);
    if (options.json) terminal.out(jsonText(jsonOf(tested)));
    else terminal.out(renderTests(tested, viewOf(terminal), options.verbose === true));
    return statusOf(tested);
  },
};

function testFile(file: string, terminal: Terminal): Tested {
  const { scenarios, problems } = readScenarios(file, terminal);
  return { file, problems, verdicts: scenarios.map((scenario) => timed(scenario, terminal)) };
}

function timed(scenario: Scenario, { clock }: Terminal): Timed {
  const begunMs = clock.monotonicMs();
  const verdict = judge(scenario);
  return { ...verdict, tookMs: clock.monotonicMs() - begunMs };
}

async function writeJunit(
  path: string,
  tested: readonly Tested[],
  { terminal }: Call<Options>,
): Promise<void> {
  const [{ junitOf }, { writeFile }] = await Promise.all([
    import('../scenario/junit.ts'),
    import('node:fs/promises'),
  ]);
  try {
    await writeFile(path, junitOf(tested));
  } catch (error) {
    throw new CliError(EXIT.failed, `${path} can't be written: ${(error as Error).message}`);
  }
  terminal.err(`wrote ${clean(path)}`);
}
