/** What `vmmanage logs` is asked for: its options, and which lines they stand for. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LogEvent, logEvents } from '../../core/log-events.ts';
import { didYouMean } from '../../core/nearest.ts';
import { integer } from '../../core/option-types.ts';
import { quoted } from '../../core/text.ts';
import type { Wanted } from '../../logs/wanted.ts';
import { typed, withJson } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseBound } from '../moments.ts';
import type { Terminal } from '../terminal.ts';
import { pageFile } from '../write-page.ts';

export interface LogsOptions {
  readonly follow?: true;
  readonly lines?: number;
  readonly host?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly event?: readonly LogEvent[];
  readonly policy?: readonly string[];
  readonly request?: string;
  readonly grep?: string;
  readonly json?: true;
  readonly activity?: true;
  readonly html?: string;
}

const LINES_MAX = 1_000_000;

export function describe(command: Command): void {
  command
    .argument('[file...]', 'files, folders of them, URLs, or - for standard input')
    .addOption(
      new Option('-f, --follow', 'go on with what is added, until Ctrl-C').conflicts('until'),
    )
    .option('-n, --lines <n>', 'the latest n only (default: all; with -f: 10)', lines)
    .option('--host <name>', 'of these guests; may be given several times', several)
    .option('--since <time>', 'from then on: 2h, 14:02, yesterday, "Tue 14:02", 2009-05-13')
    .option('--until <time>', 'up to then')
    .option('--event <event>', 'of these kinds (see below)', events)
    .option('--policy <name>', 'of these policies', several)
    .option('--request <id>', 'of this request')
    .option('--grep <text>', 'that hold this text, letter by letter');
  withJson(command)
    .addOption(
      new Option('--activity', 'requests an hour of each guest, and guests on each host').conflicts(
        ['follow', 'lines'],
      ),
    )
    .addOption(
      new Option('--html <page>', 'write that as a page with all lines on it')
        .argParser(pageFile)
        .conflicts(['follow', 'lines']),
    );
}

function lines(text: string): number {
  return typed(integer({ min: 0, max: LINES_MAX }))(text);
}

/** `--host a,b --host c`. */
function several(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('it names none.');
  return [...before, ...names];
}

function events(text: string, before: readonly LogEvent[] = []): LogEvent[] {
  const known = logEvents();
  const named = several(text);
  const wrong = named.find((name) => !known.some((event) => event === name));
  if (wrong === undefined) return [...before, ...(named as LogEvent[])];
  const help = didYouMean(wrong, known) || `; there are ${known.join(', ')}`;
  throw new InvalidArgumentError(`there is no ${quoted(wrong)}${help}.`);
}

export function wantedOf(options: LogsOptions, terminal: Terminal): Wanted {
  const { host, event, policy, request, grep } = options;
  const sinceMs = momentOf(options.since, '--since', terminal);
  const untilMs = momentOf(options.until, '--until', terminal);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs) {
    throw new CliError(
      EXIT.usage,
      `--since ${options.since} is later than --until ${options.until}`,
    );
  }
  return {
    ...(host ? { hosts: new Set(host) } : {}),
    ...(event ? { events: new Set(event) } : {}),
    ...(policy ? { policies: new Set(policy) } : {}),
    ...(request === undefined ? {} : { request }),
    ...(grep === undefined ? {} : { grep }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

function momentOf(text: string | undefined, option: string, terminal: Terminal) {
  if (text === undefined) return undefined;
  const ms = parseBound(text, terminal.clock.now().wallMs, terminal.zone);
  if (ms !== undefined) return ms;
  throw new CliError(EXIT.usage, `${option} ${text}: expected a moment of the past`, [
    'as in 2h, 14:02, yesterday, "Tue 14:02", "2009-05-13 18:34", or the number that a line begins with',
  ]);
}
