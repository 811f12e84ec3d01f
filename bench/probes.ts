/**
 * What the daemon costs its guest: processor time for 1,000 cycles and resident memory, with its
 * probes at one second, in ratio to an empty Node process and, where it is installed, to collectd
 * with the same plugins; all at once, so that all see the same machine, which should have nothing
 * else to do: what is pushed out of the processor's caches between two cycles costs the one more
 * than the other. Processor time is compared in windows of five seconds, and the middle one of their ratios
 * counts: what disturbs a machine for a moment is in a few of them. Ends with 1 where a bound is passed.
 * `SECONDS=20` measures for less than a minute.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApache } from '../test/support/apache.ts';
import { type Mariadb, startMariadb, TENANT } from '../test/support/mariadb.ts';
import { findProgram, type WebServer } from '../test/support/program.ts';
import { cpuS, gone, median, memoryMb, type Runner, run } from './footprint/process.ts';

/** What is measured is life, not birth. */
const WARM_MS = 15_000;
const WINDOW_S = 5;
const WINDOWS = Math.max(1, Math.round(Number(process.env['SECONDS'] ?? 60) / WINDOW_S));
/** What the issue asks for. */
const CPU_RATIO_MAX = 1.5;
const MEMORY_RATIO_MAX = 1.5;

const PROGRAM = resolve(import.meta.dirname, '../bin/vmmanage');

/** One service that both can watch, in the words of each. */
interface Watched {
  readonly probe: string;
  readonly plugin: string;
}

interface Cost {
  readonly name: string;
  /** Seconds of processor time for 1,000 cycles, by each window. */
  readonly windows: readonly number[];
  readonly memoryMb: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-bench-'));
  const database = await startMariadb();
  const web = await startApache('event');
  const runners: Runner[] = [];
  try {
    const watched = [mysqlOf(database), apacheOf(web), SYSTEM];
    runners.push(empty(), daemon(folder, watched), ...collectd(folder, watched));
    process.exitCode = judge(await measure(runners)) ? 0 : 1;
  } finally {
    for (const { child } of runners) child.kill('SIGTERM');
    await Promise.all(runners.map(({ child }) => gone(child)));
    await database.remove();
    await web.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function mysqlOf({ socket }: Mariadb): Watched {
  const { user, password } = TENANT;
  return {
    probe: `kind = mysql\nsocket = ${socket}\nuser = ${user}\npassword = '${password}'`,
    plugin: `
LoadPlugin mysql
<Plugin mysql>
  <Database shop>
    Socket "${socket}"
    User "${user}"
    Password "${password.replaceAll('"', '\\"')}"
  </Database>
</Plugin>`,
  };
}

function apacheOf({ port }: WebServer): Watched {
  const url = `http://127.0.0.1:${port}/server-status?auto`;
  return {
    probe: `kind = apache\nurl = ${url}\nkey = BusyWorkers`,
    plugin: `
LoadPlugin apache
<Plugin apache>
  <Instance "shop">
    URL "${url}"
  </Instance>
</Plugin>`,
  };
}

const SYSTEM: Watched = { probe: 'kind = system\nmeasure = cpu', plugin: 'LoadPlugin cpu' };

function empty(): Runner {
  return run('empty node', process.execPath, '-e', 'setInterval(() => undefined, 1000)');
}

function daemon(folder: string, watched: readonly Watched[]): Runner {
  const conf = join(folder, 'vmmanage.conf');
  const probes = watched.map(({ probe }, n) => `[probe p${n}]\n${probe}\ninterval = 1s\n`);
  const policies = watched.map(
    (_, n) => `[policy p${n}]\nkind = threshold-aware\nprobe = p${n}\nsuffering = > 1000 for 3\n`,
  );
  const text = `[vm]
state = ${folder}/state
runtime = ${folder}/run
[array]
hosts = h1, h2
${probes.join('')}${policies.join('')}[migrator]
kind = local
`;
  writeFileSync(conf, text, { mode: 0o600 });
  return run('vmmanage', PROGRAM, 'run', '-c', conf);
}

/** With its values in CSV files, as the daemon has its history. */
function collectd(folder: string, watched: readonly Watched[]): Runner[] {
  const program = findProgram('collectd');
  if (program === undefined) return [];
  const conf = join(folder, 'collectd.conf');
  const plugins = watched.map(({ plugin }) => plugin).join('\n');
  const text = `Hostname "bench"
FQDNLookup false
Interval 1
BaseDir "${folder}"
PIDFile "${folder}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
${plugins}
LoadPlugin csv
<Plugin csv>
  DataDir "${folder}/csv"
</Plugin>
`;
  writeFileSync(conf, text);
  return [run('collectd', program, '-f', '-C', conf)];
}

async function measure(runners: readonly Runner[]): Promise<Cost[]> {
  await sleep(WARM_MS);
  const windows: number[][] = runners.map(() => []);
  let before = runners.map(cpuS);
  for (let n = 0; n < WINDOWS; n += 1) {
    const beganMs = performance.now();
    await sleep(WINDOW_S * 1000);
    const cycles = (performance.now() - beganMs) / 1000;
    const now = runners.map(cpuS);
    for (const [i, spent] of now.entries()) {
      windows[i]?.push(((spent - (before[i] ?? 0)) * 1000) / cycles);
    }
    before = now;
  }
  return runners.map((runner, i) => {
    return { name: runner.name, windows: windows[i] ?? [], memoryMb: memoryMb(runner) };
  });
}

function judge(costs: readonly Cost[]): boolean {
  const [node, vmmanage, rival] = costs;
  if (!node || !vmmanage) throw new Error('nothing was measured');
  for (const { name, windows, memoryMb: memory } of costs) {
    const [time, size] = [`${median(windows).toFixed(2)} s`, `${memory.toFixed(0)} MiB`];
    console.log(`${name.padEnd(28)}${time.padStart(9)}${size.padStart(10)}   per 1,000 cycles`);
  }
  const memory = vmmanage.memoryMb / node.memoryMb;
  console.log(`memory, to an empty node: ${memory.toFixed(2)} (at most ${MEMORY_RATIO_MAX})`);
  console.log(`CPU, to an empty node: ${median(ratios(vmmanage, node)).toFixed(1)}`);
  const cpu = rival === undefined ? [0] : ratios(vmmanage, rival);
  const [least = 0, most = 0] = [Math.min(...cpu), Math.max(...cpu)];
  const spread = `${least.toFixed(2)} to ${most.toFixed(2)} in ${cpu.length} windows`;
  const compared = `${median(cpu).toFixed(2)} (at most ${CPU_RATIO_MAX}; ${spread})`;
  console.log(`CPU, to collectd: ${rival ? compared : 'it is not installed (collectd-core)'}`);
  const within = memory <= MEMORY_RATIO_MAX && median(cpu) <= CPU_RATIO_MAX;
  console.log(within ? 'within its bounds' : 'BEYOND its bounds');
  return within;
}

function ratios({ windows }: Cost, other: Cost): number[] {
  return windows.map((each, n) => each / (other.windows[n] ?? Number.NaN));
}

await main();
