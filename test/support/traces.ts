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

/**
 * A day of a database (slow queries a minute): a quiet evening, nobody at night, ordinary work from
 * 06:00 UTC, and two bad spells, of an hour in the morning and of half an hour at noon.
 */
export function databaseLooking(seed = 7): Row[] {
  const random = randomFrom(seed);
  const values = Array.from({ length: 1440 }, (_, minute) => {
    const hour = (16 + minute / 60) % 24;
    const noise = Math.floor(random() * 14);
    if (random() < 0.005) return undefined;
    if ((hour >= 9 && hour < 10) || (hour >= 12 && hour < 12.5)) return 55 + noise * 2;
    if (hour < 6 && hour >= 0) return 0;
    return hour >= 16 ? Math.floor(noise / 3) : 8 + noise;
  });
  return every(60, values);
}

/**
 * A week of a web server's idle workers, every five minutes: few between 08:00 and 10:00 UTC on
 * Thursday and Monday, and at night on Saturday.
 */
export function webLooking(seed = 7): Row[] {
  const random = randomFrom(seed);
  const values = Array.from({ length: 7 * 288 }, (_, n) => {
    const hours = 16 + n / 12;
    const [day, hour] = [Math.floor(hours / 24), hours % 24];
    const noise = Math.floor(random() * 12);
    if ([1, 5].includes(day) && hour >= 8 && hour < 10) return noise % 5;
    if (day === 3 && hour >= 22) return noise % 5;
    const busy = hour >= 5 && hour < 16 && day !== 3 && day !== 4;
    return busy ? 12 + noise : 110 + noise;
  });
  return every(300, values);
}

/** A day of a queue's big jobs: mostly none or one, several from 20:00 UTC and from 04:00, once unreadable. */
export function buildLooking(): Row[] {
  const values = Array.from({ length: 1440 }, (_, minute) => {
    if (minute >= 300 && minute < 320) return undefined;
    if (minute >= 240 && minute < 390) return Math.ceil((390 - minute) / 30);
    if (minute >= 720 && minute < 840) return Math.ceil((840 - minute) / 40);
    return minute % 200 < 30 ? 1 : 0;
  });
  return every(60, values);
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
