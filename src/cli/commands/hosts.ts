/** `vmmanage hosts`: the hosts, and which of them can be a target now. */

import { hostName } from '../../core/option-types.ts';
import { isDone, isHosts } from '../answers.ts';
import { connect, show } from '../ask.ts';
import {
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  typed,
  withJson,
  withRuntime,
} from '../command.ts';
import { EXIT } from '../exit.ts';
import { renderHosts } from '../render/hosts.ts';

interface Options extends DaemonOptions, JsonOption {
  readonly clearBar?: string;
}

export const hosts: CliCommand<Options> = {
  examples: ['vmmanage hosts', 'vmmanage hosts --clear-bar xen2'],
  describe(command) {
    withJson(withRuntime(command)).option(
      '--clear-bar <host>',
      'take back the bar of a host that failed, and show the hosts after it',
      typed(hostName),
    );
  },
  async run(call) {
    const client = await connect(call);
    const { clearBar } = call.options;
    if (clearBar !== undefined) await client.act('/v1/clear-bar', { host: clearBar }, isDone);
    const answer = await client.look('/v1/hosts', isHosts);
    show(call, answer, (each, view) => renderHosts(each.hosts, view));
    return EXIT.done;
  },
};
