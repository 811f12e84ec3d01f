/** Where the readings of a simulation come from: named traces, the stored ones, or Prometheus. */
import type { Conf } from '../../core/conf.ts';
import { quoted } from '../../core/text.ts';
import type { Call } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { confFolder } from '../places.ts';
import type { Batch, Collector } from './collector.ts';
import type { SimulateOptions } from './options.ts';
import { historyFiles, type Progress, readTraces } from './trace-files.ts';

export type Source = Iterable<Batch> | AsyncIterable<Batch>;

export async function sourceOf(
  call: Call<SimulateOptions>,
  rules: Conf,
  collector: Collector,
  progress: Progress,
): Promise<Source> {
  if (call.options.prometheus !== undefined) return fromServer(call, rules, collector, progress);
  return readTraces(await filesOf(call), collector, progress);
}

async function filesOf({ options, operands }: Call<SimulateOptions>): Promise<readonly string[]> {
  if (operands.length > 0) return operands;
  const folder = options.state ?? (await confFolder('state', options.conf ?? []));
  const files = historyFiles(folder);
  if (files.length > 0) return files;
  throw new CliError(EXIT.failed, `no readings are stored in ${folder}: name a trace`);
}

async function fromServer(
  { options, terminal }: Call<SimulateOptions>,
  rules: Conf,
  collector: Collector,
  progress: Progress,
): Promise<Source> {
  const { prometheus: url = '', query = '', from: fromMs = 0 } = options;
  const probe = probeOf(options.probe, rules);
  const stepMs = options.step ?? rules.probes[probe]?.intervalMs ?? 0;
  const toMs = options.to ?? terminal.clock.now().wallMs;
  const { readPrometheus } = await import('./prometheus.ts');
  const range = { url, query, fromMs, toMs, stepMs, probe };
  return readPrometheus(range, collector, progress, terminal.interrupted());
}

function probeOf(name: string | undefined, { probes }: Conf): string {
  const names = Object.keys(probes);
  const [only, second] = names;
  if (name === undefined && only !== undefined && second === undefined) return only;
  if (name !== undefined && names.includes(name)) return name;
  const problem = name === undefined ? 'say which --probe' : `no probe ${quoted(name)} in the conf`;
  throw new CliError(EXIT.usage, problem, [`there are: ${names.join(', ')}`]);
}
