/**
 * `vmmanage history`: the journal in the central log's words, or its requests with what came of
 * them. Pure: records in, text out.
 */
import type { Entry } from '../../core/entries.ts';
import { sentence } from '../../core/sentences.ts';
import type { OpenRequest } from '../../core/state.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { iso, PastRequests } from '../../daemon/past.ts';
import type { PastRequest } from '../../wire/control.ts';
import { outcomeText } from './request.ts';
import { table } from './text.ts';
import { type Here, moment } from './times.ts';

/** What happened, in words. */
export interface Told {
  readonly time: string;
  readonly text: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

type End = 'outcome' | 'ended' | 'host' | 'took_ms' | 'blackout_ms' | 'why_ended';

/** A request that has no outcome yet looks like one that ended, as far as it goes. */
export type RequestLine = PastRequest | (Omit<PastRequest, End> & { readonly outcome: 'open' });

/** For programs: the entries as they are stored. */
export function entriesOf(records: readonly Recorded[], sinceMs: number) {
  const recent = records.filter(({ at }) => at.wallMs >= sinceMs);
  return recent.map(({ entry, at, seq }) => ({ time: iso(at.wallMs), seq, ...entry }));
}

/** Entries that people don't need have no words. An outcome tells of a request begun before. */
export function tellAll(records: readonly Recorded[], sinceMs: number): Told[] {
  let open: OpenRequest | undefined;
  const told: Told[] = [];
  for (const { entry, at } of records) {
    const said = at.wallMs >= sinceMs ? sentence(entry, open) : undefined;
    if (said) told.push({ time: iso(at.wallMs), ...said });
    open = openAfter(open, entry, at);
  }
  return told;
}

function openAfter(
  open: OpenRequest | undefined,
  entry: Entry,
  at: Recorded['at'],
): OpenRequest | undefined {
  switch (entry.type) {
    case 'intended': {
      const { request: id, verdict, policy, from, to, reason } = entry;
      const by = policy === undefined ? {} : { policy };
      return { id, verdict, ...by, from, to, reason, tried: [], at, phase: 'preflight' };
    }
    case 'progress':
      return open && entry.next !== undefined ? { ...open, to: entry.next } : open;
    case 'outcome':
      return undefined;
    default:
      return open;
  }
}

export function renderTold(told: readonly Told[], here: Here): string {
  if (told.length === 0) return NOTHING;
  const lines = told.map(({ time, text, fields }) => {
    const named = fields.map(([name, value]) => `${name}=${value}`).join(' ');
    return [moment(time, here), named === '' ? text : `${text} [${named}]`];
  });
  return table(lines);
}

const NOTHING = 'nothing in that time';

/** Those that ended since, and the one that is open. */
export function requestsOf(records: readonly Recorded[], sinceMs: number): RequestLine[] {
  const past = new PastRequests(Infinity);
  let open: OpenRequest | undefined;
  let begun: RequestLine[] = [];
  for (const record of records) {
    const { entry, at } = record;
    past.add(record);
    open = openAfter(open, entry, at);
    if (entry.type === 'intended') begun = [begunLine(entry, iso(at.wallMs))];
  }
  const recent = past.all().filter(({ ended }) => Date.parse(ended) >= sinceMs);
  return open ? [...recent, ...begun.map((each) => ({ ...each, to: open.to }))] : [...recent];
}

function begunLine(entry: Extract<Entry, { type: 'intended' }>, time: string): RequestLine {
  const { request: id, verdict, policy, from, to, why, reason } = entry;
  const by = policy === undefined ? {} : { policy };
  return { id, time, verdict, ...by, from, to, reason: why ?? reason, outcome: 'open' };
}

export function renderRequests(requests: readonly RequestLine[], here: Here): string {
  if (requests.length === 0) return NOTHING;
  const rows = requests.map((request) => [
    moment(request.time, here),
    request.verdict,
    `${request.from}→${request.to}`,
    request.policy ?? 'by hand',
    request.reason,
    'ended' in request ? outcomeText(request) : 'open',
  ]);
  return table(rows);
}
