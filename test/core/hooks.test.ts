/** The tenant's hooks around a move, as `step` sees them. */
import { describe, expect, it } from 'vitest';
import type { HookCall } from '../../src/core/hooks.ts';
import { restore } from '../../src/core/step.ts';
import { MINUTE, makeConf, refusalOf, World } from '../support/world.ts';

const BAD = [76, 76, 76];

/** What each hook was told, and a world in which `answer` is what they say. */
function guest(answer: (call: HookCall) => string | undefined = () => undefined, held = false) {
  const calls: HookCall[] = [];
  const conf = makeConf({ hooks: { beforeMove: true, afterMove: true } });
  const hook = (call: HookCall) => {
    calls.push(call);
    return answer(call);
  };
  const world = new World(conf, { hosts: { hook } });
  world.holdErrands = held;
  return { world, calls };
}

const refusing = ({ hook }: HookCall) =>
  hook === 'before_move' ? 'three sessions are left' : undefined;

function phases(world: World): string[] {
  return world.of('progress').map(({ phase }) => phase);
}

describe('before_move', () => {
  it('runs when the preflight has passed, and the move follows it', () => {
    const { world, calls } = guest();
    world.readAll(BAD);
    expect(phases(world)).toEqual(['preparing', 'prepared', 'migrating', 'attempted']);
    expect(calls[0]).toMatchObject({
      hook: 'before_move',
      ...{ request: 'R3', verdict: 'move', policy: 'db', from: 'h1', to: 'h2' },
      reason: world.of('intended')[0]?.reason,
    });
  });

  it('that refuses ends the request with its words, and doesn’t bar the target', () => {
    const { world } = guest(refusing);
    world.readAll(BAD);
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'before_move: three sessions are left', host: 'h1' },
    ]);
    expect(world.state.bars).toEqual({});
    expect(phases(world)).toEqual(['preparing', 'prepared']);
    world.readAll([...BAD, 76]);
    expect(world.of('intended')).toHaveLength(2);
  });

  it('doesn’t run for a target that failed its preflight', () => {
    const { world, calls } = guest();
    const down = new World(world.conf, {
      hosts: {
        preflight: (to) => (to === 'h2' ? 'down' : undefined),
        hook: (call) => void calls.push(call),
      },
    });
    down.readAll(BAD);
    expect(calls.map(({ hook, to }) => `${hook} ${to}`)).toEqual([
      'before_move h3',
      'after_move h3',
    ]);
  });

  it.each(['pause', 'cancel'] as const)('is for nothing when there is a %s meanwhile', (type) => {
    const { world } = guest(undefined, true);
    world.readAll(BAD);
    world.carryOutNext();
    world.send({ type });
    world.settleErrands();
    expect(phases(world)).not.toContain('migrating');
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', host: 'h1' }]);
    expect(world.state.bars).toEqual({});
  });

  it('can’t be resolved by hand while it runs', () => {
    const { world } = guest(undefined, true);
    world.readAll(BAD);
    world.carryOutNext();
    const refusal = refusalOf(world.send({ type: 'resolve', request: 'R3', host: 'h2' }));
    expect(refusal).toMatchObject({ code: 'held', reason: 'request R3 is preparing' });
  });

  it('that a kill interrupted is followed by no move: the request has failed', () => {
    const { world } = guest(undefined, true);
    world.readAll(BAD);
    world.carryOutNext();
    world.pending.length = 0;
    world.state = restore(world.stored, world.conf);
    world.wait(MINUTE);
    world.send({ type: 'began', version: '1' });
    world.settleErrands();
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'the daemon ended while before_move ran' },
    ]);
    expect(phases(world)).toEqual(['preparing']);
    expect(world.state.bars).toEqual({});
  });
});

describe('after_move', () => {
  it('is told the outcome, and where the guest is', () => {
    const { world, calls } = guest();
    world.readAll(BAD);
    expect(calls.at(-1)).toMatchObject({
      ...{ hook: 'after_move', request: 'R3', outcome: 'confirmed', host: 'h2' },
      outcomeReason: 'seen at h2',
    });
    expect(world.of('after-move')).toEqual([
      { type: 'after-move', request: 'R3', ok: true, text: 'fine' },
    ]);
    expect(world.state.owed).toEqual([]);
  });

  it('follows a refused move too', () => {
    const { world, calls } = guest(refusing);
    world.readAll(BAD);
    expect(calls.map(({ hook }) => hook)).toEqual(['before_move', 'after_move']);
  });

  it('that fails changes nothing', () => {
    const { world } = guest(({ hook }) => (hook === 'after_move' ? 'oops' : undefined));
    world.readAll(BAD);
    expect(world.of('after-move')).toMatchObject([{ ok: false, text: 'oops' }]);
    expect(world.state.owed).toEqual([]);
    expect(world.state.place?.host).toBe('h2');
  });

  it('that a kill interrupted runs again at the next start', () => {
    const { world } = guest(undefined, true);
    world.readAll(BAD);
    for (const _ of ['preflight', 'before_move', 'migrate', 'locate']) world.carryOutNext();
    const owed = world.pending.splice(0);
    expect(owed).toMatchObject([{ do: 'hook', hook: 'after_move' }]);
    world.state = restore(world.stored, world.conf);
    world.send({ type: 'began', version: '1' });
    expect(world.pending).toEqual(owed);
    world.settleErrands();
    expect(world.state.owed).toEqual([]);
    world.send({ type: 'began', version: '1' });
    expect(world.pending).toEqual([]);
  });

  it('never blocks the next request', () => {
    const { world } = guest(undefined, true);
    world.readAll(BAD);
    for (const _ of ['preflight', 'before_move', 'migrate', 'locate']) world.carryOutNext();
    world.wait(60 * MINUTE);
    world.readAll(BAD);
    expect(world.of('intended')).toHaveLength(2);
  });
});
