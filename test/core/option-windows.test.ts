import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedDays, windows, zone } from '../../src/core/option-windows.ts';
import type { OptionType } from '../../src/core/options.ts';

type Row = [sentence: string, type: OptionType<unknown>, text: string, expected: unknown];

const ALL = [1, 2, 3, 4, 5, 6, 7];

const GOOD: readonly Row[] = [
  [
    'days with hours',
    windows,
    'Mon-Fri 09:00-16:00',
    [{ weekdays: [1, 2, 3, 4, 5], opens: 540, closes: 960 }],
  ],
  ['one day', windows, 'Sat 10:00-14:30', [{ weekdays: [6], opens: 600, closes: 870 }]],
  ['no day: every day', windows, '9:05-16:00', [{ weekdays: ALL, opens: 545, closes: 960 }]],
  [
    'several',
    windows,
    'Mon 00:00-24:00 , tue 01:00 - 02:00',
    [
      { weekdays: [1], opens: 0, closes: 1440 },
      { weekdays: [2], opens: 60, closes: 120 },
    ],
  ],
  [
    'over midnight',
    windows,
    'Fri-Sat 22:00-06:00',
    [{ weekdays: [5, 6], opens: 1320, closes: 1800 }],
  ],
  ['to midnight', windows, 'Fri 22:00-00:00', [{ weekdays: [5], opens: 1320, closes: 1440 }]],
  [
    'over the weekend',
    windows,
    'Fri-Mon 09:00-16:00',
    [{ weekdays: [5, 6, 7, 1], opens: 540, closes: 960 }],
  ],
  ['a day of the year', closedDays, '05-17', [{ from: 517, to: 517 }]],
  [
    'days and ranges',
    closedDays,
    '5-1, 12-24..12-26, 12-31 .. 01-02',
    [
      { from: 501, to: 501 },
      { from: 1224, to: 1226 },
      { from: 1231, to: 102 },
    ],
  ],
  ['the leap day', closedDays, '02-29', [{ from: 229, to: 229 }]],
  ['a zone', zone, 'Europe/Oslo', 'Europe/Oslo'],
  ['UTC', zone, 'UTC', 'UTC'],
];

const BAD: readonly Row[] = [
  ['nothing', windows, '', 'holds an empty entry'],
  ['a comma too many', windows, '09:00-16:00,', 'holds an empty entry'],
  ['days without hours', windows, 'Mon, Wed 09:00-16:00', '“Mon” is not a window such as'],
  ['hours without minutes', windows, 'Mon-Fri 9-16', '“Mon-Fri 9-16” is not a window such as'],
  ['an end that is missing', windows, 'Mon-Fri 09:00', 'is not a window such as'],
  ['equal ends', windows, 'Mon 09:00-09:00', '“Mon 09:00-09:00” opens and closes at once'],
  ['equal ends at midnight', windows, '00:00-00:00', 'a whole day is 00:00-24:00'],
  ['a day that nobody knows', windows, 'Man 09:00-16:00', '“Man” is not a day'],
  ['a last day that nobody knows', windows, 'Mon-Fry 09:00-16:00', '“Fry” is not a day'],
  ['an hour too late', windows, '09:00-24:01', '“24:01” is not a time of day from 00:00 to 24:00'],
  ['a minute too many', windows, '09:60-16:00', '“09:60” is not a time of day'],
  ['an opening at the end of the day', windows, '24:00-06:00', 'that is 00:00 a day later'],
  ['too many', windows, Array(101).fill('09:00-16:00').join(), 'holds more than 100 windows'],
  ['a month too late', closedDays, '13-01', '“13-01” is not a month and a day of it'],
  ['a day too late', closedDays, '02-30', '“02-30” is not a month and a day of it'],
  ['no such day of a short month', closedDays, '04-31', '“04-31” is not a month and a day of it'],
  ['the zeroth', closedDays, '01-00', '“01-00” is not a month and a day of it'],
  ['a range with one end', closedDays, '12-24..', 'is not a day such as 05-17'],
  ['a range whose end is wrong', closedDays, '12-24..12-32', '“12-32” is not a month and a day'],
  ['a date with its year', closedDays, '2026-05-17', '“2026-05-17” is not a day such as'],
  ['a zone of Mars', zone, 'Mars/Olympus', '“Mars/Olympus” is not a time zone such as Europe/Oslo'],
  ['a long zone', zone, 'E'.repeat(5000), 'is not a time zone'],
];

describe('windows, closed days and zones', () => {
  it.each(GOOD)('take %s', (_, type, text, value) => {
    expect(type.parse(text)).toEqual({ ok: true, value });
  });

  it.each(BAD)('refuse %s', (_, type, text, problem) => {
    const parsed = type.parse(text);
    expect(parsed.ok ? 'taken' : parsed.problem).toContain(problem);
  });

  it('never throw, whatever they are given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        for (const type of [windows, closedDays, zone]) {
          expect(typeof type.parse(text).ok).toBe('boolean');
        }
      }),
    );
  });
});
