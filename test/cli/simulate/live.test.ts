/**
 * A daemon that lives through a day with working hours, on a clock that the test moves: what its
 * files hold, gone through again by `simulate --replay`, asks for the same.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { loadConf } from '../../../src/conf/load.ts';
import { Daemon } from '../../../src/daemon/daemon.ts';
import { readJournal } from '../../../src/daemon/journal.ts';
import { plugins } from '../../../src/daemon/plugins.ts';
import { locatorKinds } from '../../../src/migrators/locators/registry.ts';
import { migratorKinds } from '../../../src/migrators/registry.ts';
import { mysql } from '../../../src/probes/mysql.ts';
import type { ProbeKind } from '../../../src/probes/probe.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { tempFolder } from '../../support/temp.ts';
import { file, run } from './support.ts';

const conf = (folder: string) => `
[vm]
name = web1
state = ${folder}/state
runtime = ${folder}/run
[array]
hosts = h1, h2, h3
base = b
spread = no
[probe web]
kind = mysql
interval = 20m
[policy web]
kind = schedule-aware
suffering = > 50 for 1
workhours = 09:00-17:00
timezone = UTC
[constraints]
cooldown = 11m
[migrator]
kind = local
delay = 20s
`;

const HOUR_MS = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 10, 23);
const LOG = { error() {}, warn() {}, info() {}, debug() {}, cycle() {}, setLevel() {}, end() {} };

/** Suffers from 16:50, so that closing time comes during a cooldown; fails all evening. */
function probeOn(clock: ManualClock): ProbeKind {
  const read = async () => {
    const hour = (clock.now().wallMs - MIDNIGHT) / HOUR_MS;
    if (hour >= 17 && hour < 20) return { missing: 'refused' };
    return { value: hour > 16.83 && hour < 17 ? 76 : 10 };
  };
  return { ...mysql, open: () => ({ read, close: async () => undefined }) } as ProbeKind;
}

async function live(confFile: string, clock: ManualClock, hours: number): Promise<void> {
  const loaded = loadConf([confFile], plugins(), {
    ...{ hostname: 'web1', zone: 'UTC', env: {}, secrets: 'read' },
  });
  const options = { version: '1', clock, log: LOG, load: async () => loaded };
  const kinds = { probes: [probeOn(clock)], migrators: migratorKinds, locators: locatorKinds };
  const daemon = await Daemon.start({ ...options, ...kinds }, loaded);
  let ended = false;
  onTestFinished(async () => {
    if (!ended) await daemon.stop('the test failed');
  });
  // The disk takes real time: every ten seconds of the clock are left a moment of it.
  for (let passed = 0; passed < hours * HOUR_MS; passed += 10_000) {
    await clock.advance(10_000);
    await sleep(2);
  }
  ended = true;
  await daemon.stop('the day is over');
}

it('a closing that waited for a cooldown, and was decided by time alone, is replayed', async () => {
  const folder = tempFolder();
  const confFile = file('vmmanage.conf', conf(folder), folder);
  const clock = manualClock({ wallMs: MIDNIGHT + 16.5 * HOUR_MS + 7123 });
  await live(confFile, clock, 2);
  const { records } = await readJournal(join(folder, 'state'));
  const asked = records.flatMap(({ entry, at }) =>
    entry.type === 'intended' ? [{ ...entry, at: new Date(at.wallMs).toISOString() }] : [],
  );
  expect(asked.map(({ verdict, from, reason }) => [verdict, from, reason])).toEqual([
    ['move', 'h1', 'suffering'],
    ['base', 'h2', 'outside workhours'],
  ]);
  // By a tick soon after a turn of the minute; readings come seven seconds after one.
  expect(asked[1]?.at).not.toMatch(/:07\.123Z$/);
  const journal = join(folder, 'state/journal.jsonl');
  const { out, err } = await run('-c', confFile, '--replay', journal, '--json');
  expect(err).toContain('replay: the same requests as the live run (2)');
  const { requests } = JSON.parse(out);
  expect(requests.map(({ time }: { time: string }) => time)).toEqual(asked.map(({ at }) => at));
});
