/** Going back and forth, and being moved back. */
import { describe, expect, it } from 'vitest';
import type { Constraints } from '../../src/core/conf.ts';
import { cooldownMs } from '../../src/core/cooldown.ts';
import { gateResults } from '../../src/core/gates.ts';
import type { Leg } from '../../src/core/state.ts';
import { longer, movedBackTwice, timesBack } from '../../src/core/trail.ts';
import { MINUTE, makeConf, refusalOf, World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
const stamp = (ms: number) => ({ wallMs: ms, boot: 'b', bootMs: ms });

/** `a>b@0 b>a@10`: from, to, and the minute; `!` after the minute: by others; `+`: further. */
function trail(text: string): Leg[] {
  return text.split(' ').map((word) => {
    const [, from = '', to = '', at, mark] = /^(\w)>(\w)@([\d.]+)([!+]?)$/.exec(word) ?? [];
    const leg = { from, to, at: stamp(Number(at) * MINUTE) };
    if (mark === '+') return { ...leg, by: 'guest', further: true };
    return { ...leg, by: mark === '!' ? 'others' : 'guest' };
  });
}

describe('going back', () => {
  // A cooldown of 5 min, doubling, and an hour after it.
  it.each([
    ['a>b@0', 0],
    ['a>b@0 b>a@64.999', 1],
    ['a>b@0 b>a@65', 0],
    ['a>b@0 b>a@10 a>b@79.999', 2],
    ['a>b@0 b>a@10 a>b@80', 0],
    ['a>b@0 b>a@10 a>b@20 b>a@30', 3],
    ['a>b@0 b>c@10', 0],
    ['a>b@0 b>a@10 a>c@20', 0],
    ['a>b@0 b>c@10 c>a@20', 0],
    ['a>b@0 b>a@10!', 1],
    ['a>b@0 b>a@10+', 0],
    ['a>b@0 b>a@10 a>b@20+', 1],
    ['a>b@0 c>a@10', 0],
  ])('%s: %d times', (legs, times) => {
    expect(timesBack(trail(legs), makeConf())).toBe(times);
  });

  it('counts still when the cooldown has grown beyond the hour', () => {
    const legs = trail('a>b@0 b>a@10 a>b@25 b>a@50 a>b@95 b>a@180 a>b@345');
    expect(timesBack(legs, makeConf())).toBe(6);
  });

  it('never counts where back_and_forth is off', () => {
    const conf = makeConf({ constraints: { backAndForthMs: undefined } });
    expect(timesBack(trail('a>b@0 b>a@10'), conf)).toBe(0);
  });

  it('is remembered for the latest arrivals only', () => {
    const [leg] = trail('a>b@0');
    const legs = Array(100).fill(leg).reduce(longer, []);
    expect(legs).toHaveLength(32);
  });
});

/** Idle after five readings, suffering after three; the guest begins at `h1`. */
function guest(constraints: Partial<Constraints> = {}) {
  return new World(makeConf({ constraints: { maxMoves: undefined, ...constraints } }));
}

const IDLE = [0, 0, 0, 0, 0];
const BAD = [76, 76, 76];

describe('a guest between the array and its base', () => {
  it('asks less and less often when it goes back and forth, and says why', () => {
    const world = guest();
    world.readAll([...IDLE, ...Array(5).fill(30)]);
    world.readAll(BAD);
    expect(world.state.place?.host).toBe('h1');
    world.readAll(Array(4).fill(30));
    expect(world.state.episode).toBeUndefined();
    expect(cooldownMs(world.state, world.conf)).toBe(10 * MINUTE);
    world.ask();
    const results = gateResults({ verdict: 'base' }, world.state, world.conf, world.now());
    expect(results.find(({ gate }) => gate === 'cooldown')?.hold?.reason).toMatch(
      /^cooldown \S+ left \(doubled once: it went back to where it came from\)$/,
    );
  });

  it('keeps its cooldown with an honest daily rhythm', () => {
    const world = guest();
    for (const _ of [1, 2, 3]) {
      world.readAll(IDLE);
      expect(world.state.place?.host).toBe('b');
      world.wait(14 * HOUR);
      world.readAll([...BAD, ...Array(4).fill(30)]);
      expect(world.state.place?.host).toBe('h1');
      expect(cooldownMs(world.state, world.conf)).toBe(5 * MINUTE);
      world.wait(8 * HOUR);
    }
  });
});

describe('others that move a guest back', () => {
  it.each([
    ['once', 'a>b@0 b>a@10!', undefined],
    ['twice in a day', 'a>b@0 b>a@10! a>b@20 b>a@1449.999!', 1449.999],
    ['twice in exactly a day', 'a>b@0 b>a@10! a>b@20 b>a@1450!', undefined],
    ['from two places', 'a>b@0 b>a@10! a>c@20 c>a@30!', 30],
    ['to other places', 'a>b@0 b>c@10! c>b@20 b>a@30!', undefined],
    ['what others had moved', 'a>b@0! b>a@10! a>b@20! b>a@30!', undefined],
  ])('%s', (_, legs, minute) => {
    const at = minute === undefined ? undefined : stamp(minute * MINUTE);
    expect(movedBackTwice(trail(legs))?.at).toEqual(at);
  });

  /** Moved by hand to the next host, and back by others. */
  function undone(world: World): void {
    world.ask({ force: true, why: 'try' });
    world.wait(MINUTE);
    world.host = 'h1';
    world.send({ type: 'located', sighting: world.sighting() });
    world.wait(MINUTE);
  }

  it('twice in a day are believed: nothing is asked for a day, by force neither', () => {
    const world = guest();
    undone(world);
    undone(world);
    const sinceMs = MINUTE;
    const hold = (verdict: 'move' | 'base' | 'home') =>
      gateResults({ verdict, force: true }, world.state, world.conf, world.now()).find(
        ({ gate }) => gate === 'provider disagrees',
      )?.hold;
    expect(hold('move')?.reason).toBe(
      'provider disagrees: others moved the guest back twice in a day (h2→h1 last), rests for 23h59m more',
    );
    expect(refusalOf(world.ask({ force: true, why: 'again' }))).toMatchObject({ code: 'held' });
    world.wait(24 * HOUR - sinceMs - 1);
    for (const verdict of ['move', 'base', 'home'] as const) expect(hold(verdict)).toBeDefined();
    world.wait(1);
    expect(hold('move')).toBeUndefined();
  });

  it('twice in a day change nothing where the rest is off', () => {
    const world = guest({ movedBackRestMs: undefined });
    undone(world);
    undone(world);
    expect(refusalOf(world.ask({ force: true, why: 'again' }))).toBeUndefined();
  });
});
