/** `vmmanage simulate`: what a conf would have done with recorded readings. Touches nothing. */
import { viewOf } from '../ask.ts';
import type { Call, CliCommand } from '../command.ts';
import { needConf } from '../conf.ts';
import { EXIT } from '../exit.ts';
import { clean, jsonText } from '../render/clean.ts';
import { renderSimulation } from '../render/simulation.ts';
import { jsonOf } from '../simulate/json.ts';
import { checkTogether, describe, type SimulateOptions } from '../simulate/options.ts';
import { Points } from '../simulate/points.ts';
import type { Run, Subject } from '../simulate/run.ts';
import { subjectOf } from '../simulate/subjects.ts';
import { replayLive, tryAll } from '../simulate/trial.ts';
import { writePage } from '../write-page.ts';

export const simulate: CliCommand<SimulateOptions> = {
  notes: [
    'A trace is CSV: a header time,PROBE[,PROBE...] or the columns of the history files; times as',
    '2026-11-21T10:04:55Z or epoch seconds; an empty cell is a missing reading. Its values are',
    "taken as they are and don't react to moves. See docs/simulate.md.",
  ].join('\n'),
  examples: [
    'vmmanage simulate --active',
    'vmmanage simulate -c new.conf week.csv --json | jq .perHour',
    'vmmanage simulate -c new.conf --compare /etc/vmmanage/vmmanage.conf --html both.html',
    "vmmanage simulate --prometheus http://prom:9090 --query 'slow' --from 2026-11-01T00:00:00Z",
    'vmmanage simulate --replay /var/lib/vmmanage/journal.jsonl',
  ],
  describe,
  async run(call) {
    const { options, operands } = call;
    checkTogether(options, operands);
    const [subject, ...others] = await subjectsOf(call);
    const points = new Points();
    const watchers = options.html === undefined ? [] : [points];
    const runs =
      options.replay === undefined
        ? await tryAll(call, [subject, ...others], watchers)
        : await replayLive(call, subject, watchers);
    if (options.html !== undefined) await draw(options.html, runs, points, call);
    tell(runs, call);
    return EXIT.done;
  },
};

async function subjectsOf({
  options,
  terminal,
}: Call<SimulateOptions>): Promise<[Subject, ...Subject[]]> {
  const first = subjectOf(await needConf(options.conf ?? [], terminal, 'leave'), options);
  if (options.compare === undefined) return [first];
  const second = subjectOf(await needConf([options.compare], terminal, 'leave'), options);
  return [first, second];
}

/** One object; of two confs a list of two. */
function tell(runs: readonly Run[], { options, terminal }: Call<SimulateOptions>): void {
  if (!options.json)
    return terminal.out(renderSimulation(runs.map(printableRun), viewOf(terminal)));
  const objects = runs.map(jsonOf);
  terminal.out(jsonText(objects.length === 1 ? objects[0] : objects));
}

function printableRun(run: Run): Run {
  return { ...run, name: clean(run.name), currency: clean(run.currency) };
}

async function draw(
  path: string,
  runs: readonly Run[],
  points: Points,
  { terminal }: Call<SimulateOptions>,
): Promise<void> {
  const { pageOf } = await import('../simulate/page.ts');
  await writePage(path, pageOf(runs, points.series(), terminal.zone), terminal);
}
