/** What /proc says of the processes of this machine. It only reads; one that ended is left out. */
import { readdir, readFile } from 'node:fs/promises';

export interface Process {
  readonly pid: number;
  /** The process group it belongs to. */
  readonly group: number;
  /** It ended, and only waits for its parent to notice. */
  readonly ended: boolean;
  /** When it began, in milliseconds of boot time. */
  readonly begunBootMs: number;
}

/** The kernel counts in hundredths of a second on every platform that Node runs on (USER_HZ). */
const TICK_MS = 10;

/** The ids of all processes. */
export async function allPids(): Promise<number[]> {
  const names = await readdir('/proc');
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Undefined where there is no such process any more. */
export async function readProcess(pid: number): Promise<Process | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return parseStat(line);
}

/** `NAME=value` of each variable that `pid` was started with; none where they may not be read. */
export async function readEnvironment(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return text.split('\0');
}

/** proc(5): the second field is the name in brackets and may itself hold brackets and blanks. */
export function parseStat(line: string): Process | undefined {
  // From the third field on: `state` is 3, `pgrp` 5 and `starttime` 22.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const pid = Number.parseInt(line, 10);
  const group = Number(fields[2]);
  const begunBootMs = Number(fields[19]) * TICK_MS;
  if (![pid, group, begunBootMs].every(Number.isFinite)) return undefined;
  return { pid, group, ended: fields[0] === 'Z' || fields[0] === 'X', begunBootMs };
}
