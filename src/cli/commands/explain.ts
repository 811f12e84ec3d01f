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
import { renderShadow } from '../render/shadow.ts';

interface Options extends DaemonOptions, JsonOption {
  readonly shadow?: true;
}

export const explain: CliCommand<Options> = {
  examples: [
    'vmmanage explain',
    'vmmanage explain --shadow',
    "vmmanage explain --json | jq '.gates[] | select(.reason)'",
  ],
  describe: (command) => {
    withJson(withRuntime(command)).option(
      '--shadow',
      'what a guest that is passive or paused would have asked for, and what of it without need',
    );
  },
  async run(call) {
    const client = await connect(call);
    const render = call.options.shadow ? renderShadow : renderExplanation;
    show(call, await client.look('/v1/explain', isExplanation), render);
    return EXIT.done;
  },
};
