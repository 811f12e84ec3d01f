/**
 * The traces of etc/examples are as the tests' own recipes make them (UPDATE=1 writes them anew), and each
 * of the thesis's three guests does on its own what its page says. What the pages print of them is held in
 * console.real.test.ts, and that a daemon runs them in test/e2e/examples.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTraces } from '../../src/cli/simulate/trace-files.ts';
import { loadConf } from '../../src/conf/load.ts';
import { Simulation } from '../../src/core/simulate.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { collector } from '../cli/simulate/support.ts';
import { buildLooking, csvOf, databaseLooking, type Row, webLooking } from '../support/traces.ts';

const FOLDER = 'etc/examples';

it.each<[string, string, readonly Row[]]>([
  ['database.csv', 'slow', databaseLooking()],
  ['web.csv', 'workers', webLooking()],
  ['build.csv', 'builds', buildLooking()],
])('%s is as its recipe makes it', (name, probe, rows) => {
  const path = join(FOLDER, name);
  const text = csvOf(rows, probe).replaceAll('.000Z', 'Z');
  if (process.env['UPDATE']) writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

function simulated(name: string, probe: string, host: string) {
  const surroundings = { hostname: 'vm', zone: 'UTC', env: {}, secrets: 'leave' } as const;
  const { rules } = loadConf([join(FOLDER, `${name}.conf`)], plugins(), surroundings);
  const options = { host, moveTakesMs: 30_000, failing: new Set<string>() };
  const simulation = new Simulation(rules, options);
  const into = collector({ probes: new Set([probe]) });
  const batches = readTraces([join(FOLDER, `${name}.csv`)], into, () => undefined);
  for (const batch of batches) for (const reading of batch) simulation.take(reading);
  return simulation.end();
}

describe('on its own readings', () => {
  it('the database goes to the base at night, and leaves it in the first bad spell', () => {
    const { requests } = simulated('database', 'slow', 'xen1');
    const asked = requests.map(({ verdict, to }) => `${verdict} ${to}`);
    expect(asked[0]).toBe('base xen9');
    expect(asked[1]).toBe('move xen1');
    expect(new Date(requests[1]?.atMs ?? 0).getUTCHours()).toBe(9);
  });

  it('the web server is at the base whenever its windows are closed', () => {
    const { requests } = simulated('web', 'workers', 'xen1');
    const base = requests.filter(({ verdict }) => verdict === 'base');
    expect(base.length).toBeGreaterThan(0);
    const [first] = requests;
    // It is Wednesday, 18:00 in Oslo: past closing time when the trace begins.
    expect(first).toMatchObject({ verdict: 'base', to: 'xen9' });
    const moves = requests.filter(({ verdict }) => verdict === 'move');
    const days = moves.map(({ atMs }) => new Date(atMs).getUTCDay());
    expect(days).not.toContain(6);
    expect(days).toContain(4);
  });

  it('the builder goes away for big jobs and comes home, and an unreadable queue moves it nowhere', () => {
    const { requests } = simulated('build', 'builds', 'xen1');
    expect(requests.map(({ verdict, to }) => `${verdict} ${to}`)).toEqual([
      ...['away aws', 'home xen1', 'away aws', 'home xen1'],
    ]);
  });
});
