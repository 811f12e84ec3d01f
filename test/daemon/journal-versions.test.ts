/** Journals that other versions wrote, as they are stored in `journals`, and what forbids to go by one. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restore } from '../../src/core/step.ts';
import { ForeignJournalError, Journal, readJournal } from '../../src/daemon/journal.ts';
import { tempFolder } from '../support/temp.ts';
import { makeConf } from '../support/world.ts';

const STORED = join(import.meta.dirname, 'journals');

function stored(name: string): string {
  const folder = tempFolder();
  cpSync(join(STORED, name), folder, { recursive: true });
  return folder;
}

function open(folder: string) {
  return Journal.open({ folder, vm: 'db7', maxBytes: 1e6, keep: 3 });
}

/** Lines of version 2 beside each other, without older files. */
function journalOf(...entries: readonly object[]): string {
  const folder = tempFolder();
  const boot = { id: 'b', ms: 1 };
  const lines = entries.map((entry, index) =>
    JSON.stringify({ v: 2, seq: index + 1, time: '2026-11-21T09:00:00Z', vm: 'v', boot, ...entry }),
  );
  writeFileSync(join(folder, 'journal.jsonl'), `${lines.join('\n')}\n`);
  return folder;
}

async function hindrance(folder: string): Promise<string | undefined> {
  const before = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  try {
    const { journal } = await open(folder);
    await journal.close();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ForeignJournalError);
    expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toBe(before);
    expect(readdirSync(folder)).toContain('journal.jsonl');
    return (error as Error).message;
  }
}

describe('a stored journal', () => {
  it.each([
    ['before', 0],
    ['now', 0],
    ['next', 2],
  ])('of the version %s gives back the move that was under way', async (name, passedOver) => {
    const { journal, records, warnings } = await open(stored(name));
    await journal.close();
    expect(warnings).toHaveLength(passedOver);
    const state = restore(records, makeConf());
    expect(state.request).toMatchObject({ from: 'xen2', to: 'xen3', phase: 'migrating' });
    expect(state.place?.host).toBe('xen2');
    expect(state.moves).toHaveLength(name === 'next' ? 2 : 1);
    expect(state.paused).toBeUndefined();
  });

  it('of the next version says what it passes over', async () => {
    const { warnings } = await readJournal(stored('next'));
    expect(warnings).toEqual([
      'journal.jsonl:5: unknown or incomplete entry weather, skipped',
      'journal.jsonl:7: unknown or incomplete entry ticket, skipped',
    ]);
  });

  it('of the next version is refused where it tells what isn’t known of the open request', async () => {
    expect(await hindrance(stored('next-of-open-request'))).toMatch(
      /^journal\.jsonl:12 is “ticket” of another version \(journal version 2\) and tells of request “01M8\w+”, which hasn't ended; not starting\. Install /,
    );
  });

  it('of a version after the next is refused', async () => {
    expect(await hindrance(stored('next-but-one'))).toMatch(
      /^journal\.jsonl:12 is of journal version 3, this program knows 1; not starting\./,
    );
  });

  it('can be read by the commands all the same', async () => {
    const { records } = await readJournal(stored('next-but-one'));
    expect(records.length).toBeGreaterThan(5);
  });
});

const TICKET = { type: 'ticket', request: 'R1', number: 1 };
const OUTCOME = { type: 'outcome', request: 'R1', outcome: 'failed', reason: '', took_ms: 1 };
const STATE = { type: 'state', state: { moves: [], bars: {} } };
const NEW_STATE = { type: 'state', state: { moves: 'many' } };
const PLACE = { type: 'place', host: 'a', by: 'x' };

describe('what isn’t known', () => {
  it.each([
    ['of no request', [PLACE, { type: 'weather' }]],
    ['of a request that ends later', [TICKET, OUTCOME]],
    ['of a request that has ended', [OUTCOME, TICKET]],
    ['before a state', [TICKET, { ...PLACE, v: 9 }, STATE]],
    ['of a state after what it carries', [PLACE, NEW_STATE]],
    ['of a state, before another', [NEW_STATE, STATE]],
  ])('is passed over: %s', async (_, entries) => {
    expect(await hindrance(journalOf(...entries))).toBeUndefined();
  });

  it.each([
    ['of a request without an outcome', [PLACE, TICKET]],
    ['of a known type', [{ type: 'progress', request: 'R1', phase: 'thawing', to: 'a' }]],
    ['of another request than the one that ended', [OUTCOME, { ...TICKET, request: 'R2' }]],
    ['after the state', [STATE, TICKET]],
    ['with a request that is no text', [{ ...TICKET, request: 7 }]],
    ['of a state that it begins with', [NEW_STATE, PLACE]],
    ['with nothing else', [NEW_STATE]],
  ])('forbids to start: %s', async (_, entries) => {
    expect(await hindrance(journalOf(...entries))).toMatch(
      /^journal\.jsonl:\d+ is .*; not starting/,
    );
  });
});
