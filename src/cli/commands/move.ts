/** `vmmanage move`: asks for a move by hand and follows it to its outcome. */
import { Option } from 'commander';
import { hostName } from '../../core/option-types.ts';
import type { MoveAnswer, MoveOrder } from '../../wire/control.ts';
import { isHosts, isMove } from '../answers.ts';
import { connect, show } from '../ask.ts';
import type { Client } from '../client.ts';
import {
  type Call,
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  span,
  typed,
  withJson,
  withRuntime,
} from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { follow } from '../follow.ts';
import { neighbour } from '../neighbour.ts';
import { clean } from '../render/clean.ts';
import { outcomeText } from '../render/request.ts';

interface Options extends DaemonOptions, JsonOption {
  readonly base?: true;
  readonly away?: true;
  readonly home?: true;
  readonly up?: true;
  readonly down?: true;
  readonly force?: true;
  readonly why?: string;
  readonly wait: boolean;
  readonly timeout: number;
}

const TIMEOUT_MS = 30 * 60_000;

export const move: CliCommand<Options> = {
  notes: [
    'Without a host: the next one in the order of the conf. With one, no other is tried.',
    'Exit status 0: confirmed there; 1: failed, abandoned, or not over in time; 75: held by a gate.',
    'Ctrl-C ends the following, not the move: see vmmanage cancel.',
  ].join('\n'),
  examples: [
    'vmmanage move',
    'vmmanage move xen3 --force --why "xen2 is being repaired"',
    'vmmanage move --base --no-wait',
  ],
  describe(command) {
    withJson(withRuntime(command))
      .argument('[host]', 'where to', typed(hostName))
      .addOption(new Option('--base', 'to the base').conflicts(['away', 'home']))
      .addOption(new Option('--away', 'to an away site').conflicts(['home', 'base']))
      .addOption(new Option('--home', 'to the home site').conflicts(['away', 'base']))
      .addOption(new Option('--up').conflicts(['base', 'away', 'home', 'down']).hideHelp())
      .addOption(new Option('--down').conflicts(['base', 'away', 'home']).hideHelp())
      .option(
        '--force',
        'past cooldown, move limit, quiet hours, all tried and budget; asks for --why',
      )
      .option('--why <text>', 'the reason; logged')
      .option('--no-wait', 'print the request and leave')
      .addOption(
        new Option('--timeout <span>', 'how long to follow it')
          .argParser(span)
          .default(TIMEOUT_MS, '30m'),
      );
  },
  async run(call) {
    const order = orderOf(call);
    const client = await connect(call);
    const host = order.host ?? (await neighbourOf(client, call));
    const named = host === undefined ? order : { ...order, host };
    const answer = await client.act('/v1/move', named, isMove);
    const { json, wait, timeout } = call.options;
    if (!wait) {
      show(call, answer, begun);
      return EXIT.done;
    }
    const quiet = json === true;
    if (!quiet) call.terminal.out(begun(clean(answer)));
    const { request } = answer;
    const following = { client, request, terminal: call.terminal, timeoutMs: timeout, quiet };
    const ended = await follow(following);
    show(call, ended, outcomeText);
    return ended.outcome === 'confirmed' ? EXIT.done : EXIT.failed;
  },
};

function begun({ request, from, to }: MoveAnswer): string {
  return `request ${request} ${from}→${to}`;
}

async function neighbourOf(client: Client, { options }: Call<Options>) {
  const { up, down } = options;
  if (!up && !down) return undefined;
  const { hosts } = await client.look('/v1/hosts', isHosts);
  return neighbour(hosts, up ? 'up' : 'down');
}

function orderOf({ options, operands }: Call<Options>): MoveOrder {
  const { base, away, home, force, why } = options;
  const [host] = operands;
  if (force && !why) {
    throw new CliError(EXIT.usage, '--force asks for --why TEXT: it is logged', [
      'see vmmanage move --help',
    ]);
  }
  return {
    verdict: base ? 'base' : away ? 'away' : home ? 'home' : 'move',
    ...(host === undefined ? {} : { host }),
    ...(force ? { force } : {}),
    ...(why === undefined ? {} : { why }),
  };
}
