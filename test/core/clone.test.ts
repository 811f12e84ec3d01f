/** Home and its clone in core: who acts, what ends a request on either side, and what a person can do. */
import { describe, expect, it } from 'vitest';
import { apply } from '../../src/core/apply.ts';
import { carry } from '../../src/core/carried.ts';
import { acts, handsBack, whyResting } from '../../src/core/clone.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { mayBeginJob } from '../../src/core/jobs.ts';
import { sentence } from '../../src/core/sentences.ts';
import { INITIAL } from '../../src/core/state.ts';
import { restore } from '../../src/core/step.ts';
import { CONSTRAINTS, MINUTE, makeConf, refusalOf, SITES, World } from '../support/world.ts';

const CONF = makeConf({
  sites: SITES,
  policies: [],
  constraints: { ...CONSTRAINTS, settleMs: undefined, cooldownMs: undefined },
});

/** A guest at home whose clone is out. */
function away(): World {
  const world = new World(CONF, { hosts: { cloud: 'aws' } });
  world.ask({ verdict: 'away' });
  return world;
}

/** A clone that was launched for request `R1`. */
function clone(): World {
  const world = new World(CONF, { host: 'aws' });
  world.state = INITIAL;
  world.entries.length = 0;
  world.stored.length = 0;
  const told = { request: 'R1', instance: 'i-1', host: 'aws', home: 'h1' };
  world.send({ type: 'cloned', of: 'db7', ...told });
  return world;
}

describe('home', () => {
  it('rests from the moment in which its clone is seen, before it calls the request confirmed', () => {
    const world = away();
    expect(world.types().slice(-2)).toEqual(['handed-over', 'outcome']);
    expect(world.state).toMatchObject({
      place: { host: 'aws' },
      handedOver: { request: 'R1', instance: 'i-1', from: 'h1', to: 'aws' },
    });
    expect(acts(world.state)).toBe(false);
    expect(mayBeginJob(world.state, CONF, world.now())).toBe(false);
  });

  it('asks for nothing then, whoever insists, and says since when, which instance, and what to do', () => {
    const world = away();
    world.wait(5 * MINUTE);
    const refusal = refusalOf(world.ask({ verdict: 'home', force: true, why: 'now' }));
    expect(refusal).toMatchObject({
      code: 'held',
      reason: 'held: handed over to aws 5m ago: instance i-1 acts there',
      change: 'wait till it comes home; or end i-1, then vmmanage resolve R1 --at HOST',
    });
  });

  it('believes no locator that sees the guest at home', () => {
    const world = away();
    world.host = 'h2';
    world.send({ type: 'located', sighting: world.sighting() });
    expect(world.types().at(-1)).toBe('outcome');
  });

  it('acts again once it has taken back, where the guest was', () => {
    const world = away();
    world.takeBack('instance i-1 is gone');
    expect(world.entries.at(-1)?.entry).toEqual({
      type: 'taken-back',
      request: 'R1',
      host: 'h1',
      reason: 'instance i-1 is gone',
    });
    expect(world.state.place?.host).toBe('h1');
    expect([acts(world.state), world.state.handedOver]).toEqual([true, undefined]);
    world.takeBack();
    expect(world.of('taken-back')).toHaveLength(1);
  });

  it('takes back by a person’s word, at a host of the conf, and isn’t abandoned', () => {
    const world = away();
    const refused = [undefined, 'nowhere', 'aws'].map((host) =>
      refusalOf(
        world.send({ type: 'resolve', request: 'R1', ...(host === undefined ? {} : { host }) }),
      ),
    );
    expect(refused.map((refusal) => refusal?.code)).toEqual(['wrong', 'wrong', 'wrong']);
    world.send({ type: 'resolve', request: 'R1', host: 'h2' });
    expect(world.of('taken-back')).toMatchObject([{ host: 'h2', reason: 'by hand' }]);
  });

  it('hands nothing over where the clone that is seen is another request’s', () => {
    const world = new World(CONF, {
      hosts: {
        locate: (host) => ({
          ...{ kind: 'at', host, answers: [] },
          clone: { request: 'R0', instance: 'i-0' },
        }),
      },
    });
    world.ask({ verdict: 'away' });
    expect(world.of('handed-over')).toEqual([]);
  });
});

