/**
 * The state at a start, made from the stored journal and history by the same functions that a
 * running daemon uses. It decides nothing.
 */
import type { Conf } from '../core/conf.ts';
import type { EntryType } from '../core/entries.ts';
import type { State } from '../core/state.ts';
import { restore, type Stored } from '../core/step.ts';
import type { Stamp } from '../core/time.ts';
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
]);

export function restoreState(
  records: readonly Recorded[],
  rows: readonly Row[],
  conf: Conf,
  now: Stamp,
): State {
  const usable = rowsAfterLastClockStep(records, rows);
  return restore(
    merge(
      records,
      usable.map((row) => toReading(row, now)),
    ),
    conf,
  );
}

/** A step of the wall clock never makes a count: what was stored before it isn't counted. */
function rowsAfterLastClockStep(records: readonly Recorded[], rows: readonly Row[]): Row[] {
  const step = records.findLast(({ entry }) => entry.type === 'clock-step');
  return step ? rows.filter(({ wallMs }) => wallMs >= step.at.wallMs) : [...rows];
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

/** Both are in the order in which they were written; wall time says how they lay together. */
function* merge(records: readonly Recorded[], readings: readonly Reading[]): Generator<Stored> {
  let next = 0;
  for (const { entry, at } of records) {
    const upTo = at.wallMs + (AFTER_READING.has(entry.type) ? 1 : 0);
    for (; next < readings.length; next += 1) {
      const reading = readings[next];
      if (!reading || reading.at.wallMs >= upTo) break;
      yield { reading };
    }
    yield { entry, at };
  }
  for (const reading of readings.slice(next)) yield { reading };
}
