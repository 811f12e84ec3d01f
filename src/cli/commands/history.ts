/** `vmmanage history`: what was asked for and what came of it, from the journal's files. */

import { duration } from '../../core/option-types.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { show } from '../ask.ts';
import {
  type Call,
  type CliCommand,
  type ConfOption,
  type JsonOption,
  typed,
  withConf,
  withJson,
} from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { confFolder } from '../places.ts';
import { clean, jsonText } from '../render/clean.ts';
import { entriesOf, renderRequests, renderTold, requestsOf, tellAll } from '../render/history.ts';

interface Options extends ConfOption, JsonOption {
  readonly since?: number;
  readonly requests?: true;
  readonly state?: string;
}

const DAY_MS = 86_400_000;

export const history: CliCommand<Options> = {
  notes: 'Reads the files in the state folder: the daemon need not run.',
  examples: [
    'vmmanage history --since 7d --requests',
    'vmmanage history --json | jq -r \'.[] | select(.type == "outcome").reason\'',
  ],
  describe(command) {
    withJson(withConf(command))
      .option('--since <span>', 'how far back: 90m, 24h, 30d (default: 24h)', typed(duration))
      .option('--requests', 'only requests, one line each with its outcome')
      .option('--state <folder>', "where the journal is (default: the conf's [vm] state)");
  },
  async run(call) {
    const { terminal, options } = call;
    const nowMs = terminal.clock.now().wallMs;
    const records = await read(call);
    const sinceMs = nowMs - (options.since ?? DAY_MS);
    const here = { now: new Date(nowMs).toISOString(), zone: terminal.zone };
    if (options.requests) {
      show(call, requestsOf(records, sinceMs), (all) => renderRequests(all, here));
    } else if (options.json) {
      terminal.out(jsonText(entriesOf(records, sinceMs)));
    } else {
      terminal.out(renderTold(clean(tellAll(records, sinceMs)), here));
    }
    return EXIT.done;
  },
};

async function read({ options, terminal }: Call<Options>): Promise<readonly Recorded[]> {
  const { readJournal } = await import('../../daemon/journal.ts');
  const folder = options.state ?? (await confFolder('state', options.conf ?? []));
  try {
    const { records, warnings, lastSeq } = await readJournal(folder);
    if (lastSeq === 0 && warnings.length === 0) {
      throw new CliError(EXIT.failed, `there is no journal in ${folder}`);
    }
    for (const warning of warnings) terminal.err(`vmmanage: ${clean(warning)}`);
    return records;
  } catch (error) {
    throw unreadable(error, folder);
  }
}

function unreadable(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new CliError(
    denied ? EXIT.denied : EXIT.failed,
    `the journal in ${folder} can't be read: ${denied ? 'permission denied' : code}`,
  );
}
