/** `hold_while`: a program is asked before a request, and the request is made on its answer. */
import { describe, expect, it } from 'vitest';
import type { Constraints } from '../../src/core/conf.ts';
import type { Told } from '../../src/core/events.ts';
import { MINUTE, makeConf, refusalOf, scheduleOf, World } from '../support/world.ts';

const BAD = [76, 76, 76];
const HOLDS: Told = { holds: true, reason: 'backup' };
const OPEN: Told = { holds: false };

function guest(answer: () => Told, constraints: Partial<Constraints> = {}) {
  return new World(makeConf({ constraints: { holdWhile: true, ...constraints } }), {
    hosts: { hold: answer },
  });
}

describe('hold_while', () => {
  it('is asked when a request is due and nothing else holds it, and not before', () => {
    const world = guest(() => OPEN);
    world.holdErrands = true;
    world.readAll([76, 76]);
    expect(world.pending).toEqual([]);
    world.readAll([76]);
    expect(world.pending).toEqual([{ do: 'ask-hold', probe: 'slow' }]);
    expect(world.of('intended')).toEqual([]);
    world.carryOutNext();
    expect(world.of('intended')).toMatchObject([{ to: 'h2' }]);
  });

  it('that holds is a gate with the program’s reason, recorded once', () => {
    const world = guest(() => HOLDS);
    world.readAll([...BAD, 76, 76]);
    expect(world.of('intended')).toEqual([]);
    expect(world.of('held')).toMatchObject([{ gate: 'hold', reason: 'hold_while: backup' }]);
  });

  it('is asked again on the next reading, and lets go', () => {
    const answers = [HOLDS, HOLDS, OPEN];
    const world = guest(() => answers.shift() ?? OPEN);
    world.readAll([...BAD, 76]);
    expect(world.of('intended')).toEqual([]);
    world.readAll([76]);
    expect(world.of('intended')).toHaveLength(1);
  });

  it('makes no request on an answer that comes after the service has recovered', () => {
    const world = guest(() => OPEN);
    world.holdErrands = true;
    world.readAll([...BAD, 10]);
    world.settleErrands();
    expect(world.of('intended')).toEqual([]);
  });

  it('nor after a reading went missing, or a gate has closed', () => {
    for (const meanwhile of ['gone', 'pause'] as const) {
      const world = guest(() => OPEN);
      world.holdErrands = true;
      world.readAll(BAD);
      if (meanwhile === 'gone') world.readAll(['gone']);
      else world.send({ type: 'pause' });
      world.settleErrands();
      expect(world.of('intended')).toEqual([]);
    }
  });

  it('makes one request of two answers', () => {
    const world = guest(() => OPEN);
    world.holdErrands = true;
    world.readAll([...BAD, 76]);
    expect(world.pending).toHaveLength(2);
    world.carryOutNext();
    world.carryOutNext();
    expect(world.of('intended')).toHaveLength(1);
  });

  it('is not asked while a cooldown holds', () => {
    let asked = 0;
    const world = guest(() => {
      asked += 1;
      return OPEN;
    });
    world.readAll([...BAD, ...BAD, 76]);
    expect(world.gate()).toBe('cooldown');
    expect(asked).toBe(1);
  });

  it('is asked in passive mode too, once for each would-ask', () => {
    let asked = 0;
    const answer = () => {
      asked += 1;
      return OPEN;
    };
    const world = guest(answer, { mode: 'passive' });
    world.readAll([...BAD, 76, 76]);
    expect(world.of('would-ask')).toHaveLength(1);
    expect(asked).toBe(1);
    const held = guest(() => HOLDS, { mode: 'passive' });
    held.readAll(BAD);
    expect(held.of('would-ask')).toEqual([]);
  });

  it('is asked at closing time, by the clock alone, until it lets go', () => {
    const answers = [HOLDS, HOLDS, OPEN];
    const conf = makeConf({
      constraints: { holdWhile: true },
      policy: { schedule: scheduleOf('Mon-Sun 08:00-09:05') },
    });
    const world = new World(conf, { hosts: { hold: () => answers.shift() ?? OPEN } });
    world.wait(5 * MINUTE);
    for (let n = 0; n < 3; n += 1) world.send({ type: 'tick' });
    expect(world.of('held')).toMatchObject([{ gate: 'hold', verdict: 'base' }]);
    expect(world.of('intended')).toMatchObject([{ verdict: 'base', to: 'b' }]);
    expect(answers).toEqual([]);
  });

  it('holds what is asked by hand, by force too', () => {
    const world = guest(() => HOLDS);
    world.wait(MINUTE);
    const by = { type: 'ask', verdict: 'move', why: 'now' } as const;
    for (const force of [false, true]) {
      const refusal = refusalOf(world.send({ ...by, force, told: HOLDS }));
      expect(refusal).toMatchObject({ code: 'held', reason: 'held: hold_while: backup' });
    }
    expect(refusalOf(world.send({ ...by, force: false, told: OPEN }))).toBeUndefined();
  });
});
