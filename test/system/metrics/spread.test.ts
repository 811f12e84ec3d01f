/** How values are spread, and that it is shown as Prometheus expects it. */
import { expect, it } from 'vitest';
import { pageOf } from '../../../src/system/metrics/page.ts';
import { Spread, type SpreadSeen } from '../../../src/system/metrics/spread.ts';

function spreadOf(...values: number[]): SpreadSeen {
  const spread = new Spread([1, 10]);
  for (const value of values) spread.note(value);
  return spread.seen();
}

it('counts a value at a bound with those below it, and one above all in none', () => {
  expect(spreadOf(1, 1.5, 10, 11)).toEqual({
    buckets: [
      [1, 1],
      [10, 3],
    ],
    count: 4,
    sum: 23.5,
  });
});

it('is all zeros before the first value', () => {
  expect(spreadOf()).toEqual({
    buckets: [
      [1, 0],
      [10, 0],
    ],
    count: 0,
    sum: 0,
  });
});

it('is a histogram on the page, or not there where nothing is known', async () => {
  const metric = {
    name: 'vmmanage_x_seconds',
    type: 'histogram',
    help: 'X.',
    read: (seen: SpreadSeen | undefined) => seen,
  } as const;
  const { text } = await pageOf([metric], spreadOf(0.5, 20));
  expect(text.trim().split('\n')).toEqual([
    '# HELP vmmanage_x_seconds X.',
    '# TYPE vmmanage_x_seconds histogram',
    'vmmanage_x_seconds_bucket{le="1"} 1',
    'vmmanage_x_seconds_bucket{le="10"} 1',
    'vmmanage_x_seconds_bucket{le="+Inf"} 2',
    'vmmanage_x_seconds_sum 20.5',
    'vmmanage_x_seconds_count 2',
  ]);
  expect((await pageOf([metric], undefined)).text.trim()).toBe('');
});
