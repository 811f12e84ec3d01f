import { describe, expect, it } from 'vitest';
import type { Happening } from '../../src/core/events.ts';
import { Hold } from '../../src/daemon/hold.ts';
import { systemClock } from '../../src/system/clock.ts';

function setUp(script: string, timeoutMs = 5000) {
  const events: Happening[] = [];
  const troubles: (string | undefined)[] = [];
  const program = (text: string) => ({ argv: ['/bin/sh', '-c', text], timeoutMs });
  const hold = new Hold(program(script), {
    clock: systemClock(),
    vm: 'db7',
    post: async (event) => void events.push(event),
    troubled: (problem) => void troubles.push(problem),
  });
  return { hold, events, troubles, program };
}

const QUESTION = { do: 'ask-hold', probe: 'slow' } as const;

describe('a hold_while program', () => {
  it.each([
    ['exits with 0: holds, with its first line', 'echo; echo backup; echo x', 'backup'],
    ['says nothing: holds all the same', 'exit 0', 'it exits with 0'],
    ['knows the guest', 'echo "$VMMANAGE_VM"', 'db7'],
  ])('that %s', async (_, script, reason) => {
    const { hold } = setUp(script);
    expect(await hold.ask()).toEqual({ holds: true, reason });
  });

  it('that exits otherwise doesn’t hold, and that is an answer like any other', async () => {
    const { hold, troubles } = setUp('exit 1');
    expect(await hold.ask()).toEqual({ holds: false });
    expect(troubles).toEqual([]);
  });

  it('that takes too long doesn’t hold, and is said once', async () => {
    const { hold, troubles } = setUp('exec sleep 60', 50);
    expect(await hold.ask()).toEqual({ holds: false });
    expect(await hold.ask()).toEqual({ holds: false });
    expect(troubles).toEqual(['timed out']);
    expect(hold.problem).toBe('timed out');
  });

  it('that isn’t there doesn’t hold, is said once, and its return too', async () => {
    const { hold, troubles, program } = setUp('');
    hold.use({ ...program(''), argv: ['/no/such/program'] });
    expect(await hold.ask()).toEqual({ holds: false });
    expect(await hold.ask()).toEqual({ holds: false });
    expect(troubles).toEqual(['no such program: /no/such/program']);
  });

  it('is run once for all who ask meanwhile, and answers one question', async () => {
    const { hold, events } = setUp('sleep 0.1; echo "$$"');
    const [one, other] = await Promise.all([hold.ask(), hold.ask(), hold.answer(QUESTION)]);
    expect(one).toEqual(other);
    await hold.answer(QUESTION);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ type: 'hold-told', told: one });
    expect(events[1]).not.toMatchObject({ told: one });
  });

  it('is ended with the daemon, and nothing is posted then', async () => {
    const { hold, events, troubles } = setUp('exec sleep 60', 60_000);
    const answering = hold.answer(QUESTION);
    hold.end();
    await answering;
    expect(events).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('that the conf doesn’t name is not asked', async () => {
    const { hold, events } = setUp('');
    hold.use(undefined);
    expect(await hold.ask()).toBeUndefined();
    await hold.answer(QUESTION);
    expect(events).toMatchObject([{ told: { holds: false } }]);
  });
});
