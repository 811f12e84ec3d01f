/** Rests: when moving is of no use, the guest stays where it is for a while. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Constraints } from '../../src/core/conf.ts';
import { gateResults } from '../../src/core/gates.ts';
import { MINUTE, makeConf, refusalOf, World } from '../support/world.ts';

const BAD = 76;
const FINE = 10;
const HOUR = 60 * MINUTE;

/** Only the gates that these tests are about. */
const alone = { cooldownMs: undefined, retryMs: undefined, maxMoves: undefined, settleMs: 0 };

/** `h1` to `h3` and the base; the guest begins at `h1`, and a move takes no time. */
function guest(constraints: Partial<Constraints> = {}) {
  const conf = makeConf({
    constraints: { ...alone, ...constraints },
    policy: { suffering: { compare: '>', bound: 50, tarry: { kind: 'count', n: 1 } } },
  });
  return new World(conf, { moveTakesMs: 0 });
}

function moves(world: World): string[] {
  return world.of('intended').map(({ to }) => to);
}

/** Where the guest came to in its episode. */
function hosts(world: World): string[] | undefined {
  return world.state.episode?.arrivals.map(({ host }) => host);
}

/** A second before a span of time, and at it: whether a move was asked for then. */
function atBoundary(world: World, spanMs: number): boolean[] {
  return [spanMs - 1, 1].map((ms) => {
    const before = moves(world).length;
    world.wait(ms);
    world.read(BAD);
    return moves(world).length > before;
  });
}

describe('a guest that no host helps', () => {
  function allTried(constraints: Partial<Constraints> = {}): World {
    const world = guest(constraints);
    world.readAll([BAD, BAD, BAD]);
    return world;
  }

  it('tries every host once, the one it came from last, and rests', () => {
    const world = allTried();
    expect(moves(world)).toEqual(['h2', 'h3', 'h1']);
    world.readAll([BAD]);
    expect(moves(world)).toHaveLength(3);
    expect(world.of('held')).toMatchObject([
      {
        gate: 'all tried',
        reason:
          'all tried: no host in the array satisfies the policy (h1, h2, h3 tried), rests for 59m more',
      },
    ]);
  });

  it('is open until the last host was arrived at', () => {
    const world = guest();
    world.readAll([BAD, BAD]);
    expect(hosts(world)).toEqual(['h2', 'h3']);
    expect(world.gate()).toBeUndefined();
  });

  it('rests for 1 h, then twice as long after each further arrival, up to 24 h', () => {
    const world = allTried();
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      expect(atBoundary(world, hours * HOUR)).toEqual([false, true]);
    }
  });

  it('is awake when the indicator has recovered, and begins a new episode', () => {
    const world = allTried();
    world.readAll([BAD, FINE, BAD]);
    expect(moves(world)).toHaveLength(4);
    expect(hosts(world)).toEqual(['h2']);
  });

  it('takes only the hosts that it may go to', () => {
    const world = guest({ deny: ['h3'] });
    world.readAll([BAD, BAD, BAD]);
    expect(moves(world)).toEqual(['h2', 'h1']);
    expect(world.gate()).toBe('all tried');
  });

  it('rests though a host of the array can never be reached, rather than go between the others', () => {
    const world = new World(guest().conf, {
      moveTakesMs: 0,
      hosts: { preflight: (to) => (to === 'h3' ? 'down' : undefined) },
    });
    world.readAll(Array(10 * 24 * 60).fill(BAD));
    expect(world.gate()).toBe('all tried');
    expect(moves(world).length).toBeLessThan(20);
  });

  it('never rests where it is off', () => {
    const world = allTried({ allTried: false });
    world.readAll([BAD, BAD]);
    expect(moves(world)).toHaveLength(5);
  });

  it('still goes to the base', () => {
    const world = allTried();
    world.readAll([0, 0, 0, 0, 0]);
    expect(world.of('intended').at(-1)).toMatchObject({ verdict: 'base', to: 'b' });
  });

  it.each(['base', 'home', 'away'] as const)('doesn’t hold %s', (verdict) => {
    const world = allTried();
    const results = gateResults({ verdict }, world.state, world.conf, world.now());
    expect(results.find(({ gate }) => gate === 'all tried')?.hold).toBeUndefined();
  });

  it('is moved by hand only by force', () => {
    const world = allTried();
    expect(refusalOf(world.ask())).toMatchObject({ code: 'held' });
    world.ask({ force: true, why: 'look at it' });
    expect(moves(world)).toHaveLength(4);
  });

  it('moves a few times a day at most, however many hosts there are', () => {
    const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'];
    const some = fc.subarray(hosts, { minLength: 2 });
    fc.assert(
      fc.property(some, some, (site, allow) => {
        const { conf } = guest({ allow });
        const world = new World(
          { ...conf, sites: conf.sites.map((one) => ({ ...one, hosts: site })) },
          { moveTakesMs: 0, host: site[0] ?? '' },
        );
        world.readAll(Array(24 * 60).fill(BAD));
        // After as many as there are hosts: at 1, 3, 7 and 15 h.
        expect(moves(world).length).toBeLessThanOrEqual(site.length + 4);
      }),
      { numRuns: process.env['LONG'] ? 1000 : 20 },
    );
  });

  it('goes on resting when others move it within the array, twice as long', () => {
    const world = allTried();
    world.host = 'h2';
    world.send({ type: 'located', sighting: world.sighting() });
    expect(atBoundary(world, 2 * HOUR)).toEqual([false, true]);
  });
});
