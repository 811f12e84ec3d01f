/** `vmmanage where`: asks the locators now. */
import { isWhere } from '../answers.ts';
import { connect, show } from '../ask.ts';
import {
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  withJson,
  withRuntime,
} from '../command.ts';
import { EXIT } from '../exit.ts';
import { renderWhere } from '../render/hosts.ts';

export const where: CliCommand<DaemonOptions & JsonOption> = {
  notes:
    'Prints the host, then each locator with its word. Exit status 1: nobody knows, or they disagree.',
  examples: ['vmmanage where', 'vmmanage where | head -1'],
  describe: (command) => void withJson(withRuntime(command)),
  async run(call) {
    const client = await connect(call);
    const answer = await client.look('/v1/where', isWhere);
    show(call, answer, renderWhere);
    return answer.kind === 'unknown' ? EXIT.failed : EXIT.done;
  },
};
