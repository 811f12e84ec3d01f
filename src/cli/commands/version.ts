/** `vmmanage version`. */
import { show } from '../ask.ts';
import { type CliCommand, type JsonOption, withJson } from '../command.ts';
import { EXIT } from '../exit.ts';
import { version } from '../version.ts';

export const versionCommand: CliCommand<JsonOption> = {
  examples: ['vmmanage version', 'vmmanage version --json'],
  describe: withJson,
  async run(call) {
    const facts = { version: version(), node: process.version };
    show(call, facts, (each) => `vmmanage ${each.version} (node ${each.node})`);
    return EXIT.done;
  },
};
