/** A thousand that are idle and a hundred that are slow don't harm one that sends for real. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Running } from '../../support/rig.ts';
import { type RelpClient, relpClient } from '../relp-client.ts';
import { connectTo, temporaryFolder, until } from '../support.ts';

const IDLE = 1000;
const SLOW = 100;
const SLOW_EVERY_MS = 1000;
const ROUNDS = 7;
const SENT_PER_ROUND = 500;

async function startedSink(): Promise<number> {
  const file = join(temporaryFolder(), 'central.log');
  const words = ['--listen', '127.0.0.1:0', '--file', file, '--max-connections', '2000'];
  const sink = new Running('sink', ...words);
  onTestFinished(async () => void (await sink.end('SIGKILL')));
  const port = () => /127\.0\.0\.1:(\d+)/.exec(sink.said)?.[1];
  await until(() => port() !== undefined);
  return Number(port());
}

/** Until the answer came, which is until the record was written. */
async function latencyMs(client: RelpClient, text: string): Promise<number> {
  const startMs = performance.now();
  await client.send(text);
  return performance.now() - startMs;
}

function p99(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

test('p99 of its latency is within twice of that alone', { timeout: 120_000 }, async () => {
  const [alone, crowded] = [await startedSink(), await startedSink()];
  const one = await relpClient(alone);
  const real = await relpClient(crowded);
  for (let i = 0; i < IDLE; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => connectTo(crowded)));
  }
  const slow = await Promise.all(Array.from({ length: SLOW }, () => connectTo(crowded)));
  // Each at its own moment of the second, as if they knew nothing of each other.
  let turn = 0;
  const timer = setInterval(() => slow[turn++ % SLOW]?.write('s'), SLOW_EVERY_MS / SLOW);
  onTestFinished(() => clearInterval(timer));

  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const latencies: { alone: number[]; crowded: number[] } = { alone: [], crowded: [] };
    // By turns, so that what else the machine does falls on both alike.
    for (let i = 0; i < SENT_PER_ROUND; i += 1) {
      latencies.alone.push(await latencyMs(one, `<30>1 - nii3 - - - - ${i}`));
      latencies.crowded.push(await latencyMs(real, `<30>1 - nii3 - - - - ${i}`));
    }
    ratios.push(p99(latencies.crowded) / p99(latencies.alone));
  }
  // The median, so that one disturbance decides nothing.
  const median = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  expect(median).toBeLessThan(2);
});
