/** `vmmanage inhibit`: runs a program, with no move beginning while it runs. */
import { folderOf } from '../ask.ts';
import { runChild } from '../child.ts';
import { type Call, type CliCommand, type DaemonOptions, withRuntime } from '../command.ts';
import { EXIT } from '../exit.ts';
import { inhibit as hold, type Inhibitor } from '../inhibitor.ts';
import { clean } from '../render/clean.ts';

interface Options extends DaemonOptions {
  readonly why: string;
  readonly strict?: true;
}

export const inhibit: CliCommand<Options> = {
  notes: [
    "Ends with the program's own status; 127 where there is no such program, 126 where it may not",
    'be run. A move that is under way already is not waited for.',
  ].join('\n'),
  examples: [
    'vmmanage inhibit --why backup -- restic backup /srv',
    'vmmanage inhibit --strict --why "kernel upgrade" -- apt-get -y dist-upgrade',
  ],
  describe(command) {
    withRuntime(command)
      .usage('--why TEXT [OPTIONS] -- COMMAND [ARGUMENT...]')
      .argument('<command...>', 'the program and its arguments; no shell reads them')
      .requiredOption('--why <text>', 'shown by status and explain')
      .option('--strict', "don't run the program where the daemon isn't running")
      .passThroughOptions();
  },
  async run(call) {
    const holding = await begin(call);
    await noticeOfFirst(holding, call);
    try {
      return await runChild(call.operands, call.terminal);
    } finally {
      await holding.release();
    }
  },
};

async function begin(call: Call<Options>): Promise<Inhibitor> {
  const { terminal, options } = call;
  const changed = (held: boolean) =>
    terminal.err(`vmmanage: ${held ? 'moves are held' : 'the daemon ended; moves may begin'}`);
  const folder = await folderOf(call);
  return hold({ folder, why: options.why, clock: terminal.clock, changed });
}

/** A backup isn't left undone for want of a daemon, which makes no moves when it isn't there. */
async function noticeOfFirst(holding: Inhibitor, { options, terminal }: Call<Options>) {
  const problem = await holding.first;
  if (problem === undefined) return;
  if (options.strict || problem.status !== EXIT.noDaemon) {
    await holding.release();
    throw problem;
  }
  terminal.err(`vmmanage: warning: ${clean(problem.message)}; running the program all the same`);
}
