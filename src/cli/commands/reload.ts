/** `vmmanage reload`: the daemon reads its conf again, or keeps the one it has. */
import { isReload } from '../answers.ts';
import { connect, show } from '../ask.ts';
import {
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  withJson,
  withRuntime,
} from '../command.ts';
import { EXIT } from '../exit.ts';
import { counted } from '../render/text.ts';

export const reload: CliCommand<DaemonOptions & JsonOption> = {
  notes: 'A wrong conf changes nothing: its problems are printed, and the running conf is kept.',
  examples: ['vmmanage reload', 'vmmanage check && vmmanage reload'],
  describe: (command) => void withJson(withRuntime(command)),
  async run(call) {
    const answer = await (await connect(call)).act('/v1/reload', {}, isReload);
    show(call, answer, ({ files, warnings }) => {
      const counts = `${counted(files.length, 'file')}, ${counted(warnings.length, 'warning')}`;
      return [...warnings.map((each) => `warning: ${each}`), `reloaded (${counts})`].join('\n');
    });
    return EXIT.done;
  },
};
