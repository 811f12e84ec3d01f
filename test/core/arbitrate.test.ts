import { describe, expect, it } from 'vitest';
import { arbitrate, type Opinion } from '../../src/core/arbitrate.ts';
import { MINUTE, makeConf, POLICY, World } from '../support/world.ts';

/** `move base stay?`: a question mark for a blind one. */
function opinions(text: string): Opinion[] {
  return text.split(' ').map((word, i) => ({
    policy: `p${i}`,
    verdict: word.replace('?', '') as Opinion['verdict'],
    reason: word,
    blind: word.endsWith('?'),
  }));
}

describe('the safest for the service wins', () => {
  it.each([
    ['stay move', 'service', 'move'],
    ['move away', 'service', 'away'],
    ['base stay', 'service', 'stay'],
    ['base stay?', 'service', 'stay'],
    ['home stay', 'service', 'stay'],
    ['base home', 'service', 'home'],
    ['base base', 'service', 'base'],
    ['move base', 'service', 'move'],
    ['move base', 'cost', 'base'],
    ['move base stay', 'cost', 'move'],
    ['away base', 'cost', 'away'],
  ] as const)('of %s with prefer = %s: %s', (text, prefer, winner) => {
    expect(arbitrate(opinions(text), prefer)?.winner.verdict).toBe(winner);
  });

  it.each([
    ['rest base', 'base'],
    ['base rest', 'base'],
    ['rest home', 'home'],
    ['rest base stay', 'stay'],
    ['rest rest', 'stay'],
  ])('of %s, where one that rests is not heard: %s', (text, winner) => {
    const heard = opinions(text.replaceAll('rest', 'stay')).map((opinion, i) =>
      text.split(' ')[i] === 'rest' ? { ...opinion, rests: true as const } : opinion,
    );
    const arbitration = arbitrate(heard, 'service');
    expect(arbitration?.winner.verdict).toBe(winner);
    expect(arbitration?.losers.some(({ rests }) => rests)).toBe(false);
  });

  it('names the losers with their reasons', () => {
    expect(arbitrate(opinions('move base'), 'service')?.losers).toMatchObject([
      { policy: 'p1', verdict: 'base', reason: 'base' },
    ]);
  });
});

describe('two policies on two probes', () => {
  const conf = makeConf({
    probes: {
      slow: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
      cpu: { intervalMs: MINUTE, maxErrors: 3, unit: '' },
    },
    policies: [POLICY, { ...POLICY, name: 'cpu', probe: 'cpu' }],
  });

  function minutes(world: World, n: number, slow: number | string, cpu: number | string): void {
    for (let i = 0; i < n; i += 1) {
      world.wait(MINUTE);
      world.read(slow, 'slow');
      world.read(cpu, 'cpu');
    }
  }

  it('an idle one goes to base only when the other asks likewise', () => {
    const world = new World(conf);
    minutes(world, 8, 0, 30);
    expect(world.of('intended')).toEqual([]);
    expect(world.gate()).toBe('other policy');
    minutes(world, 5, 0, 0);
    expect(world.of('intended')).toMatchObject([{ verdict: 'base', policy: 'cpu' }]);
  });

  it('one that is blind keeps the guest from the base', () => {
    const world = new World(conf);
    minutes(world, 8, 0, 'gone');
    expect(world.of('intended')).toEqual([]);
  });

  it('one that is silent for more than three intervals is blind', () => {
    const world = new World(conf);
    minutes(world, 6, 30, 0);
    for (let i = 0; i < 4; i += 1) {
      world.wait(MINUTE);
      world.read(0, 'slow');
    }
    world.wait(MINUTE);
    world.read(0, 'slow');
    expect(world.of('intended')).toEqual([]);
    expect(world.of('held').at(-1)?.reason).toContain('blind: no reading for');
  });

  it('a suffering one moves it though the other is idle, and records that', () => {
    const world = new World(conf);
    minutes(world, 5, 30, 0);
    minutes(world, 3, 76, 0);
    expect(world.of('intended')).toMatchObject([
      { verdict: 'move', policy: 'db', losers: ['cpu: base, idle'] },
    ]);
  });

  it('a due one does not ask on the reading of another', () => {
    const world = new World(conf);
    world.send({ type: 'inhibit', id: 'i', why: 'x' });
    minutes(world, 4, 76, 30);
    world.send({ type: 'release', id: 'i' });
    world.wait(1000);
    world.read(30, 'cpu');
    expect(world.of('intended')).toEqual([]);
    world.read(76, 'slow');
    expect(world.of('intended')).toHaveLength(1);
  });
});
