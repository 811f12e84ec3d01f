/**
 * The state at a start, made from the stored journal and history by the same functions that a
 * running daemon uses. It decides nothing.
 */
import type { Conf } from '../core/conf.ts';
import type { ConfValues, EntryType } from '../core/entries.ts';
import type { State } from '../core/state.ts';
import { restore, type Stored } from '../core/step.ts';
import type { Stamp } from '../core/time.ts';
import { GAP_INTERVALS } from '../core/tracks.ts';
import type { Reading } from '../core/words.ts';
import type { Row } from './history.ts';
import type { Recorded } from './journal.ts';

/** Entries that a reading made, so that they follow one of the same millisecond. */
const AFTER_READING: ReadonlySet<EntryType> = new Set([
  'verdict',
  'held',
  'would-ask',
  'intended',
  'probe-failing',
  'probe-recovered',
  'episode-ended',
]);

export function restoreState(
  records: readonly Recorded[],
  rows: readonly Row[],
  conf: Conf,
  now: Stamp,
): State {
  const usable = rowsSinceCarried(records, rowsAfterLastClockStep(records, rows));
  return restore(
    merge(
      records,
      usable.map((row) => toReading(row, now)),
    ),
    conf,
  );
}

/** How far back a reading may still count: the longest tarry of the conf, and a gap. */
export function restoreSpanMs(conf: Conf): number {
  const spans = conf.policies.flatMap(({ probe, suffering, idle }) => {
    const intervalMs = conf.probes[probe]?.intervalMs ?? 0;
    const tarries = [suffering.tarry, ...(idle ? [idle.tarry] : [])];
    return tarries.map((tarry) => (tarry.kind === 'time' ? tarry.ms : tarry.n * intervalMs));
  });
  const longestMs = Math.max(0, ...Object.values(conf.probes).map(({ intervalMs }) => intervalMs));
  // Missing readings and gaps stretch a count; twice its length is ample.
  return 2 * Math.max(DAY_MS, ...spans) + GAP_INTERVALS * longestMs;
}

const DAY_MS = 86_400_000;

/** The policies whose options, or whose probe's, aren't what they were. */
export function changedPolicies(
  before: ConfValues | undefined,
  after: ConfValues,
  conf: Conf,
): string[] {
  if (!before) return [];
  const same = (kind: string, name: string) =>
    JSON.stringify(section(before, kind, name)) === JSON.stringify(section(after, kind, name));
  return conf.policies
    .filter(({ name, probe, jobs }) => {
      const measured = jobs?.queue === undefined ? 'probe' : 'queue';
      return !same('policy', name) || !same(measured, probe);
    })
    .map(({ name }) => name);
}

/** A section's values; one without a name is called by its kind. */
function section(values: ConfValues, kind: string, name: string): ConfValues[string] | undefined {
  return values[`${kind} ${name}`] ?? values[kind];
}

/** A step of the wall clock never makes a count: what was stored before it isn't counted. */
function rowsAfterLastClockStep(records: readonly Recorded[], rows: readonly Row[]): Row[] {
  const step = records.findLast(({ entry }) => entry.type === 'clock-step');
  return step ? rows.filter(({ wallMs }) => wallMs >= step.at.wallMs) : [...rows];
}

/**
 * A journal whose older files are gone begins with what they made of the state. Readings from
 * before the arrival that it tells of are out of the count.
 */
function rowsSinceCarried(records: readonly Recorded[], rows: readonly Row[]): readonly Row[] {
  const [first] = records;
  const arrival = first?.entry.type === 'state' ? first.entry.state.arrival : undefined;
  return arrival ? rows.filter(({ wallMs }) => wallMs >= arrival.at.wallMs) : rows;
}

/**
 * The stored wall time, put on the boot clock: this boot's if it lies within it, else on a line
 * of its own on which spans are the wall clock's (DESIGN.md §7).
 */
export function toReading(row: Row, now: Stamp): Reading {
  const bootMs = now.bootMs - (now.wallMs - row.wallMs);
  const at =
    bootMs >= 0
      ? { wallMs: row.wallMs, boot: now.boot, bootMs }
      : { wallMs: row.wallMs, boot: 'earlier', bootMs: row.wallMs };
  const { probe, value } = row;
  return value === undefined ? { probe, at, missing: 'stored as missing' } : { probe, at, value };
}

/**
 * Both are in the order in which they were written; wall time says how they lay together. What a
 * first line carries was so before it: settling, say, of an arrival that older files told of.
 */
function* merge(records: readonly Recorded[], readings: readonly Reading[]): Generator<Stored> {
  let next = 0;
  for (const [index, { entry, at }] of records.entries()) {
    const carried = index === 0 && entry.type === 'state';
    const upTo = carried ? -Infinity : at.wallMs + (AFTER_READING.has(entry.type) ? 1 : 0);
    for (; next < readings.length; next += 1) {
      const reading = readings[next];
      if (!reading || reading.at.wallMs >= upTo) break;
      yield { reading };
    }
    yield { entry, at };
  }
  for (const reading of readings.slice(next)) yield { reading };
}
