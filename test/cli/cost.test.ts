/** `vmmanage cost`: the journal's files and a conf in, a bill out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import type { Entry } from '../../src/core/entries.ts';
import { formatJournalLine } from '../../src/wire/journal.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tempFolder } from '../support/temp.ts';
import { expectGolden } from './support/golden.ts';
import { fakeTerminal } from './support/terminal.ts';

const NOW = Date.UTC(2009, 4, 13, 16, 34, 40);
const HOUR_MS = 3_600_000;

const CONF = `[array]
hosts = xen1, xen2
base = xen9
[probe slow]
kind = mysql
[policy db]
kind = base-aware
suffering = > 50 for 3
idle = < 1 for 20
[host xen1]
cost = 0.12
[cost]
currency = EUR
base = 0.02
`;

const KEPT: readonly (readonly [hoursAgo: number, entry: Entry])[] = [
  [100, { type: 'place', host: 'xen1', by: 'xen1' }],
  [
    80,
    {
      ...{ type: 'intended', request: 'R', verdict: 'base', policy: 'db' },
      ...{ from: 'xen1', to: 'xen9', reason: 'idle' },
    },
  ],
  [
    80,
    {
      ...{ type: 'outcome', request: 'R', outcome: 'confirmed' },
      ...{ host: 'xen9', reason: '', took_ms: 1 },
    },
  ],
  [10, { type: 'moved-by-other', from: 'xen9', to: 'xen2' }],
  [6, { type: 'stopped', reason: 'SIGTERM' }],
];

function files(conf = CONF): { folder: string; file: string } {
  const folder = tempFolder();
  const lines = KEPT.map(([hours, entry], i) => {
    const time = new Date(NOW - hours * HOUR_MS).toISOString();
    return formatJournalLine(
      { v: 1, seq: i + 1, time, vm: 'db7', boot: { id: 'b', ms: i } },
      entry,
    );
  });
  writeFileSync(join(folder, 'journal.jsonl'), `${lines.join('\n')}\n`);
  const file = join(folder, 'vmmanage.conf');
  writeFileSync(file, conf);
  return { folder, file };
}

async function run({ folder, file }: { folder: string; file: string }, ...args: string[]) {
  const terminal = fakeTerminal({ clock: manualClock({ wallMs: NOW }) });
  const status = await runCli(['cost', '--state', folder, '-c', file, ...args], terminal);
  return { status, ...terminal.printed };
}

describe('cost', () => {
  it('shows hosts, kinds, sites, policies, what is unknown, and the saving', async () => {
    const { status, out } = await run(files());
    expect(status).toBe(0);
    expectGolden('cost', out.trimEnd());
  });

  it('gives JSON, of the time that is asked for', async () => {
    const { out } = await run(files(), '--json', '--since', '20h');
    expect(JSON.parse(out)).toMatchObject({
      total: { hours: 14, cost: 0.2 },
      unknown_hours: 6,
      unpriced_hours: 4,
      staying: { cost: 1.2, saving: 1 },
    });
  });

  it('ends with 78 where the conf is wrong', async () => {
    const { status, err } = await run(files(CONF.replace('0.12', 'much')));
    expect([status, err.split('\n')[0]]).toEqual([78, 'vmmanage: the conf is wrong']);
  });
});
