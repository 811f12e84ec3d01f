/** The bounds that are proposed from one reading: on the right sides of it, and as a conf takes them. */
import { describe, expect, it } from 'vitest';
import { idleGuess, sufferingGuess } from '../../../src/cli/init/propose.ts';
import { condition } from '../../../src/core/option-shapes.ts';

describe.each([
  ['twice as many slow queries', 26, '/min', 'high', '> 52 for 3', '< 13 for 20'],
  ['half as many idle workers', 7, 'workers', 'low', '< 3.5 for 3', '> 14 for 20'],
  ['half the way to all of it', 16.333, '%', 'high', '> 58 for 3', '< 8.2 for 20'],
  ['less than all of it', 99.8, '%', 'high', '> 99 for 3', '< 50 for 20'],
  ['less than all of it', 99.8, '%', 'low', '< 50 for 3', '> 99 for 20'],
  ['twice a share of more', 120, '%', 'high', '> 240 for 3', '< 60 for 20'],
  ['a share that is good when it is high', 90, '%', 'low', '< 45 for 3', '> 95 for 20'],
  ['a small number', 0.0042, 's', 'high', '> 0.0084 for 3', '< 0.0021 for 20'],
  ['a big number', 123_456, '', 'high', '> 250000 for 3', '< 62000 for 20'],
] as const)('%s', (_, value, unit, worse, suffering, idle) => {
  it(`from ${value}${unit}: ${suffering}, ${idle}`, () => {
    const read = { value, unit, worse };
    expect([sufferingGuess(read), idleGuess(read)]).toEqual([suffering, idle]);
    for (const text of [suffering, idle]) expect(condition.parse(text)).toMatchObject({ ok: true });
  });
});

it.each([0, -3, 1e-9, 1e15])('nothing is proposed from %d', (value) => {
  const read = { value, unit: '', worse: 'high' } as const;
  expect([sufferingGuess(read), idleGuess(read)]).toEqual([undefined, undefined]);
});
