import { describe, expect, it } from 'vitest';
import { statusLine } from '../../src/daemon/status-line.ts';
import type { StatusReport } from '../../src/wire/control.ts';
import { BLOCKED, CONTENT, HELD, PASSIVE, RESTING, TROUBLED } from '../cli/support/reports.ts';

const [POLICY] = HELD.policies;
if (!POLICY) throw new Error('no policy');
const policies = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...POLICY, name }));

describe('how things stand in one line', () => {
  it.each<[string, StatusReport, string]>([
    [
      'held by a gate',
      HELD,
      'at xen3; db: slow 76/min, > 50 for 3: 3 of 3; move held: cooldown 14m09s left (doubled twice: the last 2 moves have not helped)',
    ],
    ['content', CONTENT, 'at xen3; db: slow 76/min, > 50 for 3: 0 of 3'],
    [
      'a request that nobody knows the end of',
      BLOCKED,
      'last seen at xen2; db: slow 76/min, > 50 for 3: 0 of 3; xen2→xen3 unconfirmed, request 01JH8Z5V7Q3W9X2B4N6M8K0T1R',
    ],
    [
      'resting outside its hours',
      RESTING,
      'at xen9; db: slow 76/min, > 50 for 3: 0 of 3, outside its hours',
    ],
    [
      'in trouble',
      TROUBLED,
      'nobody knows where; db: slow failing, > 50 for 3: 0 of 3; paused; the last reload failed',
    ],
    ['only watching', PASSIVE, 'at xen3; db: slow 76/min, > 50 for 3: 0 of 3; passive'],
    [
      'of many policies the first',
      { ...CONTENT, policies },
      'at xen3; a: slow 76/min, > 50 for 3: 3 of 3; b: slow 76/min, > 50 for 3: 3 of 3; c: slow 76/min, > 50 for 3: 3 of 3; and 2 more',
    ],
  ])('%s', (_, report, line) => {
    expect(statusLine(report)).toBe(line);
  });
});
