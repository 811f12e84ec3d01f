/** Windows around the changes of the clocks, midnight and closed days, both sides of each boundary. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { closedDays, windows } from '../../src/core/option-windows.ts';
import {
  type Calendar,
  changedBetween,
  coversWeek,
  coversYear,
  isInside,
  spanAt,
  type Window,
} from '../../src/core/windows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function calendar(hours: string, zone: string, closed?: string): Calendar {
  const open = windows.parse(hours);
  const shut = closed === undefined ? undefined : closedDays.parse(closed);
  if (!open.ok) throw new Error(open.problem);
  if (shut && !shut.ok) throw new Error(shut.problem);
  return { windows: open.value, closed: shut?.value ?? [], zone };
}

const ms = (time: string) => Date.parse(time);

/** `2026-03-29T00:59Z`: inside until one millisecond before `end`. */
type Row = [sentence: string, hours: string, zone: string, opens: string, ends: string];

const OSLO = 'Europe/Oslo';
const NEW_YORK = 'America/New_York';
const LORD_HOWE = 'Australia/Lord_Howe';

const OPEN: readonly Row[] = [
  ['a day in winter', 'Mon-Fri 09:00-16:00', OSLO, '2026-01-05T08:00Z', '2026-01-05T15:00Z'],
  ['a day in summer', 'Mon-Fri 09:00-16:00', OSLO, '2026-07-06T07:00Z', '2026-07-06T14:00Z'],
  ['a day in UTC', '09:00-16:00', 'UTC', '2026-07-06T09:00Z', '2026-07-06T16:00Z'],
  [
    'a Saturday of its own',
    'Mon-Fri 09:00-16:00, Sat 10:00-14:00',
    OSLO,
    '2026-07-11T08:00Z',
    '2026-07-11T12:00Z',
  ],
  [
    'over midnight, from the day it opens',
    'Fri 22:00-06:00',
    OSLO,
    '2026-07-10T20:00Z',
    '2026-07-11T04:00Z',
  ],
  ['to midnight', 'Fri 22:00-24:00', OSLO, '2026-07-10T20:00Z', '2026-07-10T22:00Z'],
  [
    'to midnight, written as the next day',
    'Fri 22:00-00:00',
    OSLO,
    '2026-07-10T20:00Z',
    '2026-07-10T22:00Z',
  ],
  [
    'whole days that follow each other',
    'Sat-Sun 00:00-24:00',
    OSLO,
    '2026-07-10T22:00Z',
    '2026-07-12T22:00Z',
  ],
  ['over the weekend', 'Sun-Mon 00:00-24:00', OSLO, '2026-07-11T22:00Z', '2026-07-13T22:00Z'],
  [
    'windows that meet',
    '09:00-12:00, 12:00-13:00',
    'UTC',
    '2026-07-06T09:00Z',
    '2026-07-06T13:00Z',
  ],
  [
    'windows that overlap',
    '09:00-12:00, 11:00-13:00',
    'UTC',
    '2026-07-06T09:00Z',
    '2026-07-06T13:00Z',
  ],
  // Oslo, 29 March: 02:00 becomes 03:00 at 01:00Z. 25 October: 03:00 becomes 02:00 at 01:00Z.
  ['an opening that does not exist', '02:30-05:00', OSLO, '2026-03-29T01:00Z', '2026-03-29T03:00Z'],
  ['a closing that does not exist', '01:00-02:30', OSLO, '2026-03-29T00:00Z', '2026-03-29T01:00Z'],
  ['an opening that comes twice', '02:30-05:00', OSLO, '2026-10-25T00:30Z', '2026-10-25T04:00Z'],
  ['a closing that comes twice', '01:00-02:30', OSLO, '2026-10-24T23:00Z', '2026-10-25T01:30Z'],
  ['both come twice', '02:10-02:20', OSLO, '2026-10-25T00:10Z', '2026-10-25T01:20Z'],
  [
    'an opening at the hour that follows the change',
    '03:00-05:00',
    OSLO,
    '2026-10-25T02:00Z',
    '2026-10-25T04:00Z',
  ],
  [
    'a closing at the hour that the change goes to',
    '01:00-02:00',
    OSLO,
    '2026-10-24T23:00Z',
    '2026-10-25T01:00Z',
  ],
  ['a night that loses an hour', 'Sat 22:00-06:00', OSLO, '2026-03-28T21:00Z', '2026-03-29T04:00Z'],
  ['a night that gains an hour', 'Sat 22:00-06:00', OSLO, '2026-10-24T20:00Z', '2026-10-25T05:00Z'],
  // New York, 8 March: 02:00 becomes 03:00 at 07:00Z. 1 November: 02:00 becomes 01:00 at 06:00Z.
  [
    'an opening that does not exist',
    '02:30-05:00',
    NEW_YORK,
    '2026-03-08T07:00Z',
    '2026-03-08T09:00Z',
  ],
  [
    'a closing that does not exist',
    '01:00-02:30',
    NEW_YORK,
    '2026-03-08T06:00Z',
    '2026-03-08T07:00Z',
  ],
  [
    'an opening that comes twice',
    '01:30-05:00',
    NEW_YORK,
    '2026-11-01T05:30Z',
    '2026-11-01T10:00Z',
  ],
  ['a closing that comes twice', '00:00-01:30', NEW_YORK, '2026-11-01T04:00Z', '2026-11-01T06:30Z'],
  // Lord Howe moves by half an hour. 4 October: 02:00 becomes 02:30 at 15:30Z. 5 April: 02:00 becomes
  // 01:30 at 15:00Z.
  [
    'an opening that does not exist',
    '02:15-05:00',
    LORD_HOWE,
    '2026-10-03T15:30Z',
    '2026-10-03T18:00Z',
  ],
  [
    'a closing that does not exist',
    '01:00-02:15',
    LORD_HOWE,
    '2026-10-03T14:30Z',
    '2026-10-03T15:30Z',
  ],
  [
    'an opening that comes twice',
    '01:45-05:00',
    LORD_HOWE,
    '2026-04-04T14:45Z',
    '2026-04-04T18:30Z',
  ],
  [
    'a closing that comes twice',
    '01:00-01:45',
    LORD_HOWE,
    '2026-04-04T14:00Z',
    '2026-04-04T15:15Z',
  ],
  [
    'the same in UTC, where no clock changes',
    '02:30-05:00',
    'UTC',
    '2026-03-29T02:30Z',
    '2026-03-29T05:00Z',
  ],
  // Havana's clocks go forward at midnight, those of St. John's went back a minute after it.
  [
    'a midnight that does not exist',
    'Sun 00:00-06:00',
    'America/Havana',
    '2026-03-08T05:00Z',
    '2026-03-08T10:00Z',
  ],
  [
    'a midnight that comes twice',
    'Sun 00:00-06:00',
    'America/St_Johns',
    '2010-11-07T02:30Z',
    '2010-11-07T09:30Z',
  ],
  [
    'an end of the day that comes twice',
    'Sat 22:00-24:00',
    'America/St_Johns',
    '2010-11-07T00:30Z',
    '2010-11-07T03:30Z',
  ],
  [
    'the Friday that Samoa left out',
    'Fri 09:00-16:00, Sat 00:00-08:00',
    'Pacific/Apia',
    '2011-12-30T10:00Z',
    '2011-12-30T18:00Z',
  ],
];

