import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carry } from '../../src/core/carried.ts';
import type { Entry } from '../../src/core/entries.ts';
import { INITIAL } from '../../src/core/state.ts';
import { restore } from '../../src/core/step.ts';
import { Journal, readJournal } from '../../src/daemon/journal.ts';
import { tempFolder } from '../support/temp.ts';
import { makeConf } from '../support/world.ts';

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

const PROGRESS = { type: 'progress', request: 'R1', to: 'b' };

const LESSON = { wallMs: AT.wallMs, recovered: true, afterMs: 60_000, policy: 'db' };
const STAY = { host: 'a', fromMs: AT.wallMs - 1000, toMs: AT.wallMs };
const CONF = { array: { hosts: 'a, b' } };

/** As the engine would carry it over: a pause, an open request, a move, what was learned … */
const carried = () =>
  carry({
    ...INITIAL,
    paused: { at: AT, why: 'upgrade' },
    moves: [AT],
    lessons: { a: [LESSON] },
    stays: [STAY],
    inhibitors: { i: 'backup' },
    confValues: CONF,
    identity: { 'machine-id': '0f' },
    request: {
      id: 'R1',
      verdict: 'move',
      reason: 'suffering',
      from: 'a',
      to: 'b',
      tried: ['b'],
      at: AT,
      phase: 'unconfirmed',
      answers: [{ who: 'a', says: 'time-out' }],
    },
  });

function open(folder: string, maxBytes = 1e6, keep = 3) {
  return Journal.open({ folder, vm: 'db7', maxBytes, keep });
}

describe('the journal', () => {
  it('writes one line per entry, with version, number, time and boot', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder);
    await journal.append([place('x'), place('y')], AT, carried);
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
    await journal.append([intended], AT, carried);
    await journal.close();
    const again = await open(folder);
    expect(again.records).toEqual([{ entry: intended, at: AT, seq: 1 }]);
    await again.journal.append([place('z')], AT, carried);
    await again.journal.close();
    expect((await readJournal(folder)).records.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('drops a torn last line with a warning, and nothing else', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder);
    await journal.append([place('x')], AT, carried);
    await journal.close();
    appendFileSync(join(folder, 'journal.jsonl'), '{"v":1,"seq":2,"ti');
    const again = await open(folder);
    expect(again.warnings).toEqual(['journal.jsonl: dropped a torn last line of 18 bytes']);
    await again.journal.append([place('y')], AT, carried);
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
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT, carried);
    await journal.close();
    expect(readdirSync(folder).sort()).toEqual([
      'journal.jsonl',
      'journal.jsonl.1',
      'journal.jsonl.2',
    ]);
    const { records } = await readJournal(folder);
    const seqs = records.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(seqs.at(-1)).toBeGreaterThan(20);
    const hosts = records.flatMap(({ entry }) => (entry.type === 'place' ? [entry.host] : []));
    expect(hosts.slice(-3)).toEqual(['h17', 'h18', 'h19']);
  });

  it('begins a new file with the state, so that nothing that still counts is rotated away', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder, 300, 1);
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT, carried);
    await journal.close();
    const { records, warnings } = await readJournal(folder);
    expect(warnings).toEqual([]);
    const state = restore(records, makeConf());
    expect(state.paused).toEqual({ at: AT, why: 'upgrade' });
    expect(state.request?.id).toBe('R1');
    expect(state.moves).toEqual([AT]);
    expect(state.place?.host).toBe('h19');
    expect(state.lessons).toEqual({ a: [LESSON] });
    expect(state.stays).toContainEqual(STAY);
    expect(state.inhibitors).toEqual({ i: 'backup' });
    expect(state.confValues).toEqual(CONF);
  });

  it('goes on in the full file when a new one can’t be made', async () => {
    const folder = tempFolder();
    const { journal } = await open(folder, 300, 2);
    mkdirSync(join(folder, 'journal.jsonl.new'));
    for (let i = 0; i < 20; i += 1) await journal.append([place(`h${i}`)], AT, carried);
    expect(readdirSync(folder).sort()).toEqual(['journal.jsonl', 'journal.jsonl.new']);
    rmdirSync(join(folder, 'journal.jsonl.new'));
    await journal.append([place('last')], AT, carried);
    await journal.close();
    const { records } = await readJournal(folder);
    const hosts = records.flatMap(({ entry }) => (entry.type === 'place' ? [entry.host] : []));
    expect(hosts).toHaveLength(21);
    expect(readdirSync(folder)).toContain('journal.jsonl.1');
  });

  it.each([
    ['a phase', { ...PROGRESS, phase: 'syncing' }],
    ['an outcome', { type: 'outcome', request: 'R1', outcome: 'vetoed', reason: '', took_ms: 1 }],
    ['a verdict', { type: 'verdict', verdict: 'fly', reason: '' }],
    ['answers', { ...PROGRESS, phase: 'unconfirmed', answers: [7] }],
    ['a state', { type: 'state', state: { moves: 'many', bars: {} } }],
    [
      'a stay',
      { type: 'state', state: { moves: [], bars: {}, stays: [{ ...STAY, toMs: 'now' }] } },
    ],
    ['a conf', { type: 'state', state: { moves: [], bars: {}, confValues: { array: 'a, b' } } }],
    ['an end of an episode', { type: 'episode-ended', policy: 'db', reason: 'bored' }],
    ['a lesson', { type: 'learned', host: 'a', recovered: 'yes', after_ms: 1, policy: 'db' }],
  ])('passes over %s that it doesn’t know', async (_, entry) => {
    const folder = tempFolder();
    const envelope = {
      v: 2,
      seq: 1,
      time: '2026-11-21T09:00:00Z',
      vm: 'v',
      boot: { id: 'b', ms: 1 },
    };
    writeFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify({ ...envelope, ...entry })}\n`);
    const { records, warnings } = await readJournal(folder);
    expect({ records: records.length, warnings: warnings.length }).toEqual({
      records: 0,
      warnings: 1,
    });
  });

  it('is empty where there is no folder yet', async () => {
    expect(await readJournal(join(tempFolder(), 'none'))).toEqual({
      records: [],
      warnings: [],
      strange: [],
      lastSeq: 0,
    });
  });
});
