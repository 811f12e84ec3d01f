/** `vmmanage resolve`: ends an unconfirmed request by hand. */
import { Option } from 'commander';
import { hostName } from '../../core/option-types.ts';
import type { ResolveOrder } from '../../wire/control.ts';
import { isDone } from '../answers.ts';
import { connect } from '../ask.ts';
import { type CliCommand, type DaemonOptions, typed, withRuntime } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';

interface Options extends DaemonOptions {
  readonly at?: string;
  readonly abandon?: true;
}

export const resolve: CliCommand<Options> = {
  notes:
    'For a request that nobody can confirm. Look on the hosts first: the daemon believes what you say.',
  examples: [
    'vmmanage resolve 01JH8Z5V7Q3W9X2B4N6M8K0T1R --at xen2',
    'vmmanage resolve 01JH8Z5V7Q3W9X2B4N6M8K0T1R --abandon',
  ],
  describe(command) {
    withRuntime(command)
      .argument('<request>', 'its id, as vmmanage status shows it')
      .addOption(
        new Option('--at <host>', 'the guest is on this host')
          .argParser(typed(hostName))
          .conflicts('abandon'),
      )
      .option('--abandon', 'end it, not knowing where the guest is');
  },
  async run(call) {
    const { at, abandon } = call.options;
    const [request = ''] = call.operands;
    if (at === undefined && !abandon) {
      throw new CliError(EXIT.usage, 'say --at HOST, or --abandon', [
        'see vmmanage resolve --help',
      ]);
    }
    const order: ResolveOrder = at === undefined ? { request } : { request, host: at };
    await (await connect(call)).act('/v1/resolve', order, isDone);
    call.terminal.out(at === undefined ? 'abandoned' : `resolved: the guest is at ${at}`);
    return EXIT.done;
  },
};
