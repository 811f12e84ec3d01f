/** Moments of a scenario, after its start and on its clock, at the changes of the clocks too. */
import { describe, expect, it } from 'vitest';
import {
  type Axis,
  momentText,
  offsetText,
  parseStart,
  parseWhen,
} from '../../../src/cli/scenario/moments.ts';

const HOUR = 3_600_000;

/** From the first moment to the last, in Oslo. */
function axis(start: string, hours: number): Axis {
  const startMs = Date.parse(start);
  return { startMs, endMs: startMs + hours * HOUR, zone: 'Europe/Oslo', dated: true };
}

/** Monday 08:00 in Oslo, for a day. */
const MONDAY = axis('2026-01-05T07:00Z', 24);
const UNDATED = { ...MONDAY, dated: false };

function when(text: string, on = MONDAY): string {
  const parsed = parseWhen(text, on);
  if (!parsed.ok) return parsed.problem;
  const { fromMs, toMs } = parsed.value;
  const [from, to] = [fromMs, toMs].map((ms) => offsetText(ms - on.startMs));
  return from === to ? `${from}` : `${from} to ${to}`;
}

describe('a moment', () => {
  it.each([
    ['0', '0m'],
    ['0m', '0m'],
    ['35m', '35m'],
    ['90m', '1h30m'],
    ['1h30m', '1h30m'],
    ['90s', '1m30s'],
    ['1.5h', '1h30m'],
    ['1d', '1d'],
    ['500ms', '500ms'],
    ['08:00', undefined],
    ['17:00', '9h'],
    ['17:00:30', '9h30s'],
    ['Mon 17:00', '9h'],
    ['mon 17:00', '9h'],
    ['Tue 07:59', '23h59m'],
    ['2026-01-06 00:00', '16h'],
    ['Tue 2026-01-06T00:00', '16h'],
    ['17:00+01:00', '9h'],
    ['5m..35m', '5m to 35m'],
    ['5m..17:00', '5m to 9h'],
    ['5m..', '5m to 1d'],
    ['..5m', '0m to 5m'],
    ['', '0m to 1d'],
  ])('%s', (text, expected) => {
    if (expected !== undefined) expect(when(text)).toBe(expected);
    else expect(when(text)).toContain('08:00” comes more than once');
  });

  it.each([
    ['35', '“35” has no unit: write 35m or 35s'],
    ['25h', '“25h” lies outside the series, which goes from 0m to 1d'],
    ['30m1h', '“30m1h” is no moment such as 35m, 1h30m, 17:00 or Mon 17:00'],
    ['noon', '“noon” is no moment such as 35m, 1h30m, 17:00 or Mon 17:00'],
    ['10m..5m', '“10m..5m” ends before it begins'],
    ['1m..2m..3m', '“1m..2m..3m” is no span such as 5m..35m'],
    ['..', '“..” is no span such as 5m..35m'],
    ['24:00', '“24:00” is no time of a day'],
    ['Mo 17:00', '“Mo 17:00” is no moment such as 35m, 1h30m, 17:00 or Mon 17:00'],
    ['Moo 17:00', '“Moo” is not a day: Mon, Tue, Wed, Thu, Fri, Sat, Sun'],
    ['2026-02-30 17:00', "“2026-02-30” is a day that there isn't"],
    ['Tue 2026-01-05 17:00', '2026-01-05 is a Mon, not a Tue'],
    [
      '2026-01-07 17:00',
      "“2026-01-07 17:00” doesn't come in the series, which goes from 2026-01-05 08:00+01:00 to 2026-01-06 08:00+01:00 (Europe/Oslo)",
    ],
    [
      '08:00',
      '“08:00” comes more than once: write 2026-01-05 08:00+01:00 or 2026-01-06 08:00+01:00',
    ],
  ])('%s is wrong', (text, problem) => {
    expect(when(text)).toBe(problem);
  });

  it('of the clock means nothing where the test doesn’t say when it begins', () => {
    expect(when('17:00', UNDATED)).toContain('start = Mon 2026-01-05 08:00');
    expect(when('35m', UNDATED)).toBe('35m');
  });
});

describe('when the clocks change', () => {
  const forward = axis('2026-03-29T00:00Z', 6);
  const back = axis('2026-10-25T00:00Z', 6);

  it.each([
    ['a time that doesn’t exist never comes', '02:30', forward, "“02:30” doesn't come in"],
    ['the first one that does is an hour after the start', '03:00', forward, '1h'],
    ['a time that comes twice is ambiguous', '02:30', back, '“02:30” comes more than once'],
    ['its first coming', '02:30+02:00', back, '30m'],
    ['its second coming', '02:30+01:00', back, '1h30m'],
    ['another offset than the zone has', '02:30Z', back, "“02:30Z” doesn't come in"],
    ['after it', '03:00', back, '2h'],
  ])('%s', (_, text, on, expected) => {
    expect(when(text, on)).toContain(expected);
  });
});

describe('a start', () => {
  const start = (text: string) => {
    const parsed = parseStart(text, 'Europe/Oslo');
    return parsed.ok ? new Date(parsed.value).toISOString() : parsed.problem;
  };

  it.each([
    ['Mon 2026-01-05 08:00', '2026-01-05T07:00:00.000Z'],
    ['2026-07-05 08:00', '2026-07-05T06:00:00.000Z'],
    ['2026-10-25 02:30+02:00', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25 02:30+01:00', '2026-10-25T01:30:00.000Z'],
    [
      '2026-10-25 02:30',
      '“2026-10-25 02:30” comes twice, as the clocks go back: write 2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00',
    ],
    ['2026-03-29 02:30', "“2026-03-29 02:30” is a time that there isn't in Europe/Oslo"],
    ['08:00', '“08:00” is no moment such as Mon 2026-01-05 08:00'],
    ['Sun 2026-01-05 08:00', '2026-01-05 is a Mon, not a Sun'],
  ])('%s', (text, expected) => {
    expect(start(text)).toBe(expected);
  });
});

it('a moment is shown with its clock where the test has one', () => {
  expect(momentText(MONDAY.startMs + 90_000, MONDAY)).toBe('1m30s (Mon 08:01:30)');
  expect(momentText(UNDATED.startMs + HOUR, UNDATED)).toBe('1h');
});
