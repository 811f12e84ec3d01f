import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import { logEventOf } from '../../src/core/log-events.ts';
import { sentence } from '../../src/core/sentences.ts';
import type { OpenRequest } from '../../src/core/state.ts';

const OPEN: OpenRequest = {
  id: 'R1',
  verdict: 'move',
  from: 'xen1',
  to: 'xen2',
  tried: ['xen2'],
  at: { wallMs: 0, boot: 'b', bootMs: 0 },
  reason: 'suffering',
  phase: 'locating',
};
const GROUND = { policy: 'db', value: 76.00049, threshold: 50, tarry: '3 of 3' };
const INTENDED = { type: 'intended', request: 'R1', from: 'xen1', to: 'xen2', ...GROUND } as const;
const ENDED = { type: 'outcome', request: 'R1', took_ms: 31_200 } as const;
const PROGRESS = { type: 'progress', request: 'R1', to: 'xen2' } as const;

const CASES: [text: string, entry: Entry][] = [
  ['Starting VMManage', { type: 'started', version: '1' }],
  ['Stopping VMManage: SIGTERM', { type: 'stopped', reason: 'SIGTERM' }],
  ['Conf loaded: a.conf, b.conf', { type: 'conf', files: ['a.conf', 'b.conf'], values: {} }],
  [
    'Reload failed, keeping the running conf: a.conf:3: no',
    { type: 'reload-failed', problems: ['a.conf:3: no'] },
  ],
  ['Now using xen1', { type: 'place', host: 'xen1', by: 'hosts' }],
  [
    'Place unknown: xen1: time-out',
    { type: 'place-lost', answers: [{ who: 'xen1', says: 'time-out' }] },
  ],
  ['Moved by others: arrived at xen3', { type: 'moved-by-other', from: 'xen1', to: 'xen3' }],
  [
    'Already at base',
    { type: 'verdict', verdict: 'stay', policy: 'db', reason: 'already at base' },
  ],
  [
    'Already out of home array',
    { type: 'verdict', verdict: 'stay', policy: 'b', reason: 'already out of home array' },
  ],
  [
    'Would process: at home now',
    { type: 'verdict', verdict: 'stay', policy: 'b', reason: 'few big jobs, at home now' },
  ],
  [
    'Held: cooldown 4m left',
    { type: 'held', verdict: 'move', gate: 'cooldown', reason: 'cooldown 4m left' },
  ],
  [
    'Would ask: move to xen2',
    { type: 'would-ask', verdict: 'move', to: 'xen2', reason: 'suffering' },
  ],
  [
    'Would ask: move to base xen9',
    { type: 'would-ask', verdict: 'base', to: 'xen9', reason: 'idle' },
  ],
  [
    'Would ask: move away to aws',
    { type: 'would-ask', verdict: 'away', to: 'aws', reason: 'big jobs wait' },
  ],
  [
    'Would ask: move home to xen1',
    { type: 'would-ask', verdict: 'home', to: 'xen1', reason: 'few big jobs' },
  ],
  [
    'Requesting migration of VM: just moving',
    { ...INTENDED, verdict: 'move', reason: 'suffering' },
  ],
  ['Requesting migration of VM: moving to Base', { ...INTENDED, verdict: 'base', reason: 'idle' }],
  [
    'Barred xen2: no memory, trying xen3',
    { ...PROGRESS, phase: 'preflight-failed', text: 'no memory', next: 'xen3' },
  ],
  ['Barred xen2: no memory', { ...PROGRESS, phase: 'preflight-failed', text: 'no memory' }],
  ['Cancelling the move to xen2', { ...PROGRESS, phase: 'cancelling' }],
  ['Unconfirmed: nobody answered', { ...PROGRESS, phase: 'unconfirmed', answers: [] }],
  [
    'Arrived at xen2 after 31 s',
    { ...ENDED, outcome: 'confirmed', host: 'xen2', reason: 'seen at xen2' },
  ],
  [
    'Arrived at xen2 after 31 s, frozen 3.9 s',
    { ...ENDED, outcome: 'confirmed', host: 'xen2', reason: '', blackout_ms: 3912 },
  ],
  [
    'Arrived at xen2 after 31 s',
    { ...ENDED, outcome: 'confirmed', host: 'xen2', reason: '', blackout_ms: 10 },
  ],
  [
    'Move to xen2 failed: no memory (still at xen1)',
    { ...ENDED, outcome: 'failed', host: 'xen1', reason: 'no memory (still at xen1)' },
  ],
  ['Request abandoned, place unknown', { ...ENDED, outcome: 'abandoned', reason: 'by hand' }],
  ['Probe slow is failing: gone', { type: 'probe-failing', probe: 'slow', reason: 'gone' }],
  ['Probe slow works again', { type: 'probe-recovered', probe: 'slow' }],
  ['The wall clock stepped by -1h', { type: 'clock-step', step_ms: -3_600_000 }],
  ['The VM stood still for 4.1s', { type: 'frozen', frozen_ms: 4100 }],
  [
    'Identity changed: machine-id; a clone, or a restored copy?',
    { type: 'identity-changed', ids: { 'machine-id': 'a' }, changed: ['machine-id'] },
  ],
  ['Paused for 2h: upgrade', { type: 'paused', why: 'upgrade', for_ms: 7_200_000 }],
  ['Resumed', { type: 'resumed' }],
  ['Still paused after 1d, until vmmanage resume', { type: 'still-paused', for_ms: 86_400_000 }],
  [
    'Still paused after 1d01h, 2h left: restoring',
    { type: 'still-paused', for_ms: 90_000_000, left_ms: 7_200_000, why: 'restoring' },
  ],
  ['Inhibited: backup', { type: 'inhibited', id: 'i', why: 'backup' }],
  ['No longer inhibited', { type: 'released', id: 'i' }],
  ['Bar of xen2 cleared', { type: 'bar-cleared', host: 'xen2' }],
];

describe('the central log says', () => {
  it.each(CASES)('%s', (text, entry) => {
    expect(sentence(entry, OPEN)?.text).toBe(text);
    expect(logEventOf(text)).not.toBe('other');
  });

  it('the fields of a request in the thesis’s manner', () => {
    const said = sentence({ ...INTENDED, verdict: 'move', reason: 'suffering' }, undefined);
    expect(said?.fields.map(([name, value]) => `${name}=${value}`).join(' ')).toBe(
      'request=R1 policy=db from=xen1 to=xen2 value=76 threshold=50 tarry=3/3',
    );
  });

  it('nothing of steps that only the journal needs', () => {
    expect(sentence({ ...PROGRESS, phase: 'migrating' }, OPEN)).toBeUndefined();
    expect(
      sentence({ type: 'verdict', verdict: 'move', reason: 'suffering' }, OPEN),
    ).toBeUndefined();
  });
});
