/**
 * Finding the processes of an earlier attempt: each program of a request carries a mark in its
 * environment, and so do all its descendants. After a restart of the daemon this tells whether
 * what it started is still going on. A hook tells its program the request too, but is no part of
 * the attempt: what carries a hook's mark is found by that mark alone. Processes whose environment may not be read (another user's,
 * such as a program run through sudo) are not seen.
 */
import type { Clock } from '../core/clock.ts';
import { endGroup } from './groups.ts';
import { allPids, type Process, readEnvironment, readProcess } from './proc.ts';

/** `NAME=value`, as it stands in the environment. */
export type Mark = `${string}=${string}`;

/** The variable of the mark that the programs of an attempt carry. */
export const REQUEST_MARK = 'VMMANAGE_REQUEST';

/** The variable of the mark that hooks carry. */
export const HOOK_MARK = 'VMMANAGE_HOOK_OF';

export function requestMark(request: string): Mark {
  return `${REQUEST_MARK}=${request}`;
}

/** Whether any process carries `mark`. */
export async function underway(mark: Mark): Promise<boolean> {
  return (await markedProcesses(mark)).length > 0;
}

/** Every process but this one that carries `mark`. */
export async function markedProcesses(mark: Mark): Promise<Process[]> {
  const pids = (await allPids()).filter((pid) => pid !== process.pid);
  const looked = await Promise.all(pids.map((pid) => look(pid, mark)));
  return looked.filter((each) => each !== undefined);
}

/** Ends every process that carries `mark`, with the rest of its group. */
export async function endMarked(mark: Mark, graceMs: number, clock: Clock): Promise<void> {
  const groups = new Set((await markedProcesses(mark)).map((each) => each.group));
  await Promise.all([...groups].map((group) => endGroup(group, graceMs, clock)));
}

async function look(pid: number, mark: Mark): Promise<Process | undefined> {
  const environment = await readEnvironment(pid);
  const ofHook = environment.some((variable) => variable.startsWith(`${HOOK_MARK}=`));
  const other = ofHook && !mark.startsWith(`${HOOK_MARK}=`);
  return environment.includes(mark) && !other ? readProcess(pid) : undefined;
}