describe('a window', () => {
  it.each(OPEN)('%s: %s in %s', (_, hours, zone, opens, ends) => {
    const made = calendar(hours, zone);
    const span = { inside: true, fromMs: ms(opens), untilMs: ms(ends) };
    expect(spanAt(made, ms(opens))).toEqual(span);
    expect(spanAt(made, ms(ends) - 1)).toEqual(span);
    expect(spanAt(made, ms(opens) - 1)).toMatchObject({ inside: false, untilMs: ms(opens) });
    expect(spanAt(made, ms(ends))).toMatchObject({ inside: false, fromMs: ms(ends) });
  });

  it('that a change of the clocks leaves no time for does not open', () => {
    const night = calendar('02:10-02:50', OSLO);
    const [before, after] = [ms('2026-03-28T01:50Z'), ms('2026-03-30T00:10Z')];
    expect(spanAt(night, ms('2026-03-29T01:00Z'))).toEqual({
      ...{ inside: false, fromMs: before, untilMs: after },
    });
  });

  it('that is always open, or never, changes in neither this year nor the next', () => {
    expect(spanAt(calendar('00:00-24:00', OSLO), ms('2026-07-06T12:00Z'))).toEqual({
      inside: true,
    });
    const shut = calendar('09:00-16:00', OSLO, '01-01..12-31');
    expect(spanAt(shut, ms('2026-07-06T12:00Z'))).toEqual({ inside: false });
  });

  it('is looked for to the end of the next year, and no further', () => {
    const leap = calendar('09:00-16:00', 'UTC', '01-01..02-28, 03-01..12-31');
    const opens = ms('2028-02-29T09:00Z');
    expect(spanAt(leap, ms('2027-01-01T00:00Z'))).toEqual({ inside: false, untilMs: opens });
    expect(spanAt(leap, ms('2026-12-31T23:59Z'))).toEqual({ inside: false });
    expect(spanAt(leap, ms('2030-01-01T00:00Z'))).toEqual({ inside: false });
  });
});

