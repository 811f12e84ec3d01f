/**
 * Two programs, one text: core and the oracle ask for the same on the same readings, on made-up
 * traces and confs: all tarries, both directions, gaps, several policies, working hours on days when
 * the clocks change. Spans are multiples of five seconds, so that bounds are met exactly.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conf, PolicyRule } from '../../src/core/conf.ts';
import type { Condition, Tarry } from '../../src/core/words.ts';
import { baseAware } from '../../src/policies/base-aware.ts';
import { scheduleAware } from '../../src/policies/schedule-aware.ts';
import { thresholdAware } from '../../src/policies/threshold-aware.ts';
import { makeConf } from '../support/world.ts';
import { type Hours, isOpen } from './calendar.ts';
import { runCore } from './driver.ts';
import {
  type Asked,
  type Held,
  oracle,
  type Rule,
  type Sample,
  type Terms,
  type Tick,
} from './oracle.ts';

const RUNS = process.env['LONG'] ? 100_000 : 2000;
const TICK = 5;

/** More than any trace can try, so that no gate counts them. */
const HOSTS = Array.from({ length: 60 }, (_, i) => `h${i + 1}`);
const BASE = 'b';

const seconds = (max: number) => fc.integer({ min: 0, max: max / TICK }).map((n) => n * TICK);

const held: fc.Arbitrary<Held> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), n: fc.integer({ min: 1, max: 5 }) }),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([k, more]) => ({ kind: 'window' as const, k, n: k + more })),
  fc.record({
    kind: fc.constant('time' as const),
    seconds: seconds(120).map((s) => s + TICK),
  }),
);

/** Moments around which the clocks change, and an ordinary day in the middle of the year. */
const PLACES = [
  ['UTC', '2026-03-29T01:00Z', '2026-12-31T23:00Z'],
  ['Europe/Oslo', '2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-07-01T06:00Z'],
  ['America/New_York', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '2026-07-01T12:00Z'],
  // Half an hour.
  ['Australia/Lord_Howe', '2026-10-03T15:30Z', '2026-04-04T15:00Z', '2026-07-01T00:00Z'],
] as const;

const place = fc.constantFrom(
  ...PLACES.flatMap(([zone, ...moments]) =>
    moments.map((moment) => ({ zone, moment: Date.parse(moment) / 1000 })),
  ),
);

const MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5];
const WEEKEND = [6, 7];
const minuteOfDay = fc.oneof(
  fc.constantFrom(0, 60, 90, 105, 120, 135, 150, 165, 180, 1425),
  fc.integer({ min: 0, max: 287 }).map((n) => n * 5),
);

const dayWindow = fc
  .record({
    days: fc.constantFrom([...MONDAY_TO_FRIDAY, ...WEEKEND], MONDAY_TO_FRIDAY, WEEKEND, [7]),
    opens: minuteOfDay,
    lasts: fc.constantFrom(5, 15, 30, 60, 120, 540, 1080, 1435),
  })
  .map(({ days, opens, lasts }) => ({ days, opens, closes: opens + lasts }));

type DayRanges = Hours['closed'];
const closed: fc.Arbitrary<DayRanges> = fc.constantFrom<DayRanges[]>(
  [],
  [],
  [],
  [
    [
      [3, 29],
      [3, 29],
    ],
    [
      [10, 4],
      [10, 4],
    ],
  ],
  [
    [
      [12, 31],
      [1, 1],
    ],
    [
      [7, 1],
      [11, 1],
    ],
  ],
);

const hours = (zone: string): fc.Arbitrary<Hours> =>
  fc.record({
    windows: fc.array(dayWindow, { minLength: 1, maxLength: 3 }),
    closed,
    zone: fc.constant(zone),
  });

/** Bounds lie on values that occur: both comparisons are strict. */
const bound = fc.constantFrom(0, 1, 2, 3, 4);

