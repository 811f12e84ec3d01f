/**
 * What the daemon costs a guest that watches its database alone: memory, processor time for 1,000 cycles and how soon it
 * is ready, each in ratio to an empty Node process. Where they are installed, to the thesis's way too (a loop in Perl that
 * runs mysqladmin) and to monit, which ask the same server as often, all at once. Ends with 1 beyond a bound.
 * `SECONDS=20` measures for less than a minute.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Mariadb, startMariadb, TENANT } from '../test/support/mariadb.ts';
import { findProgram } from '../test/support/program.ts';
import { watchingConf } from '../test/support/watching.ts';
import { cpuS, gone, median, memoryMb, type Runner, run, treeCpuS } from './footprint/process.ts';

const WARM_MS = 15_000;
const SECONDS = Number(process.env['SECONDS'] ?? 60);
const STARTS = 9;
const READY_MS = 30_000;
/** What the issue of the program's footprint asks for. */
const MEMORY_RATIO_MAX = 1.4;
const START_RATIO_MAX = 2.5;
const PERL_RATIO_MIN = 5;

const PROGRAM = resolve(import.meta.dirname, '../bin/vmmanage');

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-bench-'));
  console.log('starting a database …');
  const database = await startMariadb();
  try {
    const start = await startRatio(folder, database);
    const within = [start, await lifeRatios(folder, database)];
    process.exitCode = within.every(Boolean) ? 0 : 1;
    console.log(within.every(Boolean) ? 'within its bounds' : 'BEYOND its bounds');
  } finally {
    await database.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One after the other in turn, so that both see the same machine; the middle one counts. */
async function startRatio(folder: string, database: Mariadb): Promise<boolean> {
  console.log(`starting each ${STARTS} times …`);
  const [node, ours]: [number[], number[]] = [[], []];
  for (let n = 0; n < STARTS; n += 1) {
    node.push(emptyStartMs());
    ours.push(await readyMs(join(folder, `start${n}`), database));
  }
  const ratio = median(ours) / median(node);
  const both = `${median(ours).toFixed(0)} ms to ${median(node).toFixed(0)} ms`;
  console.log(
    `start-up, to an empty node: ${ratio.toFixed(2)} (at most ${START_RATIO_MAX}; ${both})`,
  );
  return ratio <= START_RATIO_MAX;
}

/** From the call to the end of a program that does nothing. */
function emptyStartMs(): number {
  const beganMs = performance.now();
  spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  return performance.now() - beganMs;
}

/** From the call to the moment at which it answers at its socket to look. */
async function readyMs(folder: string, database: Mariadb): Promise<number> {
  const beganMs = performance.now();
  const runner = daemon(folder, database);
  try {
    while (!(await answers(join(folder, 'run/look.sock')))) {
      if (performance.now() - beganMs > READY_MS) throw new Error('the daemon was never ready');
      await sleep(1);
    }
    return performance.now() - beganMs;
  } finally {
    runner.child.kill('SIGTERM');
    await gone(runner.child);
  }
}

function answers(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.on('connect', () => connection.destroy() && resolve(true));
    connection.on('error', () => resolve(false));
  });
}

async function lifeRatios(folder: string, database: Mariadb): Promise<boolean> {
  const idle = run('empty node', process.execPath, '-e', 'setInterval(() => undefined, 1000)');
  const ours = daemon(join(folder, 'life'), database);
  const perl = perlLoop(folder, database);
  const others = [perl, monit(folder, database)].filter((each) => each !== undefined);
  const all = [idle, ours, ...others];
  try {
    console.log(`measuring for ${SECONDS} s, after ${WARM_MS / 1000} s …`);
    await sleep(WARM_MS);
    const before = all.map(costS);
    const beganMs = performance.now();
    await sleep(SECONDS * 1000);
    const cycles = (performance.now() - beganMs) / 1000;
    const perCycles = all.map((each, i) => ((costS(each) - (before[i] ?? 0)) * 1000) / cycles);
    for (const [i, each] of all.entries()) {
      const [time, size] = [`${perCycles[i]?.toFixed(2)} s`, `${memoryMb(each).toFixed(0)} MiB`];
      console.log(
        `${each.name.padEnd(28)}${time.padStart(9)}${size.padStart(10)}   per 1,000 cycles`,
      );
    }
    return judge(memoryMb(ours) / memoryMb(idle), perCycles, perl && all.indexOf(perl));
  } finally {
    for (const { child } of all) child.kill('SIGTERM');
    await Promise.all(all.map(({ child }) => gone(child)));
  }
}

/** With what its children cost that have ended: the loop starts one for each cycle. */
function costS(runner: Runner): number {
  return runner.children ? treeCpuS(runner) : cpuS(runner);
}

function judge(memory: number, perCycles: readonly number[], perl: number | undefined): boolean {
  const [node = 0, ours = 0] = perCycles;
  console.log(`memory, to an empty node: ${memory.toFixed(2)} (at most ${MEMORY_RATIO_MAX})`);
  console.log(`CPU, to an empty node: ${(ours / node).toFixed(1)}`);
  const less = perl === undefined ? undefined : (perCycles[perl] ?? 0) / ours;
  const said = less === undefined ? 'perl or mysqladmin is not installed' : less.toFixed(1);
  console.log(
    `CPU, how many times less than the loop in Perl: ${said} (at least ${PERL_RATIO_MIN})`,
  );
  return memory <= MEMORY_RATIO_MAX && (less === undefined || less >= PERL_RATIO_MIN);
}

function daemon(folder: string, database: Mariadb): Runner {
  const conf = `${folder}.conf`;
  writeFileSync(conf, watchingConf(folder, database), { mode: 0o600 });
  return run('vmmanage', PROGRAM, 'run', '-c', conf);
}

/** As the thesis's program: mysqladmin's answer, taken apart, and a sleep. */
function perlLoop(folder: string, { socket }: Mariadb): Runner | undefined {
  const [perl, admin] = [findProgram('perl'), findProgram('mysqladmin', 'mariadb-admin')];
  if (perl === undefined || admin === undefined) return undefined;
  const options = join(folder, 'client.cnf');
  const password = TENANT.password.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const who = `[client]\nsocket = ${socket}\nuser = ${TENANT.user}\npassword = "${password}"\n`;
  writeFileSync(options, who, { mode: 0o600 });
  // A pipe of the shell picks the number out. Of the ways to ask mysqladmin it is the one that costs the 10 s of
  // processor time in 1,000 cycles that were measured of the thesis's loop; without the shell it is less than half.
  const picked = "grep -w Slow_queries | awk '{print \\$4}'";
  const asked = `${admin} --defaults-file=${options} extended-status | ${picked}`;
  const loop = `my $last;
while (1) {
  my ($now) = \`${asked}\` =~ /(\\d+)/ or die 'no answer';
  my $grown = defined $last ? $now - $last : 0;
  $last = $now;
  sleep 1;
}`;
  return { ...run('a loop in Perl, mysqladmin', perl, '-e', loop), children: true };
}

function monit(folder: string, { socket }: Mariadb): Runner | undefined {
  const program = findProgram('monit');
  if (program === undefined) return undefined;
  const conf = join(folder, 'monitrc');
  const files = `set pidfile ${folder}/monit.pid\nset idfile ${folder}/monit.id\nset statefile ${folder}/monit.state`;
  const check = `check process db matching "${dirname(socket)}"\n  if failed unixsocket ${socket} protocol mysql then alert`;
  writeFileSync(conf, `set daemon 1\n${files}\n${check}\n`, { mode: 0o600 });
  return run('monit', program, '-I', '-c', conf);
}

await main();
