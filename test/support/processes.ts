/** Processes that a test's programs left behind, known by a folder that only they were told of. */
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from './program.ts';

const ROUNDS = 50;
const LOOK_EVERY_MS = 20;

/** Ends what names one of the folders in its words or environment, and waits until it is gone. */
export async function endAll(folders: readonly string[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = processesOf(folders);
    if (left.length === 0) return;
    for (const pid of left) end(pid, 'SIGKILL');
    await pause(LOOK_EVERY_MS);
  }
  throw new Error('some processes of a test do not end');
}

export function processesOf(folders: readonly string[]): readonly number[] {
  const ids = readdirSync('/proc').map(Number);
  return ids.filter((pid) => pid > 0 && pid !== process.pid && isTold(pid, folders));
}

function isTold(pid: number, folders: readonly string[]): boolean {
  const told = `${contentsOf(`/proc/${pid}/cmdline`)}${contentsOf(`/proc/${pid}/environ`)}`;
  return folders.some((folder) => told.includes(folder));
}

/** Nothing where it has ended, or isn't ours. */
function contentsOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Ends one process; one that has ended already is no error. */
export function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
