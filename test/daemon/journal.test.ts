import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import { Journal, readJournal } from '../../src/daemon/journal.ts';
import { tempFolder } from '../support/temp.ts';

const AT = { wallMs: Date.UTC(2026, 10, 21, 9), boot: 'b1', bootMs: 5000 };
const place = (host: string): Entry => ({ type: 'place', host, by: 'test' });
const intended: Entry = {
  type: 'intended',
  request: 'R1',
  verdict: 'move',
  from: 'a',
  to: 'b',
  reason: 'suffering',
};

function open(folder: string, maxBytes = 1e6, keep = 3) {
  return Journal.open({ folder, vm: 'db7', maxBytes, keep });
}

describe('the journal', () => {
  it('writes one line per entry, with version, number, time and boot', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder);
    expect(await journal.append([place('x'), place('y')], AT)).toEqual([1, 2]);
    await journal.close();
    const [first = ''] = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(first)).toEqual({
      v: 1,
      seq: 1,
      time: '2026-11-21T09:00:00.000Z',
      vm: 'db7',
      boot: { id: 'b1', ms: 5000 },
      type: 'place',
      host: 'x',
      by: 'test',
    });
  });

  it('gives back what was written, and goes on numbering after a restart', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder);
    await journal.append([intended], AT);
    await journal.close();
    const again = await open(folder);
    expect(again.records).toEqual([{ entry: intended, at: AT, seq: 1 }]);
    expect(await again.journal.append([place('z')], AT)).toEqual([2]);
    await again.journal.close();
  });

  it('begins each new file with what must outlive the old ones', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder, 300, 1);
    const carry = () => [place('kept')];
    expect(await journal.append([place('x'.repeat(300))], AT, undefined, carry)).toEqual([2]);
    expect(await journal.append([place('y')], AT, undefined, carry)).toEqual([4]);
    expect(await journal.append([place('z')], AT, undefined, carry)).toEqual([5]);
    await journal.close();
    const { records } = await readJournal(folder);
    const hosts = records.map(({ entry }) =>
      entry.type === 'place' ? entry.host.slice(0, 4) : '',
    );
    expect(hosts).toEqual(['kept', 'xxxx', 'kept', 'y', 'z']);
  });

  it('drops a torn last line with a warning, and nothing else', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder);
    await journal.append([place('x')], AT);
    await journal.close();
    appendFileSync(join(folder, 'journal.jsonl'), '{"v":1,"seq":2,"ti');
    const again = await open(folder);
    expect(again.warnings).toEqual(['journal.jsonl: dropped a torn last line of 18 bytes']);
    await again.journal.append([place('y')], AT);
    await again.journal.close();
    const { records, warnings } = await readJournal(folder);
    expect(warnings).toEqual([]);
    expect(records.map(({ entry }) => entry)).toEqual([place('x'), place('y')]);
  });

  it.each([
    ['not JSON at all', 'hello'],
    [
      'an unknown type',
      JSON.stringify({ v: 1, seq: 1, time: 'x', vm: 'v', boot: { id: 'b', ms: 1 }, type: 'dance' }),
    ],
    [
      'a field of the wrong type',
      JSON.stringify({
        v: 1,
        seq: 1,
        time: '2026-11-21T09:00:00Z',
        vm: 'v',
        boot: { id: 'b', ms: 1 },
        type: 'place',
        host: 7,
        by: 'x',
      }),
    ],
    [
      'no time',
      JSON.stringify({
        v: 1,
        seq: 1,
        time: 'soon',
        vm: 'v',
        boot: { id: 'b', ms: 1 },
        type: 'place',
        host: 'x',
        by: 'x',
      }),
    ],
    [
      'a version far ahead',
      JSON.stringify({
        v: 9,
        seq: 1,
        time: '2026-11-21T09:00:00Z',
        vm: 'v',
        boot: { id: 'b', ms: 1 },
        type: 'place',
        host: 'x',
        by: 'x',
      }),
    ],
  ])('passes over %s, and says so', async (_, line) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'journal.jsonl'), `${line}\n`);
    const { records, warnings } = await readJournal(folder);
    expect(records).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('journal.jsonl:1: ');
  });

  it('rotates by size and keeps so many files, in order', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder, 300, 2);
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT);
    await journal.close();
    expect(readdirSync(folder).sort()).toEqual([
      'journal.jsonl',
      'journal.jsonl.1',
      'journal.jsonl.2',
    ]);
    const { records } = await readJournal(folder);
    const seqs = records.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(seqs.at(-1)).toBe(20);
  });

  it('never rotates an open intent away', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder, 300, 2);
    const [seq] = await journal.append([intended], AT);
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT, seq);
    const kept = await readJournal(folder);
    expect(kept.records.some(({ entry }) => entry.type === 'intended')).toBe(true);
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT);
    await journal.close();
    const later = await readJournal(folder);
    expect(later.records.some(({ entry }) => entry.type === 'intended')).toBe(false);
  });

  it('is empty where there is no folder yet', async () => {
    expect(await readJournal(join(tempFolder(), 'none'))).toEqual({
      records: [],
      warnings: [],
      lastSeq: 0,
    });
  });
});
