/** `vmmanage probe`: reads a probe of the conf, as the daemon would, and touches nothing of its. */
import type { ConfiguredProbe, Loaded } from '../../conf/loaded.ts';
import type { Clock } from '../../core/clock.ts';
import type { Measurement, Probe } from '../../probes/probe.ts';
import { show } from '../ask.ts';
import {
  type Call,
  type CliCommand,
  type ConfOption,
  type JsonOption,
  span,
  withConf,
  withJson,
} from '../command.ts';
import { needConf } from '../conf.ts';
import { CliError, EXIT } from '../exit.ts';
import { type ProbeResult, renderProbe } from '../render/probe.ts';

interface Options extends ConfOption, JsonOption {
  readonly all?: true;
  readonly verbose?: true;
  readonly wait?: number;
}

/** A person waits for it. */
const WAIT_MAX_MS = 5_000;

export const probe: CliCommand<Options> = {
  notes: [
    'A difference needs two readings: they are taken an interval apart, 5 s at most unless --wait',
    'says otherwise. Exit status 1: a value is missing.',
  ].join('\n'),
  examples: ['vmmanage probe', 'vmmanage probe slow -v --wait 30s', 'vmmanage probe --all --json'],
  describe(command) {
    withJson(withConf(command))
      .argument('[name]', 'which probe (default: the only one)')
      .option('--all', 'every probe of the conf')
      .option('-v, --verbose', 'what the service answered, too')
      .option('--wait <span>', 'between the two readings of a difference', span);
  },
  async run(call) {
    const loaded = await needConf(call.options.conf ?? [], call.terminal);
    const chosen = choose(loaded, call);
    const results: ProbeResult[] = [];
    for (const each of chosen) results.push(await readProbe(each, loaded, call));
    show(call, results, (all, view) => all.map((each) => renderProbe(each, view)).join('\n'));
    return results.every(({ value }) => value !== undefined) ? EXIT.done : EXIT.failed;
  },
};

function choose({ probes }: Loaded, { options, operands }: Call<Options>) {
  const [name] = operands;
  if (options.all && name !== undefined) {
    throw new CliError(EXIT.usage, 'say a name, or --all, not both');
  }
  if (options.all) return probes;
  const names = probes.map((each) => each.name).join(', ');
  const found = name === undefined ? only(probes) : probes.find((each) => each.name === name);
  if (found) return [found];
  const what = name === undefined ? 'say which probe, or --all' : `no probe ${name} in the conf`;
  throw new CliError(EXIT.usage, what, [`there are: ${names}`]);
}

function only(probes: readonly ConfiguredProbe[]): ConfiguredProbe | undefined {
  return probes.length === 1 ? probes[0] : undefined;
}

async function readProbe(
  configured: ConfiguredProbe,
  loaded: Loaded,
  call: Call<Options>,
): Promise<ProbeResult> {
  const { intervalMs, unit } = ruleOf(configured, loaded);
  const probe = await open(configured, intervalMs, call);
  try {
    const { measurement, tookMs } = await measure(probe, configured, intervalMs, call);
    const { raw, ...measured } = measurement;
    const answer = call.options.verbose && raw !== undefined ? { raw: raw.split('\n') } : {};
    return {
      probe: configured.name,
      kind: configured.kind,
      unit,
      ...measured,
      took_ms: tookMs,
      ...answer,
    };
  } finally {
    await probe.close();
  }
}

function ruleOf({ name }: ConfiguredProbe, { rules }: Loaded) {
  const rule = rules.probes[name];
  if (!rule) throw new Error(`the conf has no rule for probe ${name}`);
  return rule;
}

async function open(
  { kind: name, options }: ConfiguredProbe,
  intervalMs: number,
  { terminal }: Call<Options>,
): Promise<Probe> {
  const { probeKinds } = await import('../../probes/registry.ts');
  const kind = probeKinds.find((each) => each.kind === name);
  if (!kind) throw new Error(`no probe kind ${name}`);
  return kind.open(options, { clock: terminal.clock, intervalMs });
}

/** Once; or twice, where the first of a difference is missing by its nature. */
async function measure(
  probe: Probe,
  { name, timeoutMs, options: conf }: ConfiguredProbe,
  intervalMs: number,
  { terminal, options }: Call<Options>,
): Promise<Timed> {
  const stop = terminal.interrupted();
  const first = await timed(probe, timeoutMs, stop, terminal.clock);
  if (!isFirstOfDifference(first.measurement, conf)) return first;
  const waitMs = options.wait ?? Math.min(intervalMs, WAIT_MAX_MS);
  terminal.err(`${name}: a difference; reading again in ${Math.round(waitMs / 100) / 10} s`);
  await terminal.clock.sleep(waitMs, stop);
  if (stop.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
  return timed(probe, timeoutMs, stop, terminal.clock);
}

/** The service answered, yet there is no value: there is nothing to compare with so far. */
function isFirstOfDifference(measurement: Measurement, conf: ConfiguredProbe['options']): boolean {
  const answered = measurement.raw !== undefined;
  return conf['as'] === 'delta' && answered && 'missing' in measurement;
}

interface Timed {
  readonly measurement: Measurement;
  readonly tookMs: number;
}

async function timed(
  probe: Probe,
  timeoutMs: number,
  stop: AbortSignal,
  clock: Clock,
): Promise<Timed> {
  const beganMs = clock.monotonicMs();
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  const measurement = await probe.read(signal);
  if (stop.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
  return { measurement, tookMs: Math.round((clock.monotonicMs() - beganMs) * 10) / 10 };
}
