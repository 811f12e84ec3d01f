import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeOf } from '../../../src/sink/formats/time-stamp.ts';

describe('a time stamp', () => {
  test.each([
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
    ['1985-04-12T19:20:50.52-04:00', '1985-04-12T23:20:50.520Z'],
    ['2003-10-11T22:14:15.003Z', '2003-10-11T22:14:15.003Z'],
    ['2003-08-24T05:14:15.000003-07:00', '2003-08-24T12:14:15.000Z'],
    ['2024-02-29T00:00:00+05:45', '2024-02-28T18:15:00.000Z'],
    ['2026-12-31T23:59:59.999999Z', '2026-12-31T23:59:59.999Z'],
  ])('%s', (text, time) => {
    expect(new Date(timeOf(text) ?? Number.NaN).toISOString()).toBe(time);
  });

  test.each([
    ['2003-08-24T05:14:15.000000003-07:00'],
    ['2003-08-24t05:14:15z'],
    ['0099-08-24T05:14:15Z'],
    ['2003-08-24 05:14:15Z'],
    ['2003-08-24T05:14:15'],
    ['2003-08-24T05:14:15.Z'],
    ['2023-02-29T00:00:00Z'],
    ['2023-00-10T00:00:00Z'],
    ['2023-13-10T00:00:00Z'],
    ['2023-01-00T00:00:00Z'],
    ['2023-01-32T00:00:00Z'],
    ['2023-01-01T24:00:00Z'],
    ['2023-01-01T00:60:00Z'],
    ['2023-01-01T00:00:60Z'],
    ['2023-01-01T00:00:00+24:00'],
    ['2023-01-01T00:00:00+00:60'],
  ])('is not %s', (text) => {
    expect(timeOf(text)).toBeUndefined();
  });

  test('is read as Node reads it', () => {
    const date = fc.date({
      min: new Date('0100-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (time) => {
        expect(timeOf(time.toISOString())).toBe(time.getTime());
      }),
    );
  });
});
