/** Ledgers that go to the other side and come back: what is done stays done, under the same claim. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { handedQueue, takeOverQueue } from '../../src/jobs/handed.ts';
import { Ledger, type LedgerEntry } from '../../src/jobs/ledger.ts';
import { formatDocument, parsePosted } from '../../src/wire/clone.ts';
import { tempFolder } from '../support/temp.ts';

const TIME = '2026-11-21T09:00:00.000Z';
const PLACE = { url: 'https://ci.example.org/builds', vm: 'db7' };
const claiming = (claim: string): LedgerEntry => ({
  ...{ type: 'claiming', time: TIME, claim },
  ...PLACE,
});
const HELD: readonly LedgerEntry[] = [
  claiming('C1'),
  { type: 'claimed', time: TIME },
  { type: 'tried', job: 'b', end: 'failed' },
  { type: 'done', job: 'a', status: 'ok' },
];

/** A folder whose queue `q` went through these. */
function folderWith(entries: readonly LedgerEntry[]): string {
  const folder = tempFolder();
  const { ledger } = Ledger.open(join(folder, 'q.jsonl'));
  for (const entry of entries) ledger.append(entry);
  ledger.close();
  if (entries.some(({ type }) => type === 'claimed')) writeFileSync(join(folder, 'q.page'), 'x\n');
  return folder;
}

function read(folder: string) {
  const { ledger, warnings } = Ledger.open(join(folder, 'q.jsonl'));
  ledger.close();
  expect(warnings).toEqual([]);
  const { claim, last } = ledger;
  return { id: claim?.id, held: claim?.held, done: [...(claim?.done.keys() ?? [])].sort(), last };
}

const hasPage = (folder: string) => existsSync(join(folder, 'q.page'));

describe('a ledger', () => {
  it('is taken over with its claim’s id, what is done and what failed; the page is fetched anew', async () => {
    const clone = folderWith([]);
    await takeOverQueue(clone, 'q', handedQueue(folderWith(HELD), 'q'));
    expect(read(clone)).toMatchObject({ id: 'C1', held: false, done: ['a'] });
    const { ledger } = Ledger.open(join(clone, 'q.jsonl'));
    expect([...(ledger.claim?.failures ?? [])]).toEqual([['b', 1]]);
    ledger.close();
  });

  it('comes back with more done, and home keeps its copy of the page', async () => {
    const home = folderWith(HELD);
    const clone = folderWith([...HELD, { type: 'done', job: 'b', status: 'failed' }]);
    await takeOverQueue(home, 'q', handedQueue(clone, 'q'));
    expect(read(home)).toMatchObject({ id: 'C1', held: true, done: ['a', 'b'] });
    expect(hasPage(home)).toBe(true);
  });

  it('taken over twice is taken over once', async () => {
    const home = folderWith(HELD);
    const handed = handedQueue(
      folderWith([...HELD, { type: 'done', job: 'b', status: 'ok' }]),
      'q',
    );
    await takeOverQueue(home, 'q', handed);
    const once = handedQueue(home, 'q');
    await takeOverQueue(home, 'q', handed);
    expect(handedQueue(home, 'q')).toEqual(once);
    expect(once).toEqual(handed);
  });

  it('never forgets what is done here and not known there', async () => {
    const home = folderWith(HELD);
    await takeOverQueue(home, 'q', handedQueue(folderWith([claiming('C1')]), 'q'));
    expect(read(home).done).toEqual(['a']);
  });

  it('says that the page was put away', async () => {
    const home = folderWith(HELD);
    const last = { time: TIME, claim: 'C1', ok: 2, failed: 0, set_aside: 1 };
    await takeOverQueue(home, 'q', { last });
    expect(read(home)).toMatchObject({ id: undefined, last });
    expect(hasPage(home)).toBe(false);
  });

  it('that knows nothing of the claim leaves home what it had', async () => {
    const home = folderWith(HELD);
    await takeOverQueue(home, 'q', {});
    expect(read(home)).toMatchObject({ id: 'C1', held: true, done: ['a'] });
    expect(hasPage(home)).toBe(true);
  });

  it('with another claim is that one’s, and the copy of the old page is let go', async () => {
    const home = folderWith(HELD);
    await takeOverQueue(home, 'q', handedQueue(folderWith([claiming('C2')]), 'q'));
    expect(read(home)).toMatchObject({ id: 'C2', held: false, done: [] });
    expect(hasPage(home)).toBe(false);
  });
});

it('whatever a ledger holds can be handed over in a document', () => {
  const released = { type: 'released', time: TIME, claim: 'C0', ok: 1, failed: 0 } as const;
  const folder = folderWith([
    { ...released, set_aside: 2 },
    ...HELD,
    { type: 'tried', job: 'c.2', end: 'lost' },
    { type: 'done', job: 'c', status: 'refused' },
    { type: 'done', job: 'd', status: 'lost' },
  ]);
  const about = { vm: 'db7', request: '01JH' };
  const queues = { q: handedQueue(folder, 'q') };
  const text = formatDocument({ what: 'handback', ...about, queues });
  expect(parsePosted(text, 'handback', about)?.queues).toEqual(queues);
});
