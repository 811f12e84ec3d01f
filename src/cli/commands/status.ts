/** `vmmanage status`: how things stand, once, again and again, or for Nagios. */
import { type Command, Option } from 'commander';
import type { StatusReport } from '../../wire/control.ts';
import { isStatus } from '../answers.ts';
import { connect, show, viewOf } from '../ask.ts';
import type { Client } from '../client.ts';
import {
  type Call,
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  span,
  withJson,
  withRuntime,
} from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { clean } from '../render/clean.ts';
import { type CheckResult, checkLine, renderCheck } from '../render/nagios.ts';
import { renderStatus } from '../render/status.ts';

interface Options extends DaemonOptions, JsonOption {
  readonly watch?: true;
  readonly interval?: number;
  readonly check?: true;
}

const WATCH_MS = 2_000;
/** Nagios gives a plugin 10 s. */
const CHECK_TIMEOUT_MS = 8_000;

export const status: CliCommand<Options> = {
  notes:
    'With --check: one line and an exit status for Nagios, 0 ok, 1 warning, 2 critical, 3 unknown.',
  examples: [
    'vmmanage status',
    'vmmanage status --watch --interval 5s',
    'vmmanage status --json | jq .place.host',
    'vmmanage status --check',
  ],
  describe(command: Command) {
    withJson(withRuntime(command))
      .addOption(new Option('--watch', 'again and again, until Ctrl-C').conflicts('json'))
      .option('--interval <span>', 'how often with --watch (default: 2s)', span)
      .addOption(
        new Option('--check', 'one line for Nagios').conflicts(['json', 'watch', 'interval']),
      );
  },
  async run(call) {
    const client = await connect(call, call.options.check ? CHECK_TIMEOUT_MS : undefined);
    if (call.options.check) return check(call, client);
    if (call.options.watch) return watch(call, client);
    show(call, await ask(client), renderStatus);
    return EXIT.done;
  },
};

function ask(client: Client, signal?: AbortSignal): Promise<StatusReport> {
  return client.look('/v1/status', isStatus, signal);
}

async function check({ terminal }: Call<Options>, client: Client): Promise<number> {
  const { line, status } = await ask(client).then(
    (report) => renderCheck(clean(report)),
    unanswered,
  );
  terminal.out(line);
  return status;
}

function unanswered(error: unknown): CheckResult {
  if (!(error instanceof CliError)) throw error;
  return checkLine(error.status === EXIT.noDaemon ? 'critical' : 'unknown', clean(error.message));
}

/** The first answer must come; later, a daemon that is away is said, and waited for. */
async function watch(call: Call<Options>, client: Client): Promise<number> {
  const { terminal, options } = call;
  const stop = terminal.interrupted();
  let frame = await text(call, client, stop);
  for (;;) {
    if (stop.aborted) return EXIT.done;
    draw(call, frame);
    await terminal.clock.sleep(options.interval ?? WATCH_MS, stop);
    if (stop.aborted) return EXIT.done;
    frame = await text(call, client, stop).catch(absence);
  }
}

async function text({ terminal }: Call<Options>, client: Client, stop: AbortSignal) {
  return renderStatus(clean(await ask(client, stop)), viewOf(terminal));
}

function absence(error: unknown): string {
  if (error instanceof CliError) return clean(error.message);
  throw error;
}

/** Over the frame before; where that can't be done, one after the other. */
function draw({ terminal }: Call<Options>, frame: string): void {
  if (!terminal.tty) return terminal.out(`${frame}\n`);
  const lines = frame.split('\n').map((line) => `${line}${CLEAR_LINE}\n`);
  terminal.write(`${HOME}${lines.join('')}${CLEAR_REST}`);
}

const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_REST = '\x1b[J';
