/** `vmmanage explain`: why the guest moves or doesn't, now or at any moment of the past. */
import { isExplanation } from '../answers.ts';
import { connect, show, viewOf } from '../ask.ts';
import {
  type Call,
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  withJson,
  withRuntime,
} from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { explainStored } from '../past.ts';
import { clean, jsonText } from '../render/clean.ts';
import { renderExplanation } from '../render/explain.ts';
import { renderShadow } from '../render/shadow.ts';
import { moment } from '../render/times.ts';
import { type StoredOptions, withStored } from '../stored.ts';

interface Options extends DaemonOptions, JsonOption, StoredOptions {
  readonly at?: string;
  readonly request?: string;
  readonly shadow?: true;
}

export const explain: CliCommand<Options> = {
  notes: `With --at or --request it goes by the journal and the history, and the daemon need not run.
TIME: 2009-05-13T18:34:40Z, "2009-05-13 18:34", 14:02, "yesterday 14:02", "Tue 14:02", or 2h (ago).`,
  examples: [
    'vmmanage explain',
    'vmmanage explain --at "yesterday 14:02"',
    'vmmanage explain --request 01JH8Z5V7Q3W9X2B4N6M8K0T1R',
    'vmmanage explain --shadow',
    "vmmanage explain --json | jq '.gates[] | select(.reason)'",
  ],
  describe(command) {
    withStored(withJson(withRuntime(command)))
      .option('--at <time>', 'as it was then')
      .option('--request <id>', 'as it was when this request was made')
      .option(
        '--shadow',
        'what a guest that is passive or paused would have asked for, and what of it without need',
      );
  },
  async run(call) {
    const { at, request, shadow } = call.options;
    if (shadow && (at !== undefined || request !== undefined)) {
      throw new CliError(EXIT.usage, '--shadow tells of now: leave --at and --request out');
    }
    if (at === undefined && request === undefined) {
      const client = await connect(call);
      show(
        call,
        await client.look('/v1/explain', isExplanation),
        shadow ? renderShadow : renderExplanation,
      );
    } else if (at !== undefined && request !== undefined) {
      throw new CliError(EXIT.usage, 'give --at or --request, not both');
    } else {
      await explainThen(call);
    }
    return EXIT.done;
  },
};

async function explainThen({ terminal, options }: Call<Options>): Promise<void> {
  const report = await explainStored(options, terminal);
  if (options.json) return terminal.out(jsonText(report));
  const now = new Date(terminal.clock.now().wallMs).toISOString();
  const then = moment(report.now, { now, zone: terminal.zone });
  terminal.out(`${then}\n${renderExplanation(clean(report), viewOf(terminal))}`);
}
