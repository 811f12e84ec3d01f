/**
 * Process groups: a program and all the children it started, ended together. SIGTERM first, so
 * that they can tidy up, SIGKILL to what is left after the grace.
 */
import type { Clock } from '../core/clock.ts';
import { allPids, readProcess } from './proc.ts';

const LOOK_EVERY_MS = 20;

/** Ends the group led by `leader`; resolves when it is gone, or was sent SIGKILL. */
export async function endGroup(leader: number, graceMs: number, clock: Clock): Promise<void> {
  signalGroup(leader, 'SIGTERM');
  const until = clock.monotonicMs() + graceMs;
  while (await groupLives(leader)) {
    if (clock.monotonicMs() >= until) {
      signalGroup(leader, 'SIGKILL');
      return;
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Children that ended stay in the group until the system's init collects them: not counted. */
async function groupLives(leader: number): Promise<boolean> {
  if (!signalGroup(leader, 0)) return false;
  const all = await Promise.all((await allPids()).map(readProcess));
  return all.some((each) => each?.group === leader && !each.ended);
}

/** False where there is no such group any more, or it isn't ours to signal. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
