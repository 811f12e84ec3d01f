/**
 * What the central log takes, beside what people run today: lines a second until they can be read in
 * the file, and processor time for 100,000 lines, of our sink with sync and of rsyslog and syslog-ng
 * without, as each is by default; interleaved, medians of 5. The machine should have nothing else
 * to do. Ends with 1 where a bound is passed. `LINES=20000` measures for a fraction of the time.
 */
import { type Load, onePerMessage, persistent, relp } from './sink/load.ts';
import { cpuS, ourSink, type Receiver, rsyslog, syslogNg } from './sink/receivers.ts';
import { Visible } from './sink/visible.ts';

const LINES = Number(process.env['LINES'] ?? 200_000);
/** `npm run bench:sink -- RELP`: only those whose name has it. */
const ONLY = process.argv[2] ?? '';
const ROUNDS = 5;
/** Rounds before that count for nothing: what is measured is life, not birth. */
const WARM_ROUNDS = 1;
/** What the issue asks for, in ratio to rsyslog. */
const PLAIN_RATIO_MIN = 1;
const RELP_RATIO_MIN = 1.5;
const CPU_RATIO_MAX = 2;

/** One load, our sink, whom it is held against, and who is shown beside. */
interface Contest {
  readonly load: Load;
  readonly rateRatioMin: number;
  readonly ours: Runner;
  readonly rival: Runner;
  readonly beside: readonly Runner[];
}

interface Runner {
  readonly receiver: Receiver;
  readonly visible: Visible;
}

interface Cost {
  readonly linesPerS: number;
  /** Of 100,000 lines. */
  readonly cpuS: number;
  /** How much of one processor sending took; near 1, sending is what was measured. */
  readonly senderShare: number;
}

/** What was measured of a runner with a load, round by round. */
type Costs = Map<Load, Map<Runner, Cost[]>>;

async function main(): Promise<void> {
  const runners = (
    await Promise.all([ourSink(), rsyslog('imtcp'), rsyslog('imrelp'), syslogNg()])
  ).map((receiver) => ({ receiver, visible: new Visible(receiver) }));
  try {
    const contests = contestsOf(runners);
    const costs = await measureAll(contests);
    process.exitCode = judge(contests, costs) ? 0 : 1;
  } finally {
    for (const { visible } of runners) visible.close();
    await Promise.all(runners.map(({ receiver }) => receiver.remove()));
  }
}

function contestsOf([ours, imtcp, imrelp, ng]: readonly Runner[]): Contest[] {
  if (!ours || !imtcp || !imrelp || !ng) throw new Error('a receiver is missing');
  const plain = { ours, rival: imtcp, beside: [ng], rateRatioMin: PLAIN_RATIO_MIN };
  const acknowledged = { ours, rival: imrelp, beside: [], rateRatioMin: RELP_RATIO_MIN };
  const all = [
    ...[1, 50].map((senders) => ({ load: persistent(LINES, senders), ...plain })),
    ...[1, 50].map((senders) => ({ load: onePerMessage(LINES / 20, senders), ...plain })),
    ...[1, 50].map((senders) => ({ load: relp(LINES / 2, senders), ...acknowledged })),
  ];
  return all.filter(({ load }) => load.name.includes(ONLY));
}

async function measureAll(contests: readonly Contest[]): Promise<Costs> {
  const costs: Costs = new Map(contests.map(({ load }) => [load, new Map()]));
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round += 1) {
    for (const { load, ours, rival, beside } of contests) {
      for (const runner of [ours, rival, ...beside]) {
        const cost = await measure(load, runner);
        const known = costs.get(load)?.get(runner) ?? [];
        if (round >= WARM_ROUNDS) costs.get(load)?.set(runner, [...known, cost]);
      }
    }
  }
  return costs;
}

async function measure(load: Load, { receiver, visible }: Runner): Promise<Cost> {
  const send = load.prepare();
  const target = visible.lines + load.lines;
  const [cpuBeforeS, ownBefore, beganMs] = [cpuS(receiver), process.cpuUsage(), performance.now()];
  const [, tookS] = await Promise.all([
    send(receiver.port),
    visible.until(target).then(() => (performance.now() - beganMs) / 1000),
  ]);
  const own = process.cpuUsage(ownBefore);
  const spentS = cpuS(receiver) - cpuBeforeS;
  return {
    linesPerS: load.lines / tookS,
    cpuS: (spentS * 100_000) / load.lines,
    senderShare: (own.user + own.system) / 1e6 / tookS,
  };
}

function judge(contests: readonly Contest[], costs: Costs): boolean {
  let within = true;
  for (const { load, ours, rival, beside, rateRatioMin } of contests) {
    console.log(`\n${load.name}`);
    const medianOf = (runner: Runner) => medians(costs.get(load)?.get(runner) ?? []);
    for (const runner of [ours, rival, ...beside]) print(runner, medianOf(runner));
    const rate = medianOf(ours).linesPerS / medianOf(rival).linesPerS;
    const cpu = medianOf(ours).cpuS / medianOf(rival).cpuS;
    const holds = rate >= rateRatioMin && cpu <= CPU_RATIO_MAX;
    within &&= holds;
    console.log(
      `  to ${rival.receiver.name}: ${rate.toFixed(2)} × the lines (at least ${rateRatioMin}), ${cpu.toFixed(2)} × the CPU (at most ${CPU_RATIO_MAX})${holds ? '' : '   BEYOND'}`,
    );
  }
  console.log(within ? '\nwithin its bounds' : '\nBEYOND its bounds');
  return within;
}

function print({ receiver }: Runner, { linesPerS, cpuS: cpu, senderShare }: Cost): void {
  const rate = Math.round(linesPerS).toLocaleString('en-US').padStart(9);
  const share = `${Math.round(senderShare * 100)} %`.padStart(5);
  console.log(
    `  ${receiver.name.padEnd(16)}${rate} lines/s   ${cpu.toFixed(3)} s CPU per 100,000 lines   (sending took${share} of a CPU)`,
  );
}

function medians(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number) =>
    costs.map(of).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)] ?? Number.NaN;
  return {
    linesPerS: median((cost) => cost.linesPerS),
    cpuS: median((cost) => cost.cpuS),
    senderShare: median((cost) => cost.senderShare),
  };
}

await main();
