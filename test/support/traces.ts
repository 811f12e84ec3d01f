/** Made-up traces, as rows and as CSV. */
import type { Stamp } from '../../src/core/time.ts';
import type { Reading } from '../../src/core/words.ts';

export const START_MS = Date.UTC(2009, 4, 13, 16, 0, 0);
const SECOND = 1000;

/** Seconds after the start, and a value; a missing reading has none. */
export type Row = readonly [afterS: number, value: number | undefined];

/** Rows an interval apart. */
export function every(intervalS: number, values: readonly Row[1][]): Row[] {
  return values.map((value, index) => [index * intervalS, value]);
}

/**
 * As the thesis's program sampled a service that always suffers: every minute; after the third
 * reading in a row it asked for a move, slept 45 s, then an interval.
 */
export function thesisTrace(requests: number, value = 76): Row[] {
  const rows: Row[] = [];
  let afterS = 0;
  for (let n = 0; n < requests * 3; n += 1) {
    rows.push([afterS, value]);
    afterS += (n + 1) % 3 === 0 ? 45 + 60 : 60;
  }
  return rows;
}

/**
 * A day of slow queries a minute that looks recorded: quiet nights, busy hours, spikes. The same
 * seed gives the same day.
 */
export function recordedLooking(minutes: number, seed = 7): Row[] {
  const random = randomFrom(seed);
  let value = 10;
  return every(
    60,
    Array.from({ length: minutes }, (_, minute) => {
      const busy = 28 + 24 * Math.sin(((minute / 1440) * 2 - 0.5) * Math.PI);
      value += (busy - value) * 0.1 + (random() - 0.5) * 14;
      if (random() < 0.01) return undefined;
      return Math.max(0, Math.round(value * 10) / 10);
    }),
  );
}

/** The same sampling; the service suffers all day from more than 50, never quite alike. */
export function sufferingLooking(requests: number, seed = 7): Row[] {
  const random = randomFrom(seed);
  let value = 75;
  return thesisTrace(requests).map(([afterS]): Row => {
    value += (75 - value) * 0.2 + (random() - 0.5) * 12;
    return [afterS, Math.max(52, Math.round(value * 10) / 10)];
  });
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

export function stampAt(afterS: number): Stamp {
  const wallMs = START_MS + afterS * SECOND;
  return { wallMs, boot: 'trace', bootMs: wallMs };
}

export function toReading([afterS, value]: Row, probe = 'slow'): Reading {
  const at = stampAt(afterS);
  return value === undefined ? { probe, at, missing: 'empty' } : { probe, at, value };
}

/** `time,PROBE` and a line for each row. */
export function csvOf(rows: readonly Row[], probe = 'slow'): string {
  const lines = rows.map(([afterS, value]) => `${timeAt(afterS)},${value ?? ''}`);
  return `${[`time,${probe}`, ...lines].join('\n')}\n`;
}

export function timeAt(afterS: number): string {
  return new Date(START_MS + afterS * SECOND).toISOString();
}
