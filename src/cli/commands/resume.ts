/** `vmmanage resume`: requests are made again. */
import { isDone } from '../answers.ts';
import { connect } from '../ask.ts';
import { type CliCommand, type DaemonOptions, withRuntime } from '../command.ts';
import { EXIT } from '../exit.ts';

export const resume: CliCommand<DaemonOptions> = {
  examples: ['vmmanage resume'],
  describe: (command) => void withRuntime(command),
  async run(call) {
    await (await connect(call)).act('/v1/resume', {}, isDone);
    call.terminal.out('resumed');
    return EXIT.done;
  },
};
