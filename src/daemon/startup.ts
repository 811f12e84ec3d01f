/**
 * `startup = error`: each probe that says so is read once before anything begins, all side by side.
 * What it measured is let go; only whether it could is asked. Nothing is stored and nothing is asked for.
 */
import type { ConfiguredProbe, Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Measurement, ProbeKind } from '../probes/probe.ts';
import { Shared } from '../probes/shared.ts';
import { withDeadline } from '../system/deadline.ts';
import { openProbe } from './probing.ts';

/** Whoever started the daemon waits, however long a reading may take later on. */
const LONGEST_MS = 30_000;

/** Why the daemon must not start: a sentence for each such probe that can't be read. */
export async function startupProblems(
  loaded: Loaded,
  kinds: readonly ProbeKind[],
  clock: Clock,
): Promise<string[]> {
  const strict = loaded.probes.filter(({ startup }) => startup === 'error');
  const shared = new Shared();
  const problems = strict.map(async (configured) => {
    const measured = await readOnce(configured, loaded, { kinds, clock, shared });
    if ('value' in measured || measured.first) return undefined;
    return `[probe ${configured.name}] ${measured.missing}; not starting, since startup = error`;
  });
  return (await Promise.all(problems)).filter((each) => each !== undefined);
}

async function readOnce(
  configured: ConfiguredProbe,
  loaded: Loaded,
  surroundings: Parameters<typeof openProbe>[2],
): Promise<Measurement> {
  const probe = openProbe(configured, loaded, surroundings);
  const ms = Math.min(configured.timeoutMs, LONGEST_MS);
  const never = new AbortController().signal;
  try {
    return await withDeadline(ms, never, surroundings.clock, (signal) => probe.read(signal));
  } finally {
    await probe.close();
  }
}
