/** Programs side by side, and what each has cost so far. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Runner {
  readonly name: string;
  readonly child: ChildProcess;
  /** It does its work by programs that it starts, one after the other. */
  readonly children?: true;
}

export function run(name: string, program: string, ...words: string[]): Runner {
  return { name, child: spawn(program, words, { stdio: 'ignore' }) };
}

/** Of all its threads that live, in the scheduler's own nanoseconds (sched-stats.rst). */
export function cpuS(runner: Runner): number {
  const tasks = `/proc/${pidOf(runner)}/task`;
  const spentNs = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ')[0]),
  );
  return spentNs.reduce((sum, each) => sum + each, 0) / 1e9;
}

/** With that of its children which have ended, in hundredths of a second (proc(5): 16 and 17 of `stat`). */
export function treeCpuS(runner: Runner): number {
  const stat = readFileSync(`/proc/${pidOf(runner)}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return cpuS(runner) + (Number(fields[13]) + Number(fields[14])) / 100;
}

export function memoryMb({ child }: Runner): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function gone(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', resolve));
}

function pidOf({ name, child }: Runner): number {
  if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
  return child.pid ?? 0;
}