const rule: fc.Arbitrary<Omit<Rule, 'name' | 'probe'>> = fc
  .record({
    worse: fc.constantFrom('high' as const, 'low' as const),
    threshold: bound,
    tarry: held,
    low: fc.option(fc.record({ threshold: bound, tarry: held }), { nil: undefined }),
    onError: fc.constantFrom('hold' as const, 'reset' as const),
  })
  .map(({ low, ...rest }) => (low ? { ...rest, low } : rest));

/** Around the moment, on the minute, so that windows open and close at readings. */
const scheduled = place.chain(({ zone, moment }) =>
  fc.record({
    begin: fc.integer({ min: -48, max: 6 }).map((n) => moment + n * 600),
    schedules: fc.array(
      fc.record({
        hours: hours(zone),
        offHours: fc.constantFrom('rest' as const, 'rescue' as const),
      }),
      { maxLength: 2 },
    ),
  }),
);

const terms: fc.Arbitrary<Paced> = fc
  .record({
    first: rule,
    second: fc.option(fc.tuple(rule, fc.constantFrom('a', 'b')), { nil: undefined, freq: 2 }),
    intervals: fc.record({ a: fc.constantFrom(10, 20), b: fc.constantFrom(10, 30) }),
    start: fc.constantFrom('h1', 'h2', 'h60', BASE),
    moveTakes: seconds(60).map((s) => s + TICK),
    settle: seconds(45),
    cooldown: seconds(120),
    growth: fc.constantFrom(1, 2, 3),
    prefer: fc.constantFrom('service' as const, 'cost' as const),
    scheduled,
    pace: fc.constantFrom(1, 1, 30),
  })
  .map(({ first, second, growth, scheduled: { begin, schedules }, ...rest }) => {
    const all: Rule[] = [{ ...first, name: 'p1', probe: 'a' }];
    if (second) all.push({ ...second[0], name: 'p2', probe: second[1] });
    const rules = all.map((each, n) => (schedules[n] ? { ...each, schedule: schedules[n] } : each));
    // From base and back is a way that grows the cooldown by a rule of §6, not of §5.
    const toBase = rules.some(({ low, schedule }) => low ?? schedule);
    const fixed = { hosts: HOSTS, base: BASE, begin, cooldownMax: 600 };
    return slower({ ...rest, ...fixed, rules, growth: toBase ? 1 : growth });
  });

interface Paced extends Terms {
  readonly pace: number;
}

/** The same with every span so many times as long: a day with its windows goes by. */
function slower(made: Paced): Paced {
  const { pace, intervals, rules } = made;
  const slow = (tarry: Held): Held =>
    tarry.kind === 'time' ? { ...tarry, seconds: tarry.seconds * pace } : tarry;
  return {
    ...made,
    intervals: { a: (intervals['a'] ?? 0) * pace, b: (intervals['b'] ?? 0) * pace },
    moveTakes: made.moveTakes * pace,
    settle: made.settle * pace,
    cooldown: made.cooldown * pace,
    cooldownMax: made.cooldownMax * pace,
    rules: rules.map(({ tarry, low, ...rule }) => ({
      ...rule,
      tarry: slow(tarry),
      ...(low ? { low: { ...low, tarry: slow(low.tarry) } } : {}),
    })),
  };
}

/**
 * Readings that come when they come: mostly an interval apart, now and then after a gap; and ticks,
 * which belong to no probe. Seconds after the beginning, at the pace of 1.
 */
const trace = fc
  .array(
    fc.record({
      after: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(10, 10, 10, 20, 30) },
        { weight: 2, arbitrary: fc.constantFrom(5, 35, 60, 65, 90, 95) },
      ),
      probe: fc.constantFrom('a', 'a', 'a', 'a', 'a', 'b', 'b', undefined),
      value: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      // What services do: the same for a while.
      again: fc.constantFrom(1, 1, 2, 4),
    }),
    { minLength: 5, maxLength: 28 },
  )
  .map((parts) => {
    let time = 0;
    return parts.flatMap(({ after, again, ...sample }) =>
      Array.from({ length: again }, () => {
        time += after;
        return { ...sample, time };
      }),
    );
  });
