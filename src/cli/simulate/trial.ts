/** The two ways to a result: confs tried on a trace, and a live run gone through again. */
import type { Conf } from '../../core/conf.ts';
import type { Reading } from '../../core/words.ts';
import type { Call } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { clean } from '../render/clean.ts';
import { Collector, type Wanted } from './collector.ts';
import type { SimulateOptions } from './options.ts';
import { progressBar } from './progress.ts';
import { type Run, type Subject, simulateAll, type Watcher } from './run.ts';
import { sourceOf } from './sources.ts';
import { Spacing } from './spacing.ts';
import { confReader, failingOf, startOf } from './subjects.ts';
import { historyFiles, readTraces } from './trace-files.ts';

/** Simulates; what was left out or looks odd is said on standard error. */
export async function tryAll(
  call: Call<SimulateOptions>,
  subjects: readonly [Subject, ...Subject[]],
  watchers: readonly Watcher[],
): Promise<Run[]> {
  const { at, moveTakes: moveTakesMs, fail = [] } = call.options;
  const plans = new Map(
    subjects.map((subject) => {
      const [host, failing] = [startOf(subject, at), failingOf(subject, fail)];
      return [subject, { host, failing, moveTakesMs }];
    }),
  );
  const optionsOf = (subject: Subject) => plans.get(subject) ?? NOWHERE;
  const spacing = new Spacing();
  const runs = await read(call, subjects, (source) =>
    simulateAll(subjects, optionsOf, source, [spacing, ...watchers]),
  );
  warn(
    call,
    subjects.flatMap(({ rules }) => spacing.warnings(rules)),
  );
  warn(call, subjects.flatMap(passiveNote));
  return runs;
}

const NOWHERE = { host: '', failing: new Set<string>(), moveTakesMs: 0 };

/** Reads the trace to its end with a bar on the terminal; a trace without any reading is an error. */
async function read(
  call: Call<SimulateOptions>,
  subjects: readonly [Subject, ...Subject[]],
  take: (source: Awaited<ReturnType<typeof sourceOf>>) => Promise<Run[]>,
): Promise<Run[]> {
  const confs = subjects.map(({ rules }) => rules);
  const collector = new Collector(wanted(confs, call.options));
  const bar = progressBar(call.terminal);
  try {
    const runs = await take(await sourceOf(call, subjects[0].rules, collector, bar.show));
    checkAny(runs, collector);
    warn(call, collector.notes());
    warn(
      call,
      confs.flatMap((conf) => blindNotes(conf, collector)),
    );
    return runs;
  } finally {
    bar.end();
  }
}

function wanted(confs: readonly Conf[], { from, to }: SimulateOptions): Wanted {
  const probes = new Set(confs.flatMap((conf) => Object.keys(conf.probes)));
  return { probes, fromMs: from ?? -Infinity, toMs: to ?? Infinity };
}

function checkAny(runs: readonly Run[], collector: Collector): void {
  const empty = runs.find(({ simulated }) => simulated.readings === 0);
  if (!empty) return;
  const probes = Object.keys(empty.rules.probes).join(', ');
  throw new CliError(EXIT.failed, `there is no reading of ${probes} in it`, collector.notes());
}

/** A policy that sees nothing of the trace has its say all the same: it vetoes (arbitrate.ts). */
function blindNotes({ policies }: Conf, collector: Collector): string[] {
  const blind = policies.filter(({ probe }) => !collector.has(probe));
  return blind.map(({ name, probe, schedule }) => {
    const when = schedule ? ' in its workhours' : '';
    const veto = `policy ${name} is blind, and keeps the guest from base and home${when}`;
    return `the trace holds no readings of ${probe}: ${veto}`;
  });
}

function passiveNote({ name, rules }: Subject): string[] {
  if (rules.constraints.mode === 'active') return [];
  return [`${name} says mode = passive, so nothing is asked; --active simulates it as if it did`];
}

/** What a live run asked for, from its journal; and whether the same comes out of it again. */
export async function replayLive(
  call: Call<SimulateOptions>,
  subject: Subject,
  watchers: readonly Watcher[],
): Promise<Run[]> {
  const { replay: path = '' } = call.options;
  const [{ readJournal }, { replay, stateFolderOf }] = await Promise.all([
    import('../../daemon/journal.ts'),
    import('./replay.ts'),
  ]);
  const folder = stateFolderOf(path);
  const { records, warnings } = await readJournal(folder);
  if (records.length === 0) throw new CliError(EXIT.failed, `${path}: there is no journal`);
  warn(call, warnings);
  const readings = storedReadings(call, subject, folder);
  for (const watcher of watchers) for (const reading of readings) watcher.see(reading);
  const confOf = await confReader(call.options);
  const { simulated, lacking, extra } = replay(records, readings, { given: subject.rules, confOf });
  call.terminal.err(verdictOn(simulated.requests.length, lacking, extra));
  return [{ ...subject, simulated }];
}

function storedReadings(
  call: Call<SimulateOptions>,
  subject: Subject,
  folder: string,
): readonly Reading[] {
  const files = call.operands.length > 0 ? call.operands : historyFiles(folder);
  const collector = new Collector(wanted([subject.rules], call.options));
  const batches = [...readTraces(files, collector, () => undefined)];
  warn(call, collector.notes());
  if (batches.every((batch) => batch.length === 0)) {
    throw new CliError(EXIT.failed, `there are no readings beside the journal in ${folder}`);
  }
  return batches.flat();
}

function verdictOn(n: number, lacking: readonly string[], extra: readonly string[]): string {
  if (lacking.length + extra.length === 0)
    return `replay: the same requests as the live run (${n})`;
  const parts = [
    ...(lacking.length === 0 ? [] : [`without ${lacking.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`with ${extra.length} more`]),
  ];
  return clean(`replay: not the requests of the live run: ${parts.join(', ')}`);
}

function warn({ terminal }: Call<SimulateOptions>, warnings: readonly string[]): void {
  for (const warning of new Set(warnings)) terminal.err(`vmmanage: warning: ${clean(warning)}`);
}
