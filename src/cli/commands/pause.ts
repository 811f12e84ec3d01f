/** `vmmanage pause`: no requests, until resumed or for a time. */
import { formatSpan } from '../../core/text.ts';
import type { PauseOrder } from '../../wire/control.ts';
import { isDone } from '../answers.ts';
import { connect } from '../ask.ts';
import { type CliCommand, type DaemonOptions, span, withRuntime } from '../command.ts';
import { EXIT } from '../exit.ts';

interface Options extends DaemonOptions {
  readonly for?: number;
  readonly why?: string;
}

export const pause: CliCommand<Options> = {
  notes: 'A move that is under way goes on. Readings are still taken and recorded.',
  examples: ['vmmanage pause --for 2h --why "restoring the database"', 'vmmanage pause'],
  describe(command) {
    withRuntime(command)
      .option('--for <span>', 'end by itself after this time: 45s, 30m, 2h, 7d', span)
      .option('--why <text>', 'shown by status and in the log');
  },
  async run(call) {
    const { for: forMs, why } = call.options;
    const order: PauseOrder = {
      ...(why === undefined ? {} : { why }),
      ...(forMs === undefined ? {} : { for_ms: forMs }),
    };
    await (await connect(call)).act('/v1/pause', order, isDone);
    const until = forMs === undefined ? 'until vmmanage resume' : `for ${formatSpan(forMs)}`;
    call.terminal.out(`paused ${until}`);
    return EXIT.done;
  },
};
