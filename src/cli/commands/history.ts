/** `vmmanage history`: what was asked for and what came of it, from the journal's files. */

import { duration } from '../../core/option-types.ts';
import { show } from '../ask.ts';
import { type CliCommand, type JsonOption, typed, withJson } from '../command.ts';
import { EXIT } from '../exit.ts';
import { clean, jsonText } from '../render/clean.ts';
import { entriesOf, renderRequests, renderTold, requestsOf, tellAll } from '../render/history.ts';
import { readRecords, type StoredOptions, stateFolder, withStored } from '../stored.ts';

interface Options extends StoredOptions, JsonOption {
  readonly since?: number;
  readonly requests?: true;
}

const DAY_MS = 86_400_000;

export const history: CliCommand<Options> = {
  notes: 'Reads the files in the state folder: the daemon need not run.',
  examples: [
    'vmmanage history --since 7d --requests',
    'vmmanage history --json | jq -r \'.[] | select(.type == "outcome").reason\'',
  ],
  describe(command) {
    withStored(withJson(command))
      .option('--since <span>', 'how far back: 90m, 24h, 30d (default: 24h)', typed(duration))
      .option('--requests', 'only requests, one line each with its outcome');
  },
  async run(call) {
    const { terminal, options } = call;
    const nowMs = terminal.clock.now().wallMs;
    const records = await readRecords(await stateFolder(options), terminal);
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
