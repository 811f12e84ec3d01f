/** `vmmanage explain`: why the guest moves or doesn't. */
import { isExplanation } from '../answers.ts';
import { connect, show } from '../ask.ts';
import {
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  withJson,
  withRuntime,
} from '../command.ts';
import { EXIT } from '../exit.ts';
import { renderExplanation } from '../render/explain.ts';

export const explain: CliCommand<DaemonOptions & JsonOption> = {
  examples: ['vmmanage explain', "vmmanage explain --json | jq '.gates[] | select(.reason)'"],
  describe: (command) => void withJson(withRuntime(command)),
  async run(call) {
    const client = await connect(call);
    show(call, await client.look('/v1/explain', isExplanation), renderExplanation);
    return EXIT.done;
  },
};
