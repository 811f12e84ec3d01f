/** Text, times, Nagios' line, and making what others said printable. */
import { describe, expect, it } from 'vitest';
import { clean, jsonText } from '../../../src/cli/render/clean.ts';
import { checkLine, renderCheck } from '../../../src/cli/render/nagios.ts';
import { noticeText } from '../../../src/cli/render/notice.ts';
import { flow, ordinal, table } from '../../../src/cli/render/text.ts';
import { ago, limitSpan, moment } from '../../../src/cli/render/times.ts';
import { quantity } from '../../../src/core/text.ts';
import { BLOCKED, CONTENT, TROUBLED } from '../support/reports.ts';

describe('clean', () => {
  it('leaves no control character in any text of an answer', () => {
    const evil = { a: ['\x1b[2J', 'a\nb'], 'k\x07': '\u202egnp', n: 1, no: null };
    const text = JSON.stringify(clean(evil));
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(clean(evil).n).toBe(1);
  });

  it('cuts what is endless', () => {
    expect(clean('x'.repeat(5000))).toHaveLength(1001);
  });
});

describe('JSON', () => {
  it('means the same, and is obeyed by no terminal', () => {
    const value = { a: '\x1b[2J\u009b1m\u202e\u2028é\u{e0001}', b: ['→'] };
    const text = jsonText(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\u2028]/u);
    expect(text).toContain('→');
  });
});

describe('flow', () => {
  it.each([
    ['puts side by side what fits', ['aa', 'bb'], 7, ['aa · bb']],
    ['breaks before what does not', ['aa', 'bb'], 6, ['aa ·', 'bb']],
    ['breaks a long part at its blanks', ['aa bb cc'], 5, ['aa bb', 'cc']],
    ['leaves a long word whole', ['aaaaaaaa', 'b'], 4, ['aaaaaaaa ·', 'b']],
    ['has no lines for no parts', [], 4, []],
  ] as const)('%s', (_, parts, width, lines) => {
    expect(flow(parts, ' · ', width)).toEqual(lines);
  });
});

it('a table’s columns stand under each other', () => {
  expect(
    table([
      ['A', 'BB', 'C'],
      ['aaa', 'b', ''],
    ]),
  ).toBe('A    BB  C\naaa  b');
});

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [13, '13th'],
  [22, '22nd'],
  [111, '111th'],
])('%i is %s', (n, text) => {
  expect(ordinal(n)).toBe(text);
});

it.each([
  [76, '/min', '76/min'],
  [0.1 + 0.2, '', '0.3'],
  [12, 'workers', '12 workers'],
  [40, '%', '40%'],
])('%d of unit “%s” is %s', (value, unit, text) => {
  expect(quantity(value, unit)).toBe(text);
});

describe('a moment', () => {
  const here = { now: '2009-05-13T16:34:40.000Z', zone: 'Europe/Oslo' };
  it.each([
    ['today is a time of day, in the zone', '2009-05-13T01:24:11.000Z', '03:24:11'],
    ['of yesterday has its weekday', '2009-05-12T12:02:10.000Z', 'Tue 14:02:10'],
    ['late yesterday in UTC may be today', '2009-05-12T22:30:00.000Z', '00:30:00'],
    ['of tomorrow has its weekday', '2009-05-14T05:00:00.000Z', 'Thu 07:00:00'],
    ['a week ago has its date', '2009-05-06T12:00:00.000Z', '2009-05-06 14:00:00'],
    ['that is none stays as it is', 'soon', 'soon'],
  ])('%s', (_, time, text) => {
    expect(moment(time, here)).toBe(text);
  });

  it('is never ahead of now by its age', () => {
    expect(ago('2009-05-13T16:34:41.000Z', here.now)).toBe('0s');
  });
});

it.each([
  [86_400_000, '24h'],
  [7 * 86_400_000, '7d'],
  [90_000, '1m30s'],
])('a limit over %i ms is over %s', (ms, text) => {
  expect(limitSpan(ms)).toBe(text);
});

describe('Nagios’ line', () => {
  it('is OK where all is well', () => {
    expect(renderCheck(CONTENT)).toEqual({
      line: "VMMANAGE OK - db7 at xen3, slow 76/min, 4 moves in 24h|'probe_slow'=76 'moves'=4;;;0;6 'spool'=0 'dropped'=0c",
      status: 0,
    });
  });

  it('warns of everything that is amiss', () => {
    const { line, status } = renderCheck(TROUBLED);
    expect(status).toBe(1);
    expect(line).toMatch(/^VMMANAGE WARNING - probe slow is failing: no server .*; paused: rest/);
    expect(line).toMatch(
      /sink is away, 12 records queued; nobody knows .*; the last reload failed/,
    );
  });

  it.each([
    ['passive', { ...CONTENT, mode: 'passive' as const }, 1],
    ['a sink away with nothing to send', { ...CONTENT, sink: { ...away(), queued: 0 } }, 0],
    ['a sink away with a queue', { ...CONTENT, sink: away() }, 1],
    ['a request under way', { ...CONTENT, request: { ...open(), phase: 'migrating' } }, 0],
    ['a request that nobody can confirm', BLOCKED, 2],
  ])('gives %s the status %#', (_, report, status) => {
    expect(renderCheck(report).status).toBe(status);
  });

  it('lets no bar of a message begin the performance data', () => {
    expect(checkLine('critical', 'a|b').line).toBe('VMMANAGE CRITICAL - a/b');
  });
});

function away() {
  return { url: 'tcp://h:1', connected: false, queued: 1, dropped: 0 };
}

function open() {
  if (!BLOCKED.request) throw new Error('no request');
  return BLOCKED.request;
}

it('a notice of the sink is one line', () => {
  const notice = { level: 'warn', text: 'not accepted', fields: { error: 'a\nb' } } as const;
  expect(noticeText(notice)).toBe('warn: not accepted error=a\\u{a}b');
});
