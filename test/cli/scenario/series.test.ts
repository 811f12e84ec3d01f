/** The shorthand of a series: promtool's, count for count. */
import { describe, expect, it } from 'vitest';
import { parseSeries, SAMPLES_MAX } from '../../../src/cli/scenario/series.ts';

function samples(text: string): string {
  const parsed = parseSeries(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  const written = parsed.value.map((s) => (s === 'missing' ? '_' : s === 'none' ? '~' : s));
  return written.join(' ');
}

function problem(text: string): string {
  const parsed = parseSeries(text);
  return parsed.ok ? '' : parsed.problem;
}

describe('a series', () => {
  it.each([
    // The examples of promtool's documentation.
    ['-2+4x3', '-2 2 6 10'],
    ['1-2x4', '1 -1 -3 -5 -7'],
    ['1x4', '1 1 1 1 1'],
    ['1 _x3 5', '1 _ _ _ 5'],
    ['10+10x2 30+20x5', '10 20 30 30 50 70 90 110 130'],
    // And beyond them.
    ['0x3', '0 0 0 0'],
    ['5x0', '5'],
    ['_', '_'],
    ['1 ~ 2', '1 ~ 2'],
    ['1 ~x2 2', '1 ~ ~ 2'],
    ['0.1+0.1x2', '0.1 0.2 0.3'],
    ['+3 -3', '3 -3'],
    ['1   2\t3', '1 2 3'],
  ])('%s is %s', (text, expanded) => {
    expect(samples(text)).toBe(expanded);
  });

  it.each([
    ['60+5', '“60+5” has no count: 60+5x10 is 10 more, each +5'],
    ['30, 40', '“30,” holds a comma: the values of a series are separated by blanks'],
    ['1 stale', '“stale” has no meaning here: _ is a missing reading, ~ none at all'],
    ['1 x3', '“x3” repeats nothing: write it right behind its value, 30x4'],
    ['_x0', '“_x0” is nothing: _x3 is three of them'],
    ['~x4', 'holds no reading'],
    ['1x999999', `comes to more than ${SAMPLES_MAX} readings`],
    ['1x49999 1', `comes to more than ${SAMPLES_MAX} readings`],
  ])('%s is wrong', (text, said) => {
    expect(problem(text)).toBe(said);
  });

  it.each(['1e3', '0x', '1x-2', '1+x3', '0X3', 'NaN', '_+1x2', '1.5.2', '٣', '1x3x3', '$(id)'])(
    '%s is wrong, and told how it is written',
    (text) => {
      expect(problem(text)).toContain('is no part of a series: values are 30, 30x4 (five of it)');
    },
  );

  it('may be as long as its bound', () => {
    expect(parseSeries(`1x${SAMPLES_MAX - 1}`).ok).toBe(true);
  });
});
