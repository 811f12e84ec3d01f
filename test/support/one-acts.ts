/** That of home and its clones one acts at every moment, by their journals. */
import { expect } from 'vitest';
import type { Recorded } from '../../src/daemon/journal.ts';
import type { Machine } from './cloud.ts';

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a guest might act, by its own journal. */
function spans(records: readonly Recorded[], isClone: boolean): Span[] {
  const found: Span[] = [];
  let fromMs = isClone ? undefined : Number.NEGATIVE_INFINITY;
  let home: string | undefined;
  const close = (toMs: number) => {
    if (fromMs !== undefined) found.push({ fromMs, toMs });
    fromMs = undefined;
  };
  for (const { entry, at } of records) {
    if (entry.type === 'intended' && entry.verdict === 'home') home = entry.request;
    const begins = isClone ? 'handed-over' : 'taken-back';
    const ends = isClone ? 'taken-back' : 'handed-over';
    if (entry.type === begins) fromMs = at.wallMs;
    else if (entry.type === ends) close(at.wallMs);
    else if (isClone && entry.type === 'progress' && entry.phase === 'migrating') {
      if (entry.request === home) close(at.wallMs);
    }
  }
  close(Number.POSITIVE_INFINITY);
  return found;
}

/**
 * By both journals: no moment at which both might act, no job that begins where its guest may not,
 * and one outcome for each request on each side.
 */
export async function expectOneOfActs(
  atHome: Machine,
  clones: ReadonlyMap<string, Machine>,
  lost: readonly string[] = [],
): Promise<void> {
  const home = await atHome.records();
  const all: Span[] = spans(home, false);
  expectWorkWithin(home, all);
  expectOutcomes(home);
  for (const [id, machine] of clones) {
    const records = await machine.records();
    const own = spans(records, true);
    expectWorkWithin(records, own);
    if (!lost.includes(id)) expectOutcomes(records);
    const lastMs = records.at(-1)?.at.wallMs ?? 0;
    // One that was lost acts no more after its last word.
    all.push(...own.map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, lastMs) })));
  }
  const ordered = all.toSorted((a, b) => a.fromMs - b.fromMs);
  ordered.forEach(({ fromMs }, i) => {
    const before = ordered[i - 1];
    if (before) expect(fromMs).toBeGreaterThanOrEqual(before.toMs);
  });
}

function expectWorkWithin(records: readonly Recorded[], own: readonly Span[]): void {
  for (const { entry, at } of records) {
    if (entry.type !== 'job-began') continue;
    expect(own.some(({ fromMs, toMs }) => fromMs <= at.wallMs && at.wallMs <= toMs)).toBe(true);
  }
}

function expectOutcomes(records: readonly Recorded[]): void {
  const ends = new Map<string, number>();
  for (const { entry } of records) {
    if (entry.type === 'intended') ends.set(entry.request, 0);
    if (entry.type === 'outcome') ends.set(entry.request, (ends.get(entry.request) ?? 0) + 1);
  }
  expect([...ends.values()].every((n) => n === 1)).toBe(true);
}
