import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withDeadline } from '../../src/system/deadline.ts';
import { manualClock } from '../support/manual-clock.ts';

function setUp() {
  const clock = manualClock();
  const parent = new AbortController();
  let seen: AbortSignal | undefined;
  const untilAborted = (signal: AbortSignal) => {
    seen = signal;
    return new Promise<string>((resolve) => {
      if (signal.aborted) resolve('aborted');
      signal.addEventListener('abort', () => resolve('aborted'));
    });
  };
  return { clock, parent, untilAborted, seen: () => seen };
}

describe('a deadline', () => {
  it('aborts the work when its time is over, and not before', async () => {
    const { clock, parent, untilAborted, seen } = setUp();
    const working = withDeadline(100, parent.signal, clock, untilAborted);
    await clock.advance(99);
    expect(seen()?.aborted).toBe(false);
    await clock.advance(1);
    expect(await working).toBe('aborted');
  });

  it('aborts with its parent, also one that was aborted before', async () => {
    const { clock, parent, untilAborted } = setUp();
    const working = withDeadline(100, parent.signal, clock, untilAborted);
    parent.abort();
    expect(await working).toBe('aborted');
    expect(await withDeadline(100, parent.signal, clock, untilAborted)).toBe('aborted');
  });

  it('lets go of its parent and its timer when the work has ended, well or not', async () => {
    const { clock, parent, seen } = setUp();
    expect(await withDeadline(100, parent.signal, clock, async () => 7)).toBe(7);
    const failing = withDeadline(100, parent.signal, clock, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await clock.advance(200);
    expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
    expect(clock.sleepers()).toBe(0);
    expect(seen()).toBeUndefined();
  });
});
