import { describe, expect, it } from 'vitest';
import { parseBound, parseMoment } from '../../src/cli/moments.ts';

const ZONE = 'Europe/Oslo';
/** A Wednesday, 18:34:40 in Oslo. */
const NOW = Date.UTC(2009, 4, 13, 16, 34, 40);
/** The Sunday in spring on which 02:30 doesn't exist. */
const SPRING = Date.UTC(2009, 2, 29, 10, 0, 0);

function parsed(text: string, nowMs = NOW): string | undefined {
  const ms = parseMoment(text, nowMs, ZONE);
  return ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z');
}

describe('a moment of the past', () => {
  it.each([
    ['a time today', '14:02', '2009-05-13T12:02:00Z'],
    ['with seconds', '14:02:09', '2009-05-13T12:02:09Z'],
    ['now', '18:34:40', '2009-05-13T16:34:40Z'],
    ['a time to come today, which was yesterday', '18:35', '2009-05-12T16:35:00Z'],
    ['yesterday', 'yesterday 14:02', '2009-05-12T12:02:00Z'],
    ['today', 'today 7:30', '2009-05-13T05:30:00Z'],
    ['a weekday, as explain prints it', 'Tue 14:02:09', '2009-05-12T12:02:09Z'],
    ['the weekday of today is a week ago', 'Wednesday 14:02', '2009-05-06T12:02:00Z'],
    ['RFC 3339', '2009-05-13T14:02:00Z', '2009-05-13T14:02:00Z'],
    ['with an offset', '2009-05-13T14:02:00+02:00', '2009-05-13T12:02:00Z'],
    ['a date and a time here', '2009-05-12 14:02', '2009-05-12T12:02:00Z'],
    ['a date', '2009-05-12', '2009-05-11T22:00:00Z'],
    ['a span ago', '2h', '2009-05-13T14:34:40Z'],
    ['a longer one', '7d', '2009-05-06T16:34:40Z'],
  ])('%s', (_, text, time) => {
    expect(parsed(text)).toBe(time);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'noon'],
    ['a bare number', '45'],
    ['no time of day', '25:00'],
    ['today to come', 'today 23:00'],
    ['a date to come', '2010-01-01'],
    ['no date', '2009-02-30 12:00'],
    ['a day without a time', 'yesterday'],
  ])('is not %s', (_, text) => {
    expect(parsed(text)).toBeUndefined();
  });

  it('is not a time that the clocks skipped that day', () => {
    expect(parsed('today 02:30', SPRING)).toBeUndefined();
    expect(parsed('today 03:30', SPRING)).toBe('2009-03-29T01:30:00Z');
  });
});

describe('what a span of time begins or ends with', () => {
  const bound = (text: string) => parseBound(text, NOW, ZONE);

  it.each([
    ['a moment', 'yesterday 14:02', '2009-05-12T12:02:00.000Z'],
    ['yesterday', 'yesterday', '2009-05-11T22:00:00.000Z'],
    ['today', 'Today', '2009-05-12T22:00:00.000Z'],
    ['a weekday', 'tue', '2009-05-11T22:00:00.000Z'],
    ['the number that a line begins with', '1242232480', '2009-05-13T16:34:40.000Z'],
    ['the same as date takes it', '@1242232480', '2009-05-13T16:34:40.000Z'],
  ])('is %s', (_, text, time) => {
    expect(new Date(bound(text) ?? 0).toISOString()).toBe(time);
  });

  it.each(['', 'noon', '45', '1242232481', 'tomorrow', 'tue 25:00'])('is not %j', (text) => {
    expect(bound(text)).toBeUndefined();
  });
});
