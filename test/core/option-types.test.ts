import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  argv,
  budget,
  condition,
  hostList,
  limit,
  list,
  tarry,
} from '../../src/core/option-shapes.ts';
import {
  choice,
  duration,
  durationText,
  durationWithin,
  hostName,
  integer,
  number,
  orOff,
  path,
  pattern,
  size,
  text,
  yesNo,
} from '../../src/core/option-types.ts';
import type { OptionType } from '../../src/core/options.ts';

// biome-ignore lint/suspicious/noExplicitAny: the table mixes types of values.
type Row = [why: string, type: OptionType<any>, text: string, expected: unknown];

const port = integer({ min: 1, max: 65_535 });
const day = durationWithin({ min: 1000, max: 86_400_000 });

const GOOD: readonly Row[] = [
  ['a bare number is seconds', duration, '45', 45_000],
  ['seconds', duration, '45s', 45_000],
  ['minutes', duration, '5m', 300_000],
  ['hours, with a blank before the unit', duration, '1 h', 3_600_000],
  ['days', duration, '7d', 604_800_000],
  ['milliseconds', duration, '500ms', 500],
  ['a fraction', duration, '1.5h', 5_400_000],
  ['no time at all', duration, '0', 0],
  ['the shortest that is allowed', day, '1s', 1000],
  ['the longest that is allowed', day, '24h', 86_400_000],
  ['off where off is allowed', orOff(duration), 'off', undefined],
  ['a value where off is allowed', orOff(duration), '5m', 300_000],
  ['bytes', size, '512', 512],
  ['mebibytes', size, '64M', 67_108_864],
  ['mebibytes in full', size, '64 MiB', 67_108_864],
  ['a negative number', number(), '-0.5', -0.5],
  ['the smallest port', port, '1', 1],
  ['the largest port', port, '65535', 65_535],
  ['yes', yesNo, 'yes', true],
  ['off is no', yesNo, 'off', false],
  ['a word of the choice', choice('delta', 'value'), 'value', 'value'],
  ['text of a shape', pattern(/^\w+$/, 'a variable'), 'Slow_queries', 'Slow_queries'],
  ['a list with blanks', list, ' a,b , c d', ['a', 'b', 'c d']],
  [
    'hosts, one of them a number',
    hostList,
    'xen1, 2, mln1.example.org',
    ['xen1', '2', 'mln1.example.org'],
  ],
  ['an absolute path', path, '/var/lib/vmmanage', '/var/lib/vmmanage'],
  ['words', argv, ' ssh  {to} -- go ', ['ssh', '{to}', '--', 'go']],
  ['words in both quotes', argv, `a 'b c' "d 'e'" f"g h"`, ['a', 'b c', "d 'e'", 'fg h']],
  ['an empty word', argv, `a ''`, ['a', '']],
  ['a shell’s signs mean nothing', argv, 'a $B `c` *|', ['a', '$B', '`c`', '*|']],
  ['a limit', limit, '6/24h', { n: 6, spanMs: 86_400_000 }],
  ['a budget', budget, '2.50 / day', { perDay: 2.5 }],
  ['a bare number of readings', tarry, '3', { kind: 'count', n: 3 }],
  ['some of the last readings', tarry, '3/5', { kind: 'window', k: 3, n: 5 }],
  ['all of the last readings', tarry, '5/5', { kind: 'window', k: 5, n: 5 }],
  ['a unit makes it a time', tarry, '2m', { kind: 'time', ms: 120_000 }],
  [
    'a condition',
    condition,
    '> 50 for 3',
    {
      compare: '>',
      bound: 50,
      tarry: { kind: 'count', n: 3 },
    },
  ],
  [
    'a condition without blanks',
    condition,
    '<0.5 for 3/5',
    {
      compare: '<',
      bound: 0.5,
      tarry: { kind: 'window', k: 3, n: 5 },
    },
  ],
];

