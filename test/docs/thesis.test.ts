/**
 * The traces of docs/thesis.md are what the tests' own recipes make; UPDATE=1 writes them anew. That
 * the page says what the program prints is held in console.real.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTraces } from '../../src/cli/simulate/trace-files.ts';
import { loadConf } from '../../src/conf/load.ts';
import { Simulation } from '../../src/core/simulate.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { collector } from '../cli/simulate/support.ts';
import { csvOf, type Row, recordedLooking, sufferingLooking } from '../support/traces.ts';

const FOLDER = 'etc/examples/thesis';

it.each<[string, readonly Row[]]>([
  ['suffering.csv', sufferingLooking(384)],
  ['day.csv', recordedLooking(1440)],
])('%s is as its recipe makes it', (name, rows) => {
  const path = join(FOLDER, name);
  const text = csvOf(rows, 'mysql').replaceAll('.000Z', 'Z');
  if (process.env['UPDATE']) writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

describe('on its own readings', () => {
  const simulated = (conf: string) => {
    const surroundings = { hostname: 'nii3', zone: 'UTC', env: {}, secrets: 'leave' } as const;
    const { rules } = loadConf([join(FOLDER, conf)], plugins(), surroundings);
    const options = { host: '1', moveTakesMs: 30_000, failing: new Set<string>() };
    const simulation = new Simulation(rules, options);
    const into = collector({ probes: new Set(['mysql']) });
    const batches = readTraces([join(FOLDER, 'suffering.csv')], into, () => undefined);
    for (const batch of batches) for (const reading of batch) simulation.take(reading);
    return simulation.end();
  };

  it('the thesis’s guest asks every 225 s, round and round, for ever', () => {
    const { requests } = simulated('thesis-50.conf');
    const apartMs = requests.slice(1).map(({ atMs }, n) => atMs - (requests[n]?.atMs ?? 0));
    expect(new Set(apartMs)).toEqual(new Set([225_000]));
    expect(requests.map(({ to }) => to).join('')).toBe('231'.repeat(128));
  });

  it('and with our gates it comes to rest, and says why', () => {
    const { requests, held, toMs } = simulated('defaults-50.conf');
    expect(requests.length).toBeLessThanOrEqual(6);
    const last = requests.at(-1);
    expect(toMs - (last?.atMs ?? 0)).toBeGreaterThan(12 * 3_600_000);
    const reasons = held.filter(({ gate }) => gate === 'all tried').map(({ reason }) => reason);
    const said = 'all tried: no host in the array satisfies the policy (1, 2, 3 tried)';
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toContain(said);
  });
});
