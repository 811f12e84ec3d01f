/**
 * The ledgers of queues that are closed, as home and its clone hand them to each other. What was done
 * on either side stays done, and the claim keeps its id, so that no key changes. No job is run here.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../system/files.ts';
import type { HandedClaim, HandedQueue } from '../wire/clone.ts';
import { type Claim, type JobStatus, Ledger, type LedgerEntry, lineOf } from './ledger.ts';

/** How a queue stands whose ledger nobody has open. */
export function handedQueue(folder: string, name: string): HandedQueue {
  const { claim, last } = closedLedger(folder, name);
  return { ...(claim ? { claim: handedClaim(claim) } : {}), ...(last ? { last } : {}) };
}

/**
 * Makes the ledger what the other side says, and what was known here besides. It is whole or not
 * written at all, and taking the same over twice changes nothing.
 */
export async function takeOverQueue(
  folder: string,
  name: string,
  handed: HandedQueue,
): Promise<void> {
  const before = closedLedger(folder, name);
  const putAway = before.claim !== undefined && handed.last?.claim === before.claim.id;
  // Who says nothing of our claim has lost it: then what is known here is all that is known.
  if (before.claim && !handed.claim && !putAway) return;
  const own = before.claim?.id === handed.claim?.id ? before.claim : undefined;
  const last = handed.last ?? before.last;
  const entries: LedgerEntry[] = [
    ...(last ? [{ type: 'released', ...last } as const] : []),
    ...(handed.claim ? claimEntries(handed.claim, own) : []),
  ];
  await writeAtomically(join(folder, `${name}.jsonl`), entries.map(lineOf).join(''));
  // The page is fetched again where this copy isn't that claim's.
  if (!own?.held) await rm(join(folder, `${name}.page`), { force: true });
}

function closedLedger(folder: string, name: string): Pick<Ledger, 'claim' | 'last'> {
  const { ledger } = Ledger.open(join(folder, `${name}.jsonl`));
  ledger.close();
  return ledger;
}

function handedClaim({ id, time, url, vm, done, failures, losses }: Claim): HandedClaim {
  return {
    ...{ id, time, url, vm, done: byStatus(done) },
    ...{ failures: Object.fromEntries(failures), losses: Object.fromEntries(losses) },
  };
}

function byStatus(done: ReadonlyMap<string, JobStatus>): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const [job, status] of done) {
    grouped[status] ??= [];
    grouped[status].push(job);
  }
  return grouped;
}

function claimEntries(handed: HandedClaim, own: Claim | undefined): LedgerEntry[] {
  const { id: claim, time, url, vm } = handed;
  const done = new Map(own?.done);
  for (const [status, jobs] of Object.entries(handed.done)) {
    for (const job of jobs) done.set(job, status as JobStatus);
  }
  const failures = atLeast(handed.failures, own?.failures);
  const losses = atLeast(handed.losses, own?.losses);
  return [
    { type: 'claiming', time, claim, url, vm },
    ...(own?.held ? [{ type: 'claimed', time: own.time } as const] : []),
    ...tried(failures, 'failed'),
    ...tried(losses, 'lost'),
    ...[...done].map(([job, status]) => ({ type: 'done', job, status }) as const),
  ];
}

function atLeast(
  handed: Readonly<Record<string, number>>,
  own: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const counts = new Map(own);
  for (const [job, n] of Object.entries(handed)) counts.set(job, Math.max(n, counts.get(job) ?? 0));
  return counts;
}

function tried(counts: ReadonlyMap<string, number>, end: 'failed' | 'lost'): LedgerEntry[] {
  return [...counts].flatMap(([job, n]) =>
    Array.from({ length: n }, () => ({ type: 'tried', job, end }) as const),
  );
}
