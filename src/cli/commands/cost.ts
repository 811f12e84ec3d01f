/** `vmmanage cost`: hours and cost of where the guest was, from the journal's files. */
import { duration } from '../../core/option-types.ts';
import { show } from '../ask.ts';
import { type CliCommand, type JsonOption, typed, withJson } from '../command.ts';
import { needConf } from '../conf.ts';
import { EXIT } from '../exit.ts';
import { renderCost } from '../render/cost.ts';
import { readRecords, type StoredOptions, withStored } from '../stored.ts';

interface Options extends StoredOptions, JsonOption {
  readonly since?: number;
}

const MONTH_MS = 30 * 86_400_000;

export const cost: CliCommand<Options> = {
  notes: `Prices are those of the conf now: [host NAME] cost, or [cost]. The files in the state folder are
read, so the daemon need not run. Time in which it didn't run counts to where the guest was found
before and after, if that is one place, and is unknown otherwise.`,
  examples: [
    'vmmanage cost',
    'vmmanage cost --since 7d',
    'vmmanage cost --json | jq .staying.saving',
  ],
  describe(command) {
    withStored(withJson(command)).option(
      '--since <span>',
      'how far back: 24h, 7d (default: 30d)',
      typed(duration),
    );
  },
  async run(call) {
    const { terminal, options } = call;
    const [{ whereabouts }, { costReport }] = await Promise.all([
      import('../../daemon/whereabouts.ts'),
      import('../../daemon/costs.ts'),
    ]);
    const loaded = await needConf(options.conf ?? [], terminal, 'leave');
    const records = await readRecords(options.state ?? loaded.vm.state, terminal);
    const toMs = terminal.clock.now().wallMs;
    const period = { fromMs: toMs - (options.since ?? MONTH_MS), toMs };
    const spells = whereabouts(records, toMs);
    const report = costReport(spells, period, loaded.rules, loaded.cost.currency);
    const here = { now: report.to, zone: terminal.zone };
    show(call, report, (each) => renderCost(each, here));
    return EXIT.done;
  },
};
