/** What people are alerted to, and that they are once. */
import { describe, expect, it } from 'vitest';
import type { Constraints } from '../../src/core/conf.ts';
import type { Sighting } from '../../src/core/sighting.ts';
import { restore } from '../../src/core/step.ts';
import { MINUTE, makeConf, World } from '../support/world.ts';

const BAD = 76;
const DAY = 1440 * MINUTE;
const alert = { remindMs: 7 * DAY };

function guest(constraints: Partial<Constraints> = {}, locate?: () => Sighting): World {
  const free = { cooldownMs: undefined, maxMoves: undefined, settleMs: 0, ...constraints };
  const hosts = locate ? { hosts: { locate } } : {};
  return new World(makeConf({ alert, constraints: free }), { moveTakesMs: 0, ...hosts });
}

function told(world: World): string[] {
  return world.of('alert').map(({ about, text }) => `${about} · ${text}`);
}

describe('an alert', () => {
  it('is recorded with what it tells of, sent, and no longer pending then', () => {
    const world = guest();
    world.holdErrands = true;
    world.readAll(['gone', 'gone', 'gone']);
    expect(world.types().slice(-2)).toEqual(['probe-failing', 'alert']);
    expect(world.pending).toMatchObject([{ do: 'alert', alert: { n: 1, about: 'probe failing' } }]);
    expect(world.state.alerts.pending).toHaveLength(1);
    world.settleErrands();
    expect(world.state.alerts).toMatchObject({
      pending: [],
      last: { about: 'probe failing', ok: true, text: 'exec' },
    });
  });

  it('that a kill interrupted is sent at the next start', () => {
    const world = guest();
    world.holdErrands = true;
    world.readAll(['gone', 'gone', 'gone']);
    const [errand] = world.pending.splice(0);
    world.state = restore(world.stored, world.conf);
    world.send({ type: 'began', version: '1' });
    expect(world.pending).toEqual([errand]);
  });

  it('is not raised where nobody is to be told', () => {
    const world = new World(makeConf());
    world.readAll(['gone', 'gone', 'gone']);
    expect(told(world)).toEqual([]);
  });

  it('that nobody takes is kept among the latest 32', () => {
    const world = guest();
    world.holdErrands = true;
    for (let n = 0; n < 50; n += 1) world.readAll(['gone', 'gone', 'gone', 1]);
    expect(world.state.alerts.n).toBe(100);
    expect(world.state.alerts.pending).toHaveLength(32);
  });
});

describe('people are alerted', () => {
  it('to a probe that fails and to its recovery, over restarts too', () => {
    const world = guest();
    world.readAll(['gone', 'gone', 'gone']);
    world.send({ type: 'began', version: '1' });
    world.readAll(['gone', 'gone', 'gone', 5, 5]);
    expect(world.of('probe-failing')).toHaveLength(1);
    expect(told(world)).toEqual([
      'probe failing · probe slow fails: gone',
      'probe recovered · probe slow works again',
    ]);
    world.readAll(['gone', 'gone', 'gone']);
    expect(told(world)).toHaveLength(3);
  });

  it('to an unconfirmed request, once, though the answers change', () => {
    let says = 0;
    const world = guest({}, () => {
      says += 1;
      return { kind: 'unknown', answers: [{ who: 'h1', says: `no ${says}` }] };
    });
    world.state = { ...world.state, place: { host: 'h1', since: world.now() } };
    const { lost: _, ...placed } = world.state;
    world.state = placed;
    world.readAll([BAD, BAD, BAD]);
    expect(
      world.of('progress').filter(({ phase }) => phase === 'unconfirmed').length,
    ).toBeGreaterThan(1);
    expect(told(world)).toEqual([
      expect.stringMatching(
        /^unconfirmed · nobody can say where .* R3 h1→h2 is unconfirmed \(h1: no/,
      ),
    ]);
  });

  it('to all tried as soon as they are, though a cooldown stands before the rest', () => {
    const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'];
    const world = new World(makeConf({ alert, site: { hosts } }), { moveTakesMs: 0 });
    for (let n = 0; n < 3000 && told(world).length === 0; n += 1) world.readAll([BAD]);
    expect(world.of('intended')).toHaveLength(5);
    expect(told(world)).toEqual([expect.stringContaining('(h1, h2, h3, h4, h5 tried)')]);
    expect(world.of('held').map(({ gate }) => gate)).not.toContain('all tried');
  });

  it('to all tried, once for each rest', () => {
    const world = guest();
    world.readAll(Array(9).fill(BAD));
    world.readAll([BAD, BAD, BAD, 10, BAD, BAD, BAD, BAD]);
    expect(told(world)).toEqual([expect.stringContaining('all tried · no host in the array')]);
    world.readAll(Array(70).fill(BAD));
    expect(told(world)).toHaveLength(2);
  });

  it('to a provider that disagrees', () => {
    const world = guest();
    for (const _ of [1, 2]) {
      world.ask();
      world.wait(MINUTE);
      world.host = 'h1';
      world.send({ type: 'located', sighting: world.sighting() });
    }
    expect(told(world)).toEqual([
      'provider disagrees · others moved the guest back twice in a day (h2→h1 last); it rests',
    ]);
  });

  it('to a spool that drops records, again after it was empty', () => {
    const world = guest();
    world.send({ type: 'spool-dropping', dropped: 3 });
    world.send({ type: 'spool-dropping', dropped: 9 });
    expect(told(world)).toHaveLength(1);
    world.send({ type: 'spool-drained' });
    world.send({ type: 'spool-dropping', dropped: 10 });
    expect(told(world)).toHaveLength(2);
  });

  it('to results that wait, once for each time that they do', () => {
    const world = guest();
    const waiting = { type: 'results-waiting', queue: 'builds', reason: 'away' } as const;
    world.send({ ...waiting, since_ms: 1 });
    world.send({ ...waiting, since_ms: 1 });
    expect(told(world)).toEqual(['results waiting · results of queue builds wait: away']);
    world.send({ ...waiting, since_ms: 2 });
    expect(told(world)).toHaveLength(2);
  });

  it('to the first of a page’s results that is refused', () => {
    const world = guest();
    const refused = { type: 'result-refused', queue: 'builds', file: '/f', reason: '413' } as const;
    for (const job of ['A-1', 'A-2']) world.send({ ...refused, job });
    expect(told(world)).toEqual([
      'result refused · a result of queue builds is refused (413) and kept in /f',
    ]);
    world.send({ ...refused, job: 'B-1' });
    expect(told(world)).toHaveLength(2);
  });

  it.each(['paused', 'passive'])('to a guest that is %s for remind, and each time anew', (how) => {
    const world = guest(how === 'passive' ? { mode: 'passive' } : {});
    const passive = { constraints: { mode: 'passive' } };
    if (how === 'paused') world.send({ type: 'pause' });
    else world.send({ type: 'loaded', files: [], afresh: [], values: passive });
    const look = () => world.send({ type: 'located', sighting: world.sighting() });
    world.wait(7 * DAY - 1);
    world.send({ type: 'loaded', files: [], afresh: [], values: how === 'passive' ? passive : {} });
    expect(told(world)).toEqual([]);
    world.wait(1);
    look();
    look();
    expect(told(world)).toEqual([`${how} · ${how} for 7d: nothing is asked for`]);
    world.wait(7 * DAY);
    look();
    expect(told(world)).toHaveLength(2);
    if (how === 'paused') world.send({ type: 'resume' });
    world.wait(30 * DAY);
    if (how === 'paused') look();
    expect(told(world)).toHaveLength(2);
  });
});
