/** `vmmanage cancel`: asks to stop the move under way. */
import { isDone } from '../answers.ts';
import { connect } from '../ask.ts';
import { type CliCommand, type DaemonOptions, withRuntime } from '../command.ts';
import { EXIT } from '../exit.ts';

export const cancel: CliCommand<DaemonOptions> = {
  notes: `A move that has begun may still arrive: where the guest is then decides how the request ends.
A policy that still asks for it asks again; \`vmmanage pause\` keeps the guest where it is.`,
  examples: ['vmmanage cancel', 'vmmanage cancel 01JH8Z5V7Q3W9X2B4N6M8K0T1R'],
  describe(command) {
    withRuntime(command).argument('[request]', 'its id (default: the open one)');
  },
  async run(call) {
    const client = await connect(call);
    const [request] = call.operands;
    await client.act('/v1/cancel', request === undefined ? {} : { request }, isDone);
    call.terminal.out(`asked to stop; vmmanage status tells what comes of it. A policy that still asks for it asks
again: vmmanage pause keeps the guest where it is`);
    return EXIT.done;
  },
};
