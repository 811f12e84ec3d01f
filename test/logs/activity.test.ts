/** Who asked how often and who was where, from the texts alone. */
import { describe, expect, it } from 'vitest';
import { type Activity, ActivityOf, hourly, occupancy } from '../../src/logs/activity.ts';
import { readLine } from '../../src/logs/read.ts';
import { madeLines, textLine } from '../support/made-logs.ts';

const HOUR_S = 3600;
/** A full hour. */
const FROM_S = 1_242_230_400;

/** Lines as `HOURS GUEST: TEXT [FIELDS]`. */
function activity(...lines: readonly string[]): Activity {
  const whole = new ActivityOf();
  for (const line of lines) {
    const [, hours = '', said = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    const epochS = FROM_S + Number(hours) * HOUR_S;
    const text = `${epochS} Wed May 13 18:34:40 CEST 2009 ${said}`;
    whole.take(readLine(Buffer.from(text), 'text').line());
  }
  return whole.whole();
}

/** `mln1 0-2` for each stay, in hours. */
function stays(...lines: readonly string[]): string[] {
  const [guest] = activity(...lines).guests;
  const hours = (ms: number) => (ms / 1000 - FROM_S) / HOUR_S;
  return (guest?.stays ?? []).map(
    ({ host, fromMs, toMs }) => `${host} ${hours(fromMs)}-${hours(toMs)}`,
  );
}

describe('where a guest was', () => {
  it.each<[string, string[], string[]]>([
    ['is told by its arrival', ['0 a: Arrived at mln2 after 3 s', '2 a: x'], ['mln2 0-2']],
    [
      'before its first arrival where it came from',
      [
        '0 a: Starting VMManage',
        '1 a: Arrived at mln2 after 31 s, frozen 3.9 s [from=mln1 to=mln2]',
        '2 a: x',
      ],
      ['mln1 0-1', 'mln2 1-2'],
    ],
    [
      'by a request where it is',
      ['0 a: Requesting migration of VM: just moving [from=mln1 to=mln2]', '2 a: x'],
      ['mln1 0-2'],
    ],
    [
      'after a failed move as before it',
      ['0 a: Now using mln1', '1 a: Move to mln2 failed: no [from=mln1 to=mln2]', '2 a: x'],
      ['mln1 0-2'],
    ],
    [
      'unknown while nobody can say',
      [
        '0 a: Now using mln1',
        '1 a: Unconfirmed: mln1: no [to=mln2]',
        '2 a: Arrived at mln2 after 1 s',
        '3 a: x',
      ],
      ['mln1 0-1', 'mln2 2-3'],
    ],
    [
      'when others moved it',
      [
        '0 a: Now using mln1',
        '1 a: Moved by others: arrived at mln3 [from=mln1 to=mln3]',
        '2 a: x',
      ],
      ['mln1 0-1', 'mln3 1-2'],
    ],
    [
      'in MLN by the project that it uses',
      ['0 nii3: Now using nii3.2.mln', '1 nii3: x'],
      ['2 0-1'],
    ],
    ['by no other program’s text', ['0 a: cron[3]: Arrived at work', '2 a: x'], []],
  ])('%s', (_, lines, expected) => {
    expect(stays(...lines)).toEqual(expected);
  });
});

describe('requests', () => {
  const request = (at: number) =>
    `${at} a: Requesting migration of VM: just moving [from=m1 to=m2]`;

  it('are counted by hours of the clock', () => {
    const whole = activity('0.5 a: x', ...[0.6, 0.9, 2, 2.99, 3].map(request), '4.5 a: x');
    expect(hourly(whole.guests[0]?.requestsMs ?? [], whole)).toEqual([2, 0, 2, 1, 0]);
  });

  it('of a span of centuries ask for no array of its hours', () => {
    const whole = { ...activity(request(0)), toMs: 1e15 };
    expect(hourly([], whole).length).toBeLessThanOrEqual(200_000);
  });
});

describe('guests per host', () => {
  it('are averages over time', () => {
    const whole = activity(
      '0 a: Now using m1',
      '0 b: Now using m1',
      '3 b: Arrived at m2 after 1 s',
      '4 a: x',
    );
    expect([...occupancy(whole, 2)]).toEqual([
      ['m1', [2, 1.5]],
      ['m2', [0, 0.5]],
    ]);
  });

  it('sum up to all guests whose place is known', () => {
    const whole = new ActivityOf();
    const made = madeLines({
      guests: 9,
      hosts: 4,
      fromS: FROM_S,
      toS: FROM_S + 86_400,
      everyS: 1800,
    });
    for (const line of made) whole.take(readLine(Buffer.from(textLine(line)), 'text').line());
    const parts = [...occupancy(whole.whole(), 24).values()];
    // In the first hour guests come in; from then on each is somewhere.
    for (let part = 1; part < 24; part += 1) {
      expect(parts.reduce((sum, values) => sum + (values[part] ?? 0), 0)).toBeCloseTo(9, 6);
    }
  });
});

it('guests come in the order that people count in', () => {
  const names = activity('0 nii10: x', '0 nii2: x', '0 db: x').guests.map(({ name }) => name);
  expect(names).toEqual(['db', 'nii2', 'nii10']);
});

it('a client that thinks of ever new names is bounded, and what is left out is counted', () => {
  const whole = new ActivityOf();
  for (let n = 0; n < 10_000; n += 1) {
    whole.take(
      readLine(Buffer.from(`${FROM_S} Wed May 13 18:34:40 CEST 2009 g${n}: x`), 'text').line(),
    );
  }
  expect(whole.whole()).toMatchObject({ left: 2000 });
  expect(whole.whole().guests).toHaveLength(2000);
});