const BAD: readonly Row[] = [
  ['no text', text, '', 'is empty'],
  ['a unit nobody knows', duration, '5y', '“5y” is not a duration such as 45s, 5m, 1h or 7d'],
  ['a negative duration', duration, '-5', 'is not a duration'],
  ['an absurd duration', duration, '999999999999d', 'is not between 0s and'],
  ['just too short', day, '999ms', '999ms is not between 1s and 1d'],
  ['just too long', day, '86401s', '86401s is not between 1s and 1d'],
  ['neither off nor a value', orOff(duration), 'never', '(or off)'],
  ['a size with a strange unit', size, '64X', 'is not a size such as 512K, 64M or 2G'],
  ['an absurd size', size, '99999T', 'is not between 0 and 1T'],
  ['infinity', number(), 'Infinity', 'is not a number'],
  ['not a number', number(), 'NaN', 'is not a number'],
  ['an exponent', number(), '1e400', 'is not a number'],
  ['a fraction where none is allowed', port, '1.5', 'is not a whole number'],
  ['a port below the first', port, '0', '0 is not between 1 and 65535'],
  ['a port above the last', port, '65536', '65536 is not between 1 and 65535'],
  ['perhaps', yesNo, 'perhaps', 'is neither yes nor no'],
  ['a word outside the choice', choice('a', 'b'), 'c', '“c” is not a or b'],
  ['an empty list', list, '', 'is an empty list'],
  ['a comma too many', list, 'a,,b', 'holds an empty entry'],
  ['an entry twice', list, 'a, b, a', 'names “a” twice'],
  [
    'a host that looks like an option',
    hostList,
    'a, -oProxyCommand=x',
    'is not the name of a host',
  ],
  ['a host with a slash', hostName, 'a/b', 'is not the name of a host'],
  ['a relative path', path, 'etc/x', 'is not an absolute path'],
  ['a path that climbs', path, '/var/../etc', 'holds “..”'],
  ['an open quote', argv, `ssh "a b`, 'has a quote that is never closed'],
  ['no words', argv, '  ', 'names no program'],
  ['an empty program', argv, `'' a`, 'names no program'],
  ['a budget of a week', budget, '5/week', 'is not an amount per day such as 5/day'],
  ['a budget below none', budget, '-1/day', '-1 is not between 0 and'],
  ['a limit without a span', limit, '6', 'is not a number per span such as 6/24h'],
  ['a limit of none', limit, '0/24h', '0 is not between 1 and'],
  ['a limit over no span', limit, '6/0s', 'its span 0s is not between 1s and 31d'],
  ['no readings', tarry, '0', '0 is not between 1 and'],
  ['more than there are', tarry, '4/3', '4 of 3 readings can never be'],
  ['none of some', tarry, '0/3', '0 is not between 1 and'],
  ['a tarry of no time', tarry, '0s', 'a tarry of no time'],
  ['a fraction of readings', tarry, '2.5x', 'is not a tarry such as'],
  ['a condition without a tarry', condition, '> 50', 'is not a condition; expected > or <'],
  ['a comparison that is not strict', condition, '>= 50 for 3', 'there is no >='],
];

describe('option types', () => {
  it.each(GOOD)('take %s', (_, type, text, value) => {
    expect(type.parse(text)).toEqual({ ok: true, value });
  });

  it.each(BAD)('refuse %s', (_, type, text, problem) => {
    const parsed = type.parse(text);
    expect(parsed.ok ? 'taken' : parsed.problem).toContain(problem);
  });

  it('never throw, whatever they are given', () => {
    const types = [...new Set([...GOOD, ...BAD].map(([, type]) => type))];
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(types.every((type) => typeof type.parse(text).ok === 'boolean')).toBe(true);
      }),
    );
  });

  it('refuse an open quote after a long word without searching for ever', () => {
    expect(argv.parse(`${'a'.repeat(4000)}'`).ok).toBe(false);
  });

  it('read a duration back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e11 }), (ms) => {
        expect(duration.parse(durationText(ms))).toEqual({ ok: true, value: ms });
      }),
    );
  });
});
