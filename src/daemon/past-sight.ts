/**
 * A moment of the past as the daemon saw it then, from the journal and the history alone: the
 * stored entries and readings up to it make the state, as they do at a start. It changes nothing.
 */
import type { Loaded } from '../conf/loaded.ts';
import { type ConfValues, confValuesIn, type Intended } from '../core/entries.ts';
import type { Told } from '../core/events.ts';
import { type Asking, programsWords } from '../core/gates.ts';
import type { State } from '../core/state.ts';
import { later, type Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { ExplainReport, PastRequest } from '../wire/control.ts';
import type { Row } from './history.ts';
import type { Recorded } from './journal.ts';
import { iso, PastRequests } from './past.ts';
import { type Explained, explainReport } from './reports.ts';
import { restoreState, toReading } from './restore.ts';

/** What was on disk when it was that moment. */
export interface PastMoment {
  readonly at: Stamp;
  readonly records: readonly Recorded[];
  /** Set where it is the moment at which this was asked for, by policies or by hand. */
  readonly request?: { readonly id: string; readonly asking: Asking };
}

/** Readings shown of each probe, as the daemon does. */
const READINGS = 12;

/** Undefined where the journal doesn't reach back so far. */
export function momentAt(records: readonly Recorded[], wallMs: number): PastMoment | undefined {
  const end = records.findLastIndex(({ at }) => at.wallMs <= wallMs);
  const last = records[end];
  if (!last) return undefined;
  return { at: later(last.at, wallMs - last.at.wallMs), records: records.slice(0, end + 1) };
}

/** When the request was made: before it was open, and after the reading that asked for it. */
export function momentOfRequest(records: readonly Recorded[], id: string): PastMoment | undefined {
  const index = records.findIndex(({ entry }) => entry.type === 'intended' && entry.request === id);
  const { entry, at } = records[index] ?? {};
  if (entry?.type !== 'intended' || !at) return undefined;
  return { at, records: records.slice(0, index), request: { id, asking: askingThen(entry) } };
}

/** A policy that asks by a reading tells its value; where there is none the clock decided. */
function askingThen({ verdict, policy, value, force, only, to }: Intended): Asking {
  const closing = policy !== undefined && value === undefined;
  return {
    verdict,
    ...(force ? { force } : {}),
    ...(only ? { host: to } : {}),
    ...(closing ? { closing } : {}),
  };
}

/** The effective conf of that moment; undefined where the journal doesn't hold it any more. */
export function confThen({ records }: PastMoment): ConfValues | undefined {
  const last = records.findLast(({ entry }) => confValuesIn(entry) !== undefined);
  return last && confValuesIn(last.entry);
}

/** `rows` are the readings of some days up to the moment; `loaded` is the conf of then. */
export function explainPast(
  moment: PastMoment,
  rows: readonly Row[],
  loaded: Pick<Loaded, 'rules' | 'probes' | 'effective'>,
  outcome: PastRequest | undefined,
): ExplainReport {
  const report = explainReport(pastSight(moment, rows, loaded), moment.request?.asking);
  const notes = [...sinceStopped(moment), ...(rows.length === 0 ? [NO_READINGS] : [])];
  const summary = moment.request ? requestSummary(moment.request.id, outcome) : report.summary;
  return { ...report, summary, ...(notes.length === 0 ? {} : { notes }) };
}

const NO_READINGS = 'the history holds no readings of that time';

function pastSight(
  { at, records }: PastMoment,
  rows: readonly Row[],
  { rules, probes, effective }: Pick<Loaded, 'rules' | 'probes' | 'effective'>,
): Explained {
  const past = new PastRequests(Infinity);
  for (const record of records) past.add(record);
  const state = restoreState(records, rows, rules, at);
  const readings = latestReadings(rows, at);
  return {
    ...{ state, conf: rules, at, probes, effective, readings },
    past: past.all(),
    nextLookMs: undefined,
    trouble: undefined,
    told: toldThen(state, records),
    shadow: undefined,
  };
}

/** What `hold_while` said then is only in the reason of what it held. */
function toldThen({ said }: State, records: readonly Recorded[]): Told | undefined {
  if (!Object.values(said.held).some(({ gate }) => gate === 'hold')) return undefined;
  const held = records.findLast(({ entry }) => entry.type === 'held' && entry.gate === 'hold');
  const reason = held?.entry.type === 'held' ? programsWords(held.entry.reason) : undefined;
  return reason === undefined ? undefined : { holds: true, reason };
}

function latestReadings(rows: readonly Row[], at: Stamp): Record<string, Reading[]> {
  const byProbe = new Map<string, Row[]>();
  for (const row of rows)
    byProbe.set(row.probe, [...(byProbe.get(row.probe) ?? []), row].slice(-READINGS));
  const read = [...byProbe].map(([probe, own]) => [probe, own.map((row) => toReading(row, at))]);
  return Object.fromEntries(read);
}

function requestSummary(id: string, outcome: PastRequest | undefined): string {
  if (!outcome) return `Request ${id} was made, and is open.`;
  const { from, to, outcome: word, why_ended: why } = outcome;
  return `Request ${id} was made: ${from}→${to}, ${word} (${why}).`;
}

/** What is said of a time at which nobody looked holds only as far as nothing happened. */
function sinceStopped({ records }: PastMoment): string[] {
  const last = records.at(-1);
  if (last?.entry.type !== 'stopped') return [];
  return [`the daemon didn't run then: it had stopped at ${iso(last.at.wallMs)}`];
}
