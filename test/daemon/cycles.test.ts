import { expect, it } from 'vitest';
import { INITIAL, type State } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { tellCycle } from '../../src/daemon/cycles.ts';
import { check, loaded } from '../conf/help.ts';
import { manualClock } from '../support/manual-clock.ts';

const CONF = loaded(
  check([
    `[array]
hosts = xen1, xen2
base = xen9
[probe slow]
kind = mysql
[probe other]
kind = system
measure = cpu
[policy db]
kind = base-aware
probe = slow
suffering = > 50 for 2
idle = < 1 for 3
[policy cpu]
kind = threshold-aware
probe = other
suffering = > 90 for 2
[migrator]
kind = local
[constraints]
mode = active
`,
  ]),
).rules;

const clock = manualClock();

function told(state: State, measured: { value: number } | { missing: string }) {
  const at = clock.now();
  const reading = { probe: 'slow', at, ...measured };
  const stepped = step(state, { at, type: 'reading', reading, newRequest: 'r1' }, CONF);
  const lines: [string, object][] = [];
  const cycle = (message: string, fields: object = {}) => void lines.push([message, fields]);
  tellCycle(reading, stepped.state, CONF, { cycle });
  return { state: stepped.state, lines };
}

it('a cycle tells its reading, and what the policies on that probe say to it', () => {
  const first = told(INITIAL, { value: 76 });
  expect(first.lines).toEqual([
    ['Cycle of slow', { value: 76, unit: '/min', host: undefined }],
    [
      '  policy db: stay',
      { reason: 'content', suffering: '1 of 2', idle: '0 of 3', held: undefined },
    ],
  ]);
  const second = told(first.state, { value: 80 });
  expect(second.lines[1]).toEqual([
    '  policy db: move',
    expect.objectContaining({ suffering: '2 of 2', held: 'place unknown' }),
  ]);
});

it('a cycle without a value tells why', () => {
  const { lines } = told(INITIAL, { missing: 'no answer in time' });
  expect(lines[0]).toEqual([
    'Cycle of slow',
    expect.objectContaining({ missing: 'no answer in time' }),
  ]);
  expect(lines[1]?.[1]).toMatchObject({ reason: 'blind: no answer in time' });
});
