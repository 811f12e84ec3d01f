/** `explain --at` and `--request`: the daemon's files in, the past in words, with nobody running. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { confOfValues } from '../../src/conf/journaled.ts';
import { carry } from '../../src/core/carried.ts';
import type { ConfValues } from '../../src/core/entries.ts';
import type { State } from '../../src/core/state.ts';
import { restore } from '../../src/core/step.ts';
import { isPresent } from '../../src/core/words.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { formatJournalLine } from '../../src/wire/journal.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tempFolder } from '../support/temp.ts';
import { World } from '../support/world.ts';
import { fakeTerminal } from './support/terminal.ts';

const VALUES: ConfValues = {
  array: { hosts: 'h1, h2, h3', base: 'b', spread: 'no' },
  'probe slow': { kind: 'mysql' },
  'policy db': { kind: 'base-aware', suffering: '> 50 for 3', idle: '< 1 for 5' },
  constraints: { cooldown: '7m' },
  vm: { name: 'db7' },
};

/** A guest that suffered from 09:01 (UTC) on, and moved at 09:03. */
function world(values: ConfValues = VALUES): World {
  const conf = confOfValues(VALUES, plugins());
  if ('problem' in conf) throw new Error(conf.problem);
  const made = new World(conf.rules);
  made.send({ type: 'loaded', files: [], values, afresh: [] });
  made.readAll([76, 77, 78, 79, 80, 81, 82]);
  return made;
}

/** The same files when the journal's older ones were dropped after `dropped` entries. */
function rotated(made: World, dropped: number): string {
  const folder = stored(made);
  const file = join(folder, 'journal.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n');
  const { state } = replayed(made, dropped);
  const { type: _, ...envelope } = JSON.parse(lines[dropped - 1] ?? '');
  const first = JSON.stringify({ ...envelope, type: 'state', state: carry(state) });
  writeFileSync(file, [first, ...lines.slice(dropped)].join('\n'));
  return folder;
}

/** The state after so many entries. */
function replayed({ conf, stored: all }: World, entries: number): { state: State } {
  let left = entries;
  const end = all.findIndex((item) => {
    left -= 'entry' in item ? 1 : 0;
    return left < 0;
  });
  return { state: restore(end < 0 ? all : all.slice(0, end), conf) };
}

function stored({ entries, stored: all }: World): string {
  const folder = tempFolder();
  const lines = entries.map(({ entry, at }, i) => {
    const time = new Date(at.wallMs).toISOString();
    const boot = { id: at.boot, ms: at.bootMs };
    return formatJournalLine({ v: 1, seq: i + 1, time, vm: 'db7', boot }, entry);
  });
  writeFileSync(join(folder, 'journal.jsonl'), `${lines.join('\n')}\n`);
  const rows = all.flatMap((item) => {
    if (!('reading' in item) || !isPresent(item.reading)) return [];
    const { at, probe, value } = item.reading;
    return [`${new Date(at.wallMs).toISOString()},${probe},${value},/min,h1`];
  });
  mkdirSync(join(folder, 'history'));
  const csv = ['time,probe,value,unit,host', ...rows, ''].join('\n');
  writeFileSync(join(folder, 'history', '2026-11-21.csv'), csv);
  return folder;
}

async function explain(folder: string, ...args: string[]) {
  const clock = manualClock({ wallMs: Date.UTC(2026, 10, 21, 9, 20) });
  const terminal = fakeTerminal({ clock });
  const status = await runCli(['explain', '--state', folder, ...args], terminal);
  return { status, ...terminal.printed };
}

describe('explain --at', () => {
  it('tells the readings, counts, gates and target of then, by the conf of then', async () => {
    const { status, out } = await explain(stored(world()), '--at', '10:06:30');
    expect(status).toBe(0);
    expect(out).toMatch(
      /^10:06:30\nNot moving: cooldown \d+m\d+s left \(doubled once: the last move has not/,
    );
    expect(out).toContain('10:06 81 per min (> 50, < 1)');
    expect(out).toContain('db: move, suffering');
    expect(out).toContain('COOLDOWN');
    expect(out.replace(/\s+/g, ' ')).toContain('(cooldown = 7m, then; cooldown_growth = 2, then)');
    expect(out).toMatch(/target +h3, listed after h2 · h1/);
    expect(out).not.toMatch(/ 82\b/);
  });

  it('takes a span ago, and gives JSON', async () => {
    const { out } = await explain(stored(world()), '--at', '18m', '--json');
    const report = JSON.parse(out);
    expect(report.now).toBe('2026-11-21T09:02:00.000Z');
    expect(report.policies[0].suffering.progress).toBe('2 of 3');
  });

  it('tells the same from a journal whose older files are gone', async () => {
    const made = world();
    const arrived = made.types().lastIndexOf('outcome') + 1;
    const whole = await explain(stored(made), '--at', '10:06:30', '--json');
    const cut = await explain(rotated(made, arrived), '--at', '10:06:30', '--json');
    expect(cut.err).toBe('');
    expect(JSON.parse(cut.out)).toEqual({ ...JSON.parse(whole.out), past: [] });
  });

  it('goes by the present conf where that of then can’t be used, and says so', async () => {
    const values = { ...VALUES, constraints: { colour: 'red' } };
    const folder = stored(world(values));
    const file = join(folder, 'vmmanage.conf');
    writeFileSync(
      file,
      '[array]\nhosts = h1, h2, h3\nbase = b\n[probe slow]\nkind = mysql\n[policy db]\n' +
        'kind = base-aware\nsuffering = > 60 for 3\nidle = < 1 for 5\n',
    );
    const { status, out } = await explain(folder, '--at', '10:03:30', '-c', file);
    expect(status).toBe(0);
    expect(out).toContain('> 60 for 3');
    expect(out.replace(/\s+/g, ' ')).toContain(
      "by the present conf; that of then can't be used: the journal: [constraints] colour: unknown key",
    );
  });

  it.each([
    [['--at', 'noon'], 2, 'vmmanage: noon is not a time of the past'],
    [['--at', '14:02', '--request', 'R3'], 2, 'give --at or --request, not both'],
    [['--at', '2d'], 1, "the journal doesn't reach back to 2d: it begins at 2026-11-21T09:00"],
    [['--request', 'R9'], 1, 'the journal holds no request R9'],
  ])('%j ends with %i', async (args, expected, text) => {
    const { status, err } = await explain(stored(world()), ...args);
    expect(status).toBe(expected);
    expect(err).toContain(text);
  });
});

describe('explain --request', () => {
  it('tells why it was made, and what came of it', async () => {
    const { status, out } = await explain(stored(world()), '--request', 'R3');
    expect(status).toBe(0);
    expect(out).toMatch(/^10:03:00\nRequest R3 was made: h1→h2, confirmed \(seen at h2\)\.$/m);
    expect(out).toContain('suffering > 50 for 3: 3 of 3, due');
    expect(out).toMatch(/gates +paused ok · in flight ok · handed over ok · settling ok/);
    expect(out).toMatch(/target +h2, listed after h1 · h3/);
  });
});
