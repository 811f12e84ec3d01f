/** Which readings cross a bound: once for each crossing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeBound } from '../../../src/core/option-shapes.ts';
import { Crossings } from '../../../src/daemon/provider/crossings.ts';

const bound = (compare: '>' | '<', of: number, probe = 'cpu'): ProbeBound => ({
  ...{ probe, compare, bound: of },
});

function crossed(bounds: readonly ProbeBound[], values: readonly number[], hysteresis = 0.1) {
  const crossings = new Crossings(bounds, hysteresis);
  return values.map((value) => crossings.note({ probe: 'cpu', value }).join(' '));
}

describe('a crossing', () => {
  it.each<[string, ProbeBound, number[], string[]]>([
    ['is the first reading beyond', bound('>', 90), [80, 91, 95], ['', '> 90', '']],
    ['is none at the bound itself', bound('>', 90), [90, 90.1], ['', '> 90']],
    ['may be the very first reading', bound('<', 5), [4], ['< 5']],
    ['isn’t another within the hysteresis', bound('>', 90), [91, 81.1, 91], ['> 90', '', '']],
    ['is another from its end on', bound('>', 90), [91, 81, 91], ['> 90', '', '> 90']],
    [
      'of a lower bound is back above it',
      bound('<', 5),
      [4, 5.4, 4, 5.5, 4],
      ['< 5', '', '', '', '< 5'],
    ],
    [
      'of a bound below zero too',
      bound('>', -10),
      [-9, -10.9, -9, -11, -9],
      ['> -10', '', '', '', '> -10'],
    ],
    ['of 0 is back at 0', bound('>', 0), [1, 0, 1], ['> 0', '', '> 0']],
    ['is none for another probe', bound('>', 90, 'mem'), [91], ['']],
  ])('%s', (_, each, values, expected) => {
    expect(crossed([each], values)).toEqual(expected);
  });

  it('of several bounds at once names each', () => {
    expect(crossed([bound('>', 80), bound('>', 90), bound('<', 5)], [95, 1])).toEqual([
      '> 80 > 90',
      '< 5',
    ]);
  });

  it('happens as often as the values leave the bound and come back, whatever they are', () => {
    const values = fc.array(fc.integer({ min: 70, max: 100 }));
    fc.assert(
      fc.property(values, (all) => {
        // Only what is beyond (>90) and what is back (≤81) tells; then count how often it changes to beyond.
        const sides = all.filter((value) => value > 90 || value <= 81).map((value) => value > 90);
        const changes = sides.filter((side, i) => side && sides[i - 1] !== true).length;
        const found = crossed([bound('>', 90)], all).filter((each) => each !== '');
        expect(found).toHaveLength(changes);
      }),
    );
  });
});
