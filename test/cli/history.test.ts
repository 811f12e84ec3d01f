/** The journal's files in words: with the daemon down, and whatever state they are in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import type { Entry } from '../../src/core/entries.ts';
import { formatJournalLine } from '../../src/wire/journal.ts';
import { manualClock } from '../support/manual-clock.ts';
import { tempFolder } from '../support/temp.ts';
import { ID } from './support/reports.ts';
import { fakeTerminal } from './support/terminal.ts';

const NOW = Date.UTC(2009, 4, 13, 16, 34, 40);
const MINUTE_MS = 60_000;
const OTHER = ID.replace('1R', '1S');

/** Minutes before now, and what was recorded then. */
type Kept = readonly (readonly [minutes: number, entry: Entry])[];

function intended(request: string, policy?: string): Entry {
  const by = policy === undefined ? { why: 'a fire' } : { policy };
  const ground = { reason: 'suffering', value: 76, threshold: 50, tarry: '3 of 3' };
  return { type: 'intended', request, verdict: 'move', from: 'xen1', to: 'xen2', ...by, ...ground };
}

function barred(): Entry {
  const tried = { phase: 'preflight-failed', to: 'xen2', next: 'xen3', text: 'no memory' } as const;
  return { type: 'progress', request: ID, ...tried };
}

const KEPT: Kept = [
  [2000, { type: 'started', version: '0.1.0' }],
  [60, intended(ID, 'db')],
  [59, barred()],
  [
    58,
    {
      type: 'outcome',
      request: ID,
      outcome: 'confirmed',
      host: 'xen3',
      reason: 'the guest is at xen3',
      took_ms: 31_000,
      blackout_ms: 3900,
    },
  ],
  [50, { type: 'held', verdict: 'move', gate: 'cooldown', reason: 'cooldown 4m left' }],
  [40, { type: 'paused', why: '\x1b[2Jrestoring', for_ms: 7_200_000 }],
  [1, intended(OTHER)],
];

function journal(kept: Kept, tail = ''): string {
  const folder = tempFolder();
  const lines = kept.map(([minutes, entry], index) => {
    const time = new Date(NOW - minutes * MINUTE_MS).toISOString();
    return formatJournalLine(
      { v: 1, seq: index + 1, time, vm: 'db7', boot: { id: 'b', ms: 1 } },
      entry,
    );
  });
  writeFileSync(join(folder, 'journal.jsonl.1'), `${lines.slice(0, 2).join('\n')}\n`);
  writeFileSync(join(folder, 'journal.jsonl'), `${lines.slice(2).join('\n')}\n${tail}`);
  return folder;
}

async function run(folder: string, ...args: string[]) {
  const terminal = fakeTerminal({ clock: manualClock({ wallMs: NOW }) });
  const status = await runCli(['history', '--state', folder, ...args], terminal);
  return { status, ...terminal.printed };
}

describe('history', () => {
  it('tells what happened in the central log’s words, over rotations', async () => {
    const { status, out } = await run(journal(KEPT));
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.slice(0, 60))).toEqual([
      '17:34:40  Requesting migration of VM: just moving [request=0',
      '17:35:40  Barred xen2: no memory, trying xen3 [request=01JH8',
      '17:36:40  Arrived at xen3 after 31 s, frozen 3.9 s [request=',
      '17:44:40  Held: cooldown 4m left [verdict=move]',
      '17:54:40  Paused for 2h: \\u{1b}[2Jrestoring',
      '18:33:40  Requesting migration of VM: just moving [request=0',
      '',
    ]);
  });

  it('reaches as far back as is asked for', async () => {
    const { out } = await run(journal(KEPT), '--since', '7d');
    expect(out).toMatch(/^Tue 09:14:40 {2}Starting VMManage/);
  });

  it('shows requests with what came of them, the open one too', async () => {
    const { out } = await run(journal(KEPT), '--requests');
    expect(out).toBe(
      [
        '17:34:40  move  xen1→xen3  db       suffering  confirmed: at xen3 after 31s, frozen 3.9s',
        '18:33:40  move  xen1→xen2  by hand  a fire     open',
        '',
      ].join('\n'),
    );
  });

  it('gives the entries as they are stored, or the requests, as JSON', async () => {
    const folder = journal(KEPT);
    const entries = JSON.parse((await run(folder, '--json')).out);
    expect(entries).toHaveLength(6);
    expect(entries[4]).toMatchObject({ type: 'paused', why: '\x1b[2Jrestoring', seq: 6 });
    const requests = JSON.parse((await run(folder, '--json', '--requests')).out);
    expect(requests.map((each: { outcome: string }) => each.outcome)).toEqual([
      'confirmed',
      'open',
    ]);
  });

  it('says that there is no journal, which is not a quiet day', async () => {
    expect(await run(tempFolder())).toMatchObject({ status: 1, out: '' });
  });

  it('says that nothing happened', async () => {
    const folder = tempFolder();
    const boot = { id: 'b', ms: 1 };
    const old = { v: 1, seq: 1, time: '2001-01-01T00:00:00.000Z', vm: 'v', boot, type: 'resumed' };
    writeFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify(old)}\n`);
    expect(await run(folder)).toEqual({ status: 0, out: 'nothing in that time\n', err: '' });
  });

  it('passes over a torn last line, and says which lines it can’t use', async () => {
    const { status, err } = await run(journal(KEPT, '\x1b[2J garbage\n{"v":1,"seq":9'));
    expect(status).toBe(0);
    expect(err).toContain('journal.jsonl:6');
    expect(err).not.toContain('\x1b');
  });

  it('fails where the journal is no file', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'journal.jsonl'));
    const { status, err } = await run(folder);
    expect([status, err]).toEqual([
      1,
      `vmmanage: the journal in ${folder} can't be read: EISDIR\n`,
    ]);
  });
});
