/** The provider's hold: a gate from the veto to the time that it gave, and nobody's failure. */
import { describe, expect, it } from 'vitest';
import type { HeldByProvider } from '../../src/core/events.ts';
import { gateResults } from '../../src/core/gates.ts';
import { sentence } from '../../src/core/sentences.ts';
import { restore } from '../../src/core/step.ts';
import { MINUTE, makeConf, refusalOf, World } from '../support/world.ts';

const BAD = [76, 76, 76];
const BACKUP: HeldByProvider = { host: 'h1', why: 'nightly backup', forMs: 20 * MINUTE };
const REASON = 'provider of h1: nightly backup';

/** Each hold is said once, at the preflight. */
function heldAtPreflight(...holds: readonly HeldByProvider[]) {
  const left = [...holds];
  return new World(makeConf(), { hosts: { holds: () => left.shift() } });
}

/** Each is said by the source when it is asked to move the guest. */
function heldAtMigrate(...holds: readonly HeldByProvider[]) {
  const left = [...holds];
  return new World(makeConf(), {
    hosts: {
      migrate(from, to) {
        const held = left.shift();
        if (held) return { host: from, ok: false, text: 'h1: vetoed (hold)', held };
        return { host: to, ok: true, text: 'done' };
      },
    },
  });
}

const ways = [
  ['at the preflight', heldAtPreflight],
  ['when it is asked to move', heldAtMigrate],
] as const;

function holdOf(world: World) {
  return gateResults({ verdict: 'move' }, world.state, world.conf, world.now()).find(
    ({ gate }) => gate === 'hold',
  )?.hold;
}

describe.each(ways)('a hold of the provider’s, %s', (_, guest) => {
  it('ends the request without a bar and without a retry', () => {
    const world = guest(BACKUP);
    world.readAll(BAD);
    expect(world.of('held-by-provider')).toEqual([
      {
        ...{ type: 'held-by-provider', request: 'R3', host: 'h1', why: 'nightly backup' },
        for_ms: 20 * MINUTE,
      },
    ]);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', stopped: true }]);
    expect(world.state).toMatchObject({ bars: {}, failures: {} });
    expect(world.state.request).toBeUndefined();
  });

  it('tries no other target', () => {
    const world = guest(BACKUP);
    world.readAll(BAD);
    expect(world.of('progress').some(({ next }) => next !== undefined)).toBe(false);
  });

  it('holds the gate `hold` with its reason until its time is over, then is looked at again', () => {
    const world = guest(BACKUP);
    world.readAll([...BAD, ...BAD]);
    expect(world.gate()).toBe('hold');
    const { reason } = world.of('held')[0] ?? {};
    expect(reason).toMatch(new RegExp(`^hold 1[67]m\\S* left \\(${REASON}\\)$`));
    const hold = world.entries.find(({ entry }) => entry.type === 'held-by-provider');
    while (world.of('intended').length === 1) world.readAll([76]);
    const again = world.entries.findLast(({ entry }) => entry.type === 'intended');
    const tookMs = (again?.at.bootMs ?? 0) - (hold?.at.bootMs ?? 0);
    expect(tookMs).toBeGreaterThanOrEqual(20 * MINUTE);
    expect(tookMs).toBeLessThan(22 * MINUTE);
    expect(world.host).toBe('h2');
  });

  it('is not skipped by --force', () => {
    const world = guest(BACKUP);
    world.readAll(BAD);
    const refusal = refusalOf(world.ask({ force: true, why: 'now' }));
    expect(refusal).toMatchObject({ code: 'held', reason: expect.stringContaining(REASON) });
  });

  it('is there again after a restart', () => {
    const world = guest(BACKUP);
    world.readAll(BAD);
    expect(restore(world.stored, world.conf)).toEqual(world.state);
  });
});

describe('the time of a hold', () => {
  it.each([
    ['not given is 10 minutes', undefined, 10 * MINUTE],
    ['0 is 10 seconds', 0, 10_000],
    ['9 seconds is 10', 9_999, 10_000],
    ['10 seconds stays', 10_000, 10_000],
    ['a day stays', 1440 * MINUTE, 1440 * MINUTE],
    ['more than a day is one', 1441 * MINUTE, 1440 * MINUTE],
  ])('%s', (_, forMs, expected) => {
    const given = { host: 'h1', why: 'w', ...(forMs === undefined ? {} : { forMs }) };
    const world = heldAtPreflight(given);
    world.readAll(BAD);
    expect(world.of('held-by-provider')).toMatchObject([{ for_ms: expected }]);
  });

  it('is over at its very end', () => {
    const world = heldAtPreflight(BACKUP);
    world.readAll(BAD);
    world.wait(20 * MINUTE - 1);
    expect(holdOf(world)).toMatchObject({ leftMs: 1 });
    world.wait(1);
    expect(holdOf(world)).toBeUndefined();
  });
});

it('stands beside other holds', () => {
  const world = heldAtPreflight(BACKUP);
  world.readAll(BAD);
  world.send({ type: 'inhibit', id: 'i', why: 'dist-upgrade' });
  expect(holdOf(world)?.reason).toBe(`hold 20m left (${REASON}) · inhibited: dist-upgrade`);
});

it('a guest that is seen at its target though it was held has arrived', () => {
  const world = new World(makeConf(), {
    hosts: { migrate: (_, to) => ({ host: to, ok: false, text: 'vetoed', held: BACKUP }) },
  });
  world.readAll(BAD);
  expect(world.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h2' }]);
});

it('is told in the log with whose and why', () => {
  const entry = { type: 'held-by-provider', request: 'R3', host: 'h1', why: 'backup' } as const;
  expect(sentence({ ...entry, for_ms: 10 * MINUTE }, undefined)).toEqual({
    text: 'Held: provider of h1: backup, for 10m',
    fields: [['request', 'R3']],
  });
});
