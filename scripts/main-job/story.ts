/** The story of the main job: quiet, load, a move, the load ends, a move to the base. */
import type { Ended } from '../../src/core/entries.ts';
import type { Ask } from '../../src/core/words.ts';
import { BASE, FIRST_HOST } from './conf.ts';
import { readIfThere, type Stage, until } from './job.ts';
import { startLoad } from './load.ts';
import { announces, clockText, indented, say } from './say.ts';
import { type Seen, watch } from './watch.ts';

const BEGIN_MS = 20_000;
const QUIET_READINGS = 4;
const MOVE_MS = 30_000;
const READINGS_AFTER_ARRIVAL = 3;
const BASE_MS = 45_000;
const LOG_MS = 5_000;

/** A move as it ended well. */
interface Arrival {
  readonly verdict: Ask;
  readonly host: string;
}

/** Rejects with the reason when the guest doesn't go where it should. */
export async function tellStory(stage: Stage, end: AbortSignal): Promise<readonly Arrival[]> {
  const seen: Seen = { status: undefined, readings: 0, requests: [], outcomes: [] };
  const done = new AbortController();
  const watching = watch(stage, seen, AbortSignal.any([end, done.signal]));
  try {
    const failure = watching.then(() => new Promise<never>(() => undefined));
    return await Promise.race([play(stage, seen, end), failure]);
  } finally {
    done.abort();
    await watching.catch(() => undefined);
  }
}

async function play(stage: Stage, seen: Seen, end: AbortSignal): Promise<readonly Arrival[]> {
  const readings = (n: number) => () => (seen.readings >= n ? seen.readings : undefined);
  await until('the first readings', BEGIN_MS, end, readings(QUIET_READINGS));

  const load = await startLoad(stage.database.socket);
  announces('LOAD', load.text);
  const moved = await arrival('move', MOVE_MS, seen, end);
  if (moved.host === FIRST_HOST) throw new Error(`it moved to where it was: ${moved.host}`);
  const enough = seen.readings + READINGS_AFTER_ARRIVAL;
  await until('readings after the arrival', BEGIN_MS, end, readings(enough));
  await load.stop();
  announces('LOAD', 'has ended');

  const rested = await arrival('base', BASE_MS, seen, end);
  if (rested.host !== BASE) throw new Error(`it moved to ${rested.host} instead of the base`);
  return [moved, rested];
}

/** Waits for the next request of `verdict` and its good end. */
async function arrival(verdict: Ask, ms: number, seen: Seen, end: AbortSignal): Promise<Arrival> {
  const known = seen.outcomes.length;
  const outcome = await until(`a ${verdict} that arrives`, ms, end, () => seen.outcomes[known]);
  const request = seen.requests.find((one) => one.request === outcome.request);
  if (request?.verdict !== verdict) throw new Error(`it asked for ${request?.verdict} first`);
  return { verdict, host: arrivedHost(outcome) };
}

function arrivedHost({ outcome, host, reason }: Ended): string {
  if (outcome === 'confirmed' && host !== undefined) return host;
  throw new Error(`the request ended as ${outcome}: ${reason}`);
}

/** Shows the central log; rejects when it lacks one of the arrivals. */
export async function checkCentralLog(
  stage: Stage,
  arrivals: readonly Arrival[],
  end: AbortSignal,
): Promise<void> {
  const log = () => readIfThere(stage.centralLog);
  const told = () => arrivals.every(({ host }) => log().includes(`Arrived at ${host} `));
  await until('both arrivals in the central log', LOG_MS, end, () => told() || undefined);
  say(`\nThe central log, ${stage.centralLog}:\n`);
  say(indented(log()));
  const way = arrivals.map(({ host }) => host).join(' under load, and to ');
  say(`\nDone after ${clockText()}: the guest went to ${way} after it.`);
}
