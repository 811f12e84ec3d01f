/** What `vmmanage simulate` takes on its command line, and which of it goes together. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationWithin } from '../../core/option-types.ts';
import { printable } from '../../core/text.ts';
import { type ConfOption, type JsonOption, span, typed, withConf, withJson } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { pageFile } from '../write-page.ts';
import { parseInstant } from './instants.ts';

export interface SimulateOptions extends ConfOption, JsonOption {
  readonly at?: string;
  readonly moveTakes: number;
  readonly fail?: readonly string[];
  readonly interval?: number;
  readonly active?: true;
  readonly from?: number;
  readonly to?: number;
  readonly state?: string;
  readonly prometheus?: string;
  readonly query?: string;
  readonly probe?: string;
  readonly step?: number;
  readonly replay?: string;
  readonly compare?: string;
  readonly html?: string;
}

const MOVE_TAKES_MS = 30_000;

export function describe(command: Command): void {
  withJson(withConf(command))
    .argument('[trace...]', 'CSV files in the order of their time (default: the stored readings)')
    .option('--compare <file>', 'another conf, tried on the same trace')
    .option('--html <file>', 'write a page with charts, too', pageFile)
    .option(
      '--interval <span>',
      "how far apart readings are meant to lie (default: the conf's)",
      span,
    )
    .option('--active', 'as if the conf said mode = active')
    .option('--at <host>', 'where the guest is at first (default: the first host)')
    .addOption(
      new Option('--move-takes <span>', 'how long a move takes')
        .argParser(spanOrNone)
        .default(MOVE_TAKES_MS, '30s'),
    )
    .option('--fail <host>', 'moves to this host fail; may be given several times', collected)
    .option('--from <time>', 'leave out what is earlier', instant)
    .option('--to <time>', 'leave out what is later', instant)
    .option('--state <folder>', "where the stored readings are (default: the conf's [vm] state)")
    .option('--replay <journal>', 'take moves, pauses and reloads from this journal instead')
    .option('--prometheus <url>', 'read --query from this server, between --from and --to')
    .option('--query <promql>', 'what comes to one series')
    .option('--probe <name>', 'which probe its values stand for (default: the only one)')
    .option('--step <span>', "how far apart to read (default: the probe's interval)", span);
}

const spanOrNone = typed(durationWithin({ max: 7 * 86_400_000 }));

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function instant(text: string): number {
  const parsed = parseInstant(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(printable(parsed.problem));
}

/** What can't be meant together. */
export function checkTogether(options: SimulateOptions, traces: readonly string[]): void {
  const problem = wrongTogether(options, traces);
  if (problem !== undefined) throw new CliError(EXIT.usage, problem);
}

function wrongTogether(options: SimulateOptions, traces: readonly string[]): string | undefined {
  const { prometheus, query, probe, step, replay, from, to } = options;
  const asked = [query, probe, step].some((value) => value !== undefined);
  if (from !== undefined && to !== undefined && from > to) return '--from is later than --to';
  if (replay !== undefined) return wrongWithReplay(options);
  if (prometheus === undefined) {
    return asked ? '--query, --probe and --step belong to --prometheus URL' : undefined;
  }
  if (!/^https?:\/\/./.test(prometheus)) return '--prometheus takes an http:// or https:// URL';
  if (traces.length > 0) return 'say --prometheus or name traces, not both';
  if (query === undefined || from === undefined) return '--prometheus needs --query and --from';
  return undefined;
}

function wrongWithReplay(options: SimulateOptions): string | undefined {
  if (options.prometheus !== undefined) return 'say --replay or --prometheus, not both';
  const simulated = ['compare', 'at', 'fail', 'active'] as const;
  const found = simulated.find((name) => options[name] !== undefined);
  return found && `--${found} has no meaning with --replay: the journal says what happened`;
}