describe('a closed day', () => {
  const CLOSED: [sentence: string, closed: string, time: string, inside: boolean][] = [
    ['is closed from its midnight', '05-18', '2026-05-17T22:00Z', false],
    ['the day before is not', '05-18', '2026-05-17T21:59Z', true],
    ['to its end', '05-18', '2026-05-18T21:59Z', false],
    ['the day after is not', '05-18', '2026-05-18T22:00Z', true],
    ['the first of a range', '12-24..12-26', '2026-12-24T12:00Z', false],
    ['the last of a range', '12-24..12-26', '2026-12-26T12:00Z', false],
    ['the one before a range', '12-24..12-26', '2026-12-23T12:00Z', true],
    ['the one after a range', '12-24..12-26', '2026-12-27T12:00Z', true],
    ['over the new year, the old', '12-30..01-02', '2026-12-31T12:00Z', false],
    ['over the new year, the new', '12-30..01-02', '2027-01-02T12:00Z', false],
    ['over the new year, its end', '12-30..01-02', '2027-01-03T12:00Z', true],
    ['over the new year, the summer', '12-30..01-02', '2026-07-03T12:00Z', true],
    ['a leap day', '02-29', '2028-02-29T12:00Z', false],
    ['the first of March where there is none', '02-29', '2027-03-01T12:00Z', true],
    ['a range to a leap day', '02-27..02-29', '2027-02-28T12:00Z', false],
    ['and after it', '02-27..02-29', '2027-03-01T12:00Z', true],
  ];

  it.each(CLOSED)('%s: closed = %s', (_, closed, time, inside) => {
    expect(isInside(calendar('00:00-24:00', OSLO, closed), ms(time))).toBe(inside);
  });

  it('lets the window of the evening before go on, and takes its own evening away', () => {
    const nights = calendar('22:00-06:00', OSLO, '05-17');
    expect(isInside(nights, ms('2026-05-17T03:59Z'))).toBe(true);
    expect(spanAt(nights, ms('2026-05-17T04:00Z'))).toEqual({
      ...{ inside: false, fromMs: ms('2026-05-17T04:00Z'), untilMs: ms('2026-05-18T20:00Z') },
    });
  });
});

describe('a change', () => {
  const day = calendar('09:00-16:00', 'UTC');
  it.each([
    ['none inside a window', '2026-07-06T09:00Z', '2026-07-06T15:59Z', false],
    ['an opening', '2026-07-06T08:59Z', '2026-07-06T09:00Z', true],
    ['a closing', '2026-07-06T15:59Z', '2026-07-06T16:00Z', true],
    ['both, to the same side', '2026-07-06T15:59Z', '2026-07-07T09:00Z', true],
    [
      'a closing that comes again, since the clock was set back',
      '2026-07-06T16:00Z',
      '2026-07-06T15:59Z',
      true,
    ],
  ])('between two instants: %s', (_, earlier, later, changed) => {
    expect(changedBetween(day, ms(earlier), ms(later))).toBe(changed);
  });
});

describe('windows that leave nothing out', () => {
  it.each([
    ['00:00-24:00', true],
    ['00:00-23:59', false],
    ['Mon-Fri 00:00-24:00, Sat-Sun 00:00-24:00', true],
    ['Mon-Sat 00:00-24:00', false],
    ['06:00-18:00, 18:00-06:00', true],
  ])('of a week: %s is %s', (hours, all) => {
    expect(coversWeek(calendar(hours, 'UTC'))).toBe(all);
  });

  it.each([
    ['01-01..12-31', true],
    ['05-17..05-16', true],
    ['01-01..02-28, 03-01..12-31', false],
    ['05-17', false],
  ])('of a year: %s is %s', (closed, all) => {
    expect(coversYear(calendar('09:00-16:00', 'UTC', closed).closed)).toBe(all);
  });
});

/**
 * The meaning written once more, naively: each minute of a few days with what the clocks show. A
 * window opens at the first minute that shows its opening, and closes at the last one that shows
 * its closing; what no minute shows is the first minute after it.
 */
class Minutes {
  readonly startMs: number;
  /** Minutes since 1970 as the clocks show them. */
  readonly shown: readonly number[];

  constructor(zone: string, around: string) {
    this.startMs = ms(around) - 96 * HOUR;
    this.shown = Array.from({ length: 192 * 2 }, (_, half) => {
      const atMs = this.startMs + half * 30 * MINUTE;
      const local = DateTime.fromMillis(atMs, { zone });
      const shown = Math.round((atMs + local.offset * MINUTE) / MINUTE);
      return Array.from({ length: 30 }, (_, minute) => shown + minute);
    }).flat();
  }

