/** What is asked of the machine that this guest is, before an image of it is made. */
import type { Clock } from '../../core/clock.ts';
import { describeEnd, runProgram, succeeded } from '../../system/programs.ts';
import { CloudFailure } from './failure.ts';
import type { Imds } from './imds.ts';

/** How the cloud calls this machine. Throws CloudFailure where it is none of the cloud's. */
export async function ownInstance(imds: Imds, cloud: string, signal: AbortSignal): Promise<string> {
  const found = await imds.instanceId(signal);
  if ('value' in found) return found.value;
  const why = 'none' in found ? found.none : found.failed;
  const text = `${cloud}: image = self, but this guest isn't known to be an instance there: ${why}`;
  throw new CloudFailure(text, 'refused');
}

const SYNC_MS = 300_000;

/** Everything that was written is on the disks. Throws CloudFailure. */
export async function syncDisks(clock: Clock, signal: AbortSignal): Promise<void> {
  const ended = await runProgram({ argv: ['sync'], timeoutMs: SYNC_MS, signal }, clock);
  if (!succeeded(ended)) throw new CloudFailure(`sync: ${describeEnd(ended)}`, 'refused');
}
