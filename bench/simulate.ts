/**
 * `npm run bench`: a year of one-minute readings simulated with --json, in ratio to reading and
 * parsing the same CSV alone, in one run. Each run is a process of its own, the two kinds in
 * turn, so that both see the same machine; the median counts. Ends with 1 where a bound is passed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { csvOf, recordedLooking } from '../test/support/traces.ts';

const MINUTES = 525_600;
const ROUNDS = 5;
/** What the issue asks for. */
const RATIO_MAX = 4;
const MEMORY_MAX_MB = 200;

const PROGRAM = resolve(import.meta.dirname, '../dist/cli/main.js');
const PARSER = resolve(import.meta.dirname, 'parse-alone.mjs');

const CONF = `
[vm]
name = db7
[array]
hosts = h1, h2, h3
base = b
[probe slow]
kind = mysql
[policy db]
kind = base-aware
suffering = > 50 for 3
idle = < 1 for 20
[migrator]
kind = local
`;

interface Measured {
  readonly userMs: number;
  readonly peakMb: number;
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-bench-'));
  try {
    process.exitCode = compare(written(folder)) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function written(folder: string) {
  const [trace, conf] = [join(folder, 'year.csv'), join(folder, 'a.conf')];
  writeFileSync(trace, csvOf(recordedLooking(MINUTES)));
  writeFileSync(conf, CONF, { mode: 0o600 });
  return { trace, conf };
}

function compare({ trace, conf }: { trace: string; conf: string }): boolean {
  const parsed: Measured[] = [];
  const simulated: Measured[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    parsed.push(measured([PARSER, trace]));
    simulated.push(measured([PROGRAM, 'simulate', '-c', conf, trace, '--json']));
  }
  const [parse, simulate] = [median(parsed), median(simulated)];
  const ratio = simulate.userMs / parse.userMs;
  report('reading and parsing alone', parse);
  report('vmmanage simulate --json', simulate);
  const within = ratio <= RATIO_MAX && simulate.peakMb <= MEMORY_MAX_MB;
  console.log(`ratio ${ratio.toFixed(2)} (at most ${RATIO_MAX}), ${MINUTES} readings`);
  console.log(within ? 'within its bounds' : 'BEYOND its bounds');
  return within;
}

/** Processor time of the whole process: what else runs on the machine doesn't count. */
function measured(words: readonly string[]): Measured {
  const script = `
    process.argv.splice(1, 1);
    process.on('exit', () => {
      const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
      process.stderr.write(JSON.stringify({ userMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 }));
    });
    await import(process.argv[1]);`;
  const argv = ['--input-type=module', '-e', script, '--', 'x', ...words];
  const ended = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stderr) as Measured;
}

function median(all: readonly Measured[]): Measured {
  const middle = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { userMs: middle(all.map((m) => m.userMs)), peakMb: middle(all.map((m) => m.peakMb)) };
}

function report(what: string, { userMs, peakMb }: Measured): void {
  const [time, memory] = [`${Math.round(userMs)} ms`, `${Math.round(peakMb)} MiB`];
  console.log(`${what.padEnd(28)}${time.padStart(9)}${memory.padStart(10)}`);
}

main();
