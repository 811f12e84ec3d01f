/** What a guest that only watches would have asked for, and what of it without need. */
import { describe, expect, it } from 'vitest';
import type { Conf } from '../../src/core/conf.ts';
import type { Entry } from '../../src/core/entries.ts';
import type { Recorded } from '../../src/daemon/journal.ts';
import { Memory } from '../../src/daemon/memory.ts';
import { MINUTE, makeConf } from '../support/world.ts';

const stamp = (ms: number) => ({ wallMs: ms, boot: 'b', bootMs: ms });
const ASK: Extract<Entry, { type: 'would-ask' }> = {
  type: 'would-ask',
  policy: 'db',
  verdict: 'move',
  to: 'h2',
  reason: 'suffering',
};

/** A move takes 30 s, settling 45 s, and three readings a minute apart show what it did: 4m15s. */
const CONF = makeConf();

/** One `would-ask` at 0, and then readings: minutes → value. */
function needAfter(readings: readonly (readonly [number, number | string])[], conf: Conf = CONF) {
  const memory = new Memory();
  memory.noteEntry(ASK, stamp(0), conf);
  for (const [minutes, value] of readings) {
    const at = stamp(minutes * MINUTE);
    const said = typeof value === 'number' ? { value } : { missing: value };
    memory.noteReading({ probe: 'slow', at, ...said } as never, conf);
  }
  return memory.shadow(stamp(0)).asks[0]?.need;
}

describe('a move that was not asked for', () => {
  it.each([
    ['is open until it is known', [[1, 76]], 'open'],
    [
      'was needed where the service went on suffering',
      [
        [1, 76],
        [2, 76],
        [3, 76],
        [5, 76],
      ],
      'needed',
    ],
    [
      'had no need where it recovered by itself',
      [
        [1, 10],
        [2, 10],
        [3, 10],
      ],
      'without need',
    ],
    [
      'had none where that was seen at the last moment',
      [
        [1, 76],
        [2, 10],
        [3, 10],
        [4.25, 10],
      ],
      'without need',
    ],
    [
      'was needed where it was seen later',
      [
        [1, 76],
        [2, 10],
        [3, 10],
        [4.251, 10],
      ],
      'needed',
    ],
    [
      'was needed where a breach came in between',
      [
        [1, 10],
        [2, 76],
        [3, 10],
        [4, 10],
        [5, 10],
      ],
      'needed',
    ],
    [
      'has missing readings left out',
      [
        [1, 10],
        [2, 'gone'],
        [3, 10],
        [4, 10],
      ],
      'without need',
    ],
    [
      'isn’t judged by readings from before it',
      [
        [-3, 10],
        [-2, 10],
        [-1, 10],
        [0.5, 76],
      ],
      'open',
    ],
  ] as const)('%s', (_, readings, need) => {
    expect(needAfter(readings)).toBe(need);
  });

  it('takes as long as the guest’s own moves took', () => {
    const memory = new Memory();
    const outcome = {
      type: 'outcome',
      request: 'R',
      outcome: 'confirmed',
      reason: 'seen',
    } as const;
    const intended = { ...ASK, type: 'intended', request: 'R', from: 'h1' } as const;
    memory.noteEntry(intended, stamp(-9), CONF);
    memory.noteEntry({ ...outcome, took_ms: 5 * MINUTE }, stamp(-8), CONF);
    memory.noteEntry(ASK, stamp(0), CONF);
    for (const minute of [6, 7, 8]) {
      memory.noteReading({ probe: 'slow', at: stamp(minute * MINUTE), value: 10 }, CONF);
    }
    expect(memory.shadow(stamp(0)).asks[0]?.need).toBe('without need');
  });

  it('to the base is counted, and not judged', () => {
    const memory = new Memory();
    memory.noteEntry({ ...ASK, verdict: 'base' }, stamp(0), CONF);
    expect(memory.shadow(stamp(0))).toMatchObject({ would_move: 1, without_need: 0 });
    expect(memory.shadow(stamp(1))).toMatchObject({ would_move: 0, asks: [] });
  });

  it('is known again after a restart, from the journal and the history', () => {
    const records = [0, 10].map((minute, i) => ({
      ...{ entry: ASK, at: stamp(minute * MINUTE), seq: i },
    })) as Recorded[];
    const readings = Array.from({ length: 16 }, (_, minute) => ({
      ...{ probe: 'slow', at: stamp(minute * MINUTE), value: minute < 10 ? 76 : 10 },
    }));
    const memory = new Memory();
    memory.replay(records, readings, CONF);
    const { asks, without_need } = memory.shadow(stamp(0));
    expect(asks.map(({ need }) => need)).toEqual(['needed', 'without need']);
    expect(without_need).toBe(1);
  });
});
