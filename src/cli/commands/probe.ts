/**
 * `vmmanage probe`: reads a probe of the conf, as the daemon would, and touches nothing of its. Of a
 * queue it reads the open page alone: what is claimed, only the daemon's ledger knows.
 */
import { setMaxListeners } from 'node:events';
import type { ConfiguredProbe, ConfiguredQueue, Loaded } from '../../conf/loaded.ts';
import type { Clock } from '../../core/clock.ts';
import { gradesOf } from '../../core/jobs.ts';
import { openProbe } from '../../daemon/probing.ts';
import type { Measurement, Probe } from '../../probes/probe.ts';
import { Shared } from '../../probes/shared.ts';
import { withDeadline } from '../../system/deadline.ts';
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
import { type ProbeResult, renderProbes } from '../render/probe.ts';

interface Options extends ConfOption, JsonOption {
  readonly all?: true;
  readonly verbose?: true;
  readonly wait?: number;
}

/** A person waits for it. */
const WAIT_MAX_MS = 5_000;

export const probe: CliCommand<Options> = {
  notes: [
    'With --all they are read side by side. A difference needs two readings: they are taken an',
    'interval apart, 5 s at most unless --wait says otherwise. Of a [queue] those big jobs are',
    'counted that nobody has claimed; vmmanage jobs tells of what this guest has. Exit status 1:',
    'a value is missing.',
  ].join('\n'),
  examples: ['vmmanage probe', 'vmmanage probe slow -v --wait 30s', 'vmmanage probe --all --json'],
  describe(command) {
    withJson(withConf(command))
      .argument('[name]', 'which probe or queue (default: the only one)')
      .option('--all', 'every probe and queue of the conf')
      .option('-v, --verbose', 'what the service answered, too')
      .option('--wait <span>', 'between the two readings of a difference', span);
  },
  async run(call) {
    const loaded = await needConf(call.options.conf ?? [], call.terminal);
    const chosen = choose(loaded, call);
    const surroundings = await surroundingsOf(call);
    const results = await Promise.all(
      chosen.map((each) => readProbe(each, loaded, surroundings, call)),
    );
    show(call, results, renderProbes);
    return results.every(({ value }) => value !== undefined) ? EXIT.done : EXIT.failed;
  },
};

function choose(loaded: Loaded, { options, operands }: Call<Options>) {
  const [name] = operands;
  const probes = [...loaded.probes, ...loaded.queues.map((queue) => asProbe(queue, loaded))];
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

/** A queue's address and access are named as those of the probe of its kind. */
function asProbe({ options, ...queue }: ConfiguredQueue, { rules }: Loaded): ConfiguredProbe {
  const { name, url, timeoutMs } = queue;
  const chosen = { ...options, url, measure: 'count', grade: gradesOf(name, rules) };
  return { name, kind: 'queue', options: chosen, timeoutMs, startup: 'retry' };
}

function only(probes: readonly ConfiguredProbe[]): ConfiguredProbe | undefined {
  return probes.length === 1 ? probes[0] : undefined;
}

async function readProbe(
  configured: ConfiguredProbe,
  loaded: Loaded,
  surroundings: Surroundings,
  call: Call<Options>,
): Promise<ProbeResult> {
  const { intervalMs, unit } = ruleOf(configured, loaded);
  const probe = openProbe(configured, loaded, surroundings);
  try {
    const { measurement, tookMs } = await measure(probe, configured, intervalMs, {
      ...call,
      stop: surroundings.stop,
    });
    const { raw } = measurement;
    const answer = call.options.verbose && raw !== undefined ? { raw: raw.split('\n') } : {};
    return {
      probe: configured.name,
      kind: configured.kind,
      unit,
      ...measured(measurement),
      took_ms: tookMs,
      ...answer,
    };
  } finally {
    await probe.close();
  }
}

function measured(measurement: Measurement) {
  if ('value' in measurement) return { value: measurement.value };
  return { missing: measurement.missing };
}

function ruleOf({ name }: ConfiguredProbe, { rules }: Loaded) {
  const rule = rules.probes[name];
  if (!rule) throw new Error(`the conf has no rule for probe ${name}`);
  return rule;
}

/** The probes of one call share their connections, as those of the daemon do. */
async function surroundingsOf({ terminal }: Call<Options>) {
  const { probeKinds } = await import('../../probes/registry.ts');
  const stop = terminal.interrupted();
  // Each probe listens; more than ten aren't a leak.
  setMaxListeners(0, stop);
  return { kinds: probeKinds, clock: terminal.clock, shared: new Shared(), stop };
}

type Surroundings = Awaited<ReturnType<typeof surroundingsOf>>;

/** Once; or twice, where the first of a difference is missing by its nature. */
async function measure(
  probe: Probe,
  { name, timeoutMs }: ConfiguredProbe,
  intervalMs: number,
  {
    terminal,
    options,
    stop,
  }: Pick<Call<Options>, 'terminal' | 'options'> & Pick<Surroundings, 'stop'>,
): Promise<Timed> {
  const first = await timed(probe, timeoutMs, stop, terminal.clock);
  if ('value' in first.measurement || !first.measurement.first) return first;
  const waitMs = options.wait ?? Math.min(intervalMs, WAIT_MAX_MS);
  terminal.err(`${name}: a difference; reading again in ${Math.round(waitMs / 100) / 10} s`);
  await terminal.clock.sleep(waitMs, stop);
  if (stop.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
  return timed(probe, timeoutMs, stop, terminal.clock);
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
  const measurement = await withDeadline(timeoutMs, stop, clock, (signal) => probe.read(signal));
  if (stop.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
  return { measurement, tookMs: Math.round((clock.monotonicMs() - beganMs) * 10) / 10 };
}
