import { describe, expect, it } from 'vitest';
import { progress } from '../../src/core/opinions.ts';
import { type Count, counted, fulfils, isDue, NO_COUNT } from '../../src/core/tarry.ts';
import type { Stamp } from '../../src/core/time.ts';
import type { Tarry } from '../../src/core/words.ts';

const at = (s: number): Stamp => ({ wallMs: 1e12 + s * 1000, boot: 'b', bootMs: s * 1000 });

/** `x` a fulfilling reading, `.` another, each ten seconds apart. */
function countOf(tarry: Tarry, readings: string): Count {
  return [...readings].reduce(
    (count, mark, i) => counted(count, tarry, mark === 'x', at(i * 10)),
    NO_COUNT,
  );
}

const three: Tarry = { kind: 'count', n: 3 };
const threeOfFive: Tarry = { kind: 'window', k: 3, n: 5 };
const twentySeconds: Tarry = { kind: 'time', ms: 20_000 };

const CASES: [sentence: string, tarry: Tarry, readings: string, due: boolean, shown: string][] = [
  ['no reading is not due', three, '', false, '0 of 3'],
  ['two in a row are one short', three, 'xx', false, '2 of 3'],
  ['three in a row are due', three, 'xxx', true, '3 of 3'],
  ['a count that went on stays due', three, 'xxxxx', true, '3 of 3'],
  ['a break ends it', three, 'xxx.', false, '0 of 3'],
  ['a break in the middle starts afresh', three, 'xx.xx', false, '2 of 3'],
  [
    'three of the first three are due before the window is full',
    threeOfFive,
    'xxx',
    true,
    '3 of 3 in 5',
  ],
  ['three of five with breaks are due', threeOfFive, 'x.x.x', true, '3 of 3 in 5'],
  ['it is due on a fulfilling reading only', threeOfFive, 'xxx.', false, '3 of 3 in 5'],
  ['what slid out of the window is gone', threeOfFive, 'xx...x', false, '2 of 3 in 5'],
  ['at the edge of the window it still counts', threeOfFive, 'xx..x', true, '3 of 3 in 5'],
  ['a time is not due on its first reading', twentySeconds, 'x', false, '0s of 20s'],
  ['a time is not due before it is over', twentySeconds, 'xx', false, '10s of 20s'],
  ['a time is due at exactly its length', twentySeconds, 'xxx', true, '20s of 20s'],
  ['a break starts a time afresh', twentySeconds, 'xxx.xx', false, '10s of 20s'],
  ['one reading is due at once for a tarry of one', { kind: 'count', n: 1 }, 'x', true, '1 of 1'],
];

describe('a tarry', () => {
  it.each(CASES)('%s', (_, tarry, readings, due, shown) => {
    const count = countOf(tarry, readings);
    expect({ due: isDue(count, tarry), shown: progress(count, tarry) }).toEqual({ due, shown });
  });
});

describe('a bound', () => {
  it.each([
    ['>' as const, 50, 50, false],
    ['>' as const, 50, 50.1, true],
    ['<' as const, 5, 5, false],
    ['<' as const, 5, 4.9, true],
    ['>=' as const, 2, 2, true],
    ['>=' as const, 2, 1.9, false],
  ])('is strict where it says so: %s %d with %d is %s', (compare, bound, value, expected) => {
    expect(fulfils({ compare, bound, tarry: three }, value)).toBe(expected);
  });
});