describe('a clone', () => {
  it('begins with its origin, at the cloud’s host, and rests', () => {
    const world = clone();
    expect(world.types()).toEqual(['cloned']);
    expect(world.state.place?.host).toBe('aws');
    expect([acts(world.state), mayBeginJob(world.state, CONF, world.now())]).toEqual([
      false,
      false,
    ]);
    expect(whyResting(world.state, world.now())?.reason).toContain('handed nothing over yet');
    world.send({ type: 'cloned', of: 'db7', request: 'R9', instance: 'i', host: 'x', home: 'y' });
    expect(world.types()).toEqual(['cloned']);
  });

  it('acts once home has handed over for its own request, and once only', () => {
    const world = clone();
    world.send({ type: 'handed-over', request: 'R0' });
    expect(acts(world.state)).toBe(false);
    world.send({ type: 'handed-over', request: 'R1' });
    world.send({ type: 'handed-over', request: 'R1' });
    expect(world.types()).toEqual(['cloned', 'handed-over']);
    expect(acts(world.state)).toBe(true);
  });

  it('hands back from the entry that begins it, can’t cancel that, and ends it by home’s word', () => {
    const world = clone();
    world.send({ type: 'handed-over', request: 'R1' });
    world.holdErrands = true;
    world.ask({ verdict: 'home' });
    expect(handsBack(world.state)).toBeUndefined();
    world.send({ type: 'preflighted', request: 'R1', to: 'h1', ok: true });
    expect(handsBack(world.state)).toBe('R1');
    expect(acts(world.state)).toBe(false);
    expect(whyResting(world.state, world.now())?.reason).toBe('handing back to h1');
    expect(mayBeginJob(world.state, CONF, world.now())).toBe(false);
    expect(refusalOf(world.send({ type: 'cancel' }))).toMatchObject({ code: 'held' });
    // A clone that was started anew, and hears nothing of home for an hour.
    world.wait(60 * MINUTE);
    const sighting = { kind: 'at', host: 'aws', answers: [] } as const;
    world.send({ type: 'located', request: 'R1', look: 30, ended: false, sighting });
    expect(world.state.request?.phase).toBe('unconfirmed');
    for (const host of ['h1', 'aws', undefined]) {
      const resolved = world.send({ type: 'resolve', request: 'R1', ...(host && { host }) });
      expect(refusalOf(resolved)).toMatchObject({ code: 'held' });
    }
    expect(acts(world.state)).toBe(false);
    world.send({ type: 'taken-back', request: 'R1', reason: 'handed back' });
    expect(world.entries.slice(-2).map(({ entry }) => entry)).toMatchObject([
      { type: 'taken-back', host: 'h1' },
      { type: 'outcome', outcome: 'confirmed', host: 'h1' },
    ]);
    expect(world.state).toMatchObject({ origin: { over: true }, place: { host: 'h1' } });
    expect(acts(world.state)).toBe(false);
  });

  it('is over where home never hands over, or takes back unasked; an open request fails', () => {
    const unneeded = clone();
    unneeded.send({ type: 'taken-back', request: 'R1', reason: 'not needed' });
    expect(unneeded.state.origin?.over).toBe(true);
    unneeded.send({ type: 'handed-over', request: 'R1' });
    expect(acts(unneeded.state)).toBe(false);

    const given = clone();
    given.send({ type: 'handed-over', request: 'R1' });
    given.holdErrands = true;
    given.ask({ verdict: 'home' });
    given.send({ type: 'taken-back', request: 'R1', reason: 'its instance is gone' });
    expect(given.of('outcome')).toMatchObject([{ outcome: 'failed', stopped: true }]);
    expect(acts(given.state)).toBe(false);
  });
});

describe('its entries', () => {
  const worlds = () => {
    const back = away();
    back.takeBack();
    const over = clone();
    over.send({ type: 'handed-over', request: 'R1' });
    const ended = clone();
    ended.send({ type: 'taken-back', request: 'R1', reason: 'not needed' });
    return [away(), back, clone(), over, ended];
  };

  it('are read back as they were written, whole lines and not less', () => {
    for (const { entries } of worlds()) {
      for (const { entry } of entries) {
        expect(isEntry(JSON.parse(JSON.stringify(entry)))).toBe(true);
        const cut = { ...entry, request: undefined };
        if (['cloned', 'handed-over', 'taken-back'].includes(entry.type)) {
          expect(isEntry(cut)).toBe(false);
        }
      }
    }
  });

  it('make the same state at a restart, and after the journal’s file was full', () => {
    for (const world of worlds()) {
      const { state } = world;
      expect(restore(world.stored, CONF)).toEqual(state);
      const entry = JSON.parse(JSON.stringify({ type: 'state', state: carry(state) }));
      expect(isEntry(entry)).toBe(true);
      const { probes, tracks, said } = state;
      expect(apply({ ...INITIAL, probes, tracks, said }, entry, world.now())).toEqual(state);
    }
  });

  it('are told in the central log', () => {
    const told = worlds().flatMap(({ entries }) =>
      entries.flatMap(({ entry }) => sentence(entry, undefined)?.text ?? []),
    );
    expect(told).toEqual(
      expect.arrayContaining([
        'Began as a clone of db7, resting until home hands over',
        'Handed over to aws: the clone acts, home rests',
        'Taken back at h1: handed back',
      ]),
    );
  });
});