  inside(open: readonly Window[], closed: (monthDay: string) => boolean): boolean[] {
    const inside = this.shown.map(() => false);
    const firstDay = Math.floor((this.shown[0] ?? 0) / 1440) - 1;
    for (let day = firstDay; day < firstDay + 12; day += 1) {
      const date = DateTime.fromMillis(day * 24 * HOUR, { zone: 'utc' });
      if (closed(date.toFormat('MM-dd'))) continue;
      for (const { weekdays, opens, closes } of open) {
        if (!weekdays.includes(date.weekday)) continue;
        const from = this.shown.indexOf(day * 1440 + opens);
        const to = this.shown.lastIndexOf(day * 1440 + closes);
        const [first, end] = [
          from < 0 ? this.#firstAfter(day * 1440 + opens) : from,
          to < 0 ? this.#firstAfter(day * 1440 + closes) : to,
        ];
        if (first < end) inside.fill(true, first, end);
      }
    }
    return inside;
  }

  #firstAfter(minute: number): number {
    const found = this.shown.findIndex((shown) => shown > minute);
    return found < 0 ? this.shown.length : found;
  }
}

const PLACES: readonly [zone: string, around: string][] = [
  [OSLO, '2026-03-29T01:00Z'],
  [OSLO, '2026-10-25T01:00Z'],
  [NEW_YORK, '2026-03-08T07:00Z'],
  [NEW_YORK, '2026-11-01T06:00Z'],
  [LORD_HOWE, '2026-04-04T15:00Z'],
  [LORD_HOWE, '2026-10-03T15:30Z'],
  ['UTC', '2026-12-31T23:00Z'],
  ['America/Havana', '2026-11-01T05:00Z'],
];

const minuteOfDay = fc.oneof(
  fc.integer({ min: 0, max: 1439 }),
  fc.constantFrom(0, 60, 90, 120, 135, 150, 165, 180, 1380),
);
const aWindow: fc.Arbitrary<Window> = fc
  .record({
    weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    opens: minuteOfDay,
    lasts: fc.oneof(minuteOfDay, fc.integer({ min: 1, max: 120 })),
  })
  .map(({ weekdays, opens, lasts }) => ({ weekdays, opens, closes: opens + Math.max(1, lasts) }));

it('windows mean what a naive look at every minute says', () => {
  const looked = PLACES.map(([zone, around]) => new Minutes(zone, around));
  const shut = fc.subarray(['03-07', '03-29', '04-04', '10-04', '10-25', '11-01', '01-01']);
  fc.assert(
    fc.property(
      fc.constantFrom(...PLACES.entries()),
      fc.array(aWindow, { minLength: 1, maxLength: 3 }),
      shut,
      ([index, [zone, around]], open, closed) => {
        const minutes = looked[index] ?? new Minutes(zone, around);
        const ranges = closed.map((day) => Number(day.replace('-', '')));
        const made = { windows: open, closed: ranges.map((day) => ({ from: day, to: day })), zone };
        const naive = minutes.inside(open, (day) => closed.includes(day));
        // Windows that open before the first minute or close after the last look cut off.
        for (let i = 48 * 60; i < 144 * 60; i += 1) {
          const wallMs = minutes.startMs + i * MINUTE;
          const { inside, untilMs = Infinity } = spanAt(made, wallMs);
          if (inside !== naive[i]) throw new Error(`${new Date(wallMs).toISOString()}: ${inside}`);
          const changes = naive[i + 1] !== inside;
          if (changes !== (untilMs === wallMs + MINUTE)) {
            throw new Error(`${new Date(wallMs).toISOString()}: changes ${changes}`);
          }
        }
      },
    ),
    { numRuns: process.env['LONG'] ? 5000 : 60 },
  );
});

it('an answer does not hang on what was asked before', () => {
  const instants = fc.array(fc.integer({ min: 0, max: 3 * 366 * 24 * 60 }), { maxLength: 20 });
  fc.assert(
    fc.property(instants, fc.constantFrom('02-29', '01-01..12-30'), (minutes, closed) => {
      const kept = calendar('Mon 09:00-16:00', OSLO, closed);
      for (const minute of minutes) {
        const wallMs = ms('2026-01-01T00:00Z') + minute * MINUTE;
        expect(spanAt(kept, wallMs)).toEqual(spanAt({ ...kept }, wallMs));
      }
    }),
    { numRuns: 20 },
  );
});