type Row = (typeof trace extends fc.Arbitrary<infer Rows> ? Rows : never) extends (infer R)[]
  ? R
  : never;

function happeningsOf({ begin, pace }: Paced, rows: readonly Row[]): (Sample | Tick)[] {
  return rows.map(({ time: after, probe, value }) => {
    const time = begin + after * pace;
    return probe === undefined ? { time } : { time, probe, value };
  });
}

function toTarry(tarry: Held): Tarry {
  return tarry.kind === 'time' ? { kind: 'time', ms: tarry.seconds * 1000 } : tarry;
}

function toPolicy({
  name,
  probe,
  worse,
  threshold,
  tarry,
  low,
  onError,
  schedule,
}: Rule): PolicyRule {
  const [worseSide, betterSide] = worse === 'high' ? (['>', '<'] as const) : (['<', '>'] as const);
  const suffering: Condition = { compare: worseSide, bound: threshold, tarry: toTarry(tarry) };
  const { kind, judge } = schedule ? scheduleAware : low ? baseAware : thresholdAware;
  const idle = low && { compare: betterSide, bound: low.threshold, tarry: toTarry(low.tarry) };
  return {
    ...{ name, kind, probe, worse, suffering, onError, judge },
    ...(idle ? { idle } : {}),
    ...(schedule ? { schedule: toSchedule(schedule) } : {}),
  };
}

function toSchedule({ hours, offHours }: NonNullable<Rule['schedule']>) {
  const monthDay = ([month, day]: readonly [number, number]) => month * 100 + day;
  return scheduleAware.schedule({
    workhours: hours.windows.map(({ days, ...window }) => ({ ...window, weekdays: days })),
    closed: hours.closed.map(([from, to]) => ({ from: monthDay(from), to: monthDay(to) })),
    ...{ timezone: hours.zone, off_hours: offHours, monitor_off_hours: true },
  });
}

function toConf({ rules, intervals, settle, cooldown, growth, cooldownMax, prefer }: Terms): Conf {
  const probe = (name: string) => ({
    intervalMs: (intervals[name] ?? 0) * 1000,
    maxErrors: 3,
    unit: '',
  });
  return makeConf({
    site: { hosts: HOSTS, base: BASE },
    probes: { a: probe('a'), b: probe('b') },
    policies: rules.map(toPolicy),
    constraints: {
      settleMs: settle * 1000,
      cooldownMs: cooldown * 1000,
      cooldownGrowth: growth,
      cooldownMaxMs: cooldownMax * 1000,
      retryMs: undefined,
      maxMoves: undefined,
      prefer,
    },
  });
}

describe('core and the oracle', () => {
  it.each([
    ['oracle.ts', ['./calendar.ts']],
    ['calendar.ts', []],
  ])('share no code: %s', (file, allowed) => {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    expect(text.length).toBeGreaterThan(1000);
    const imported = [...text.matchAll(/^import .* from '(.*)';$/gm)].map(([, from]) => from);
    expect(imported).toEqual(allowed);
    expect(text).not.toMatch(/\bimport\(/);
  });

  it('ask for the same, on the same readings', () => {
    const asked = { move: 0, base: 0, closing: 0 };
    fc.assert(
      fc.property(terms, trace, (made, rows) => {
        const happenings = happeningsOf(made, rows);
        const expected = oracle(made, happenings);
        for (const { verdict } of expected) asked[verdict] += 1;
        asked.closing += expected.filter((request) => isClosing(made, request)).length;
        expect(runCore(toConf(made), happenings, made)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
    // On traces that ask for nothing they would agree about nothing.
    expect(asked.move).toBeGreaterThan(RUNS / 2);
    expect(asked.base - asked.closing).toBeGreaterThan(RUNS / 20);
    expect(asked.closing).toBeGreaterThan(RUNS / 10);
  });
});

function isClosing({ rules }: Terms, { verdict, policy, time }: Asked): boolean {
  const schedule = rules.find(({ name }) => name === policy)?.schedule;
  return verdict === 'base' && schedule !== undefined && !isOpen(schedule.hours, time);
}
