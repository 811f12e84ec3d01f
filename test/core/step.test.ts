import { describe, expect, it } from 'vitest';
import { restore } from '../../src/core/step.ts';
import { MINUTE, makeConf, POLICY, refusalOf, World } from '../support/world.ts';

const BAD = 76;
const IDLE = 0;
const HOUR = 3_600_000;

describe('a suffering guest', () => {
  it('asks on the reading that fulfils its tarry, and is confirmed where it was seen', () => {
    const world = new World(makeConf());
    world.readAll([BAD, BAD]);
    expect(world.of('intended')).toEqual([]);
    world.readAll([BAD]);
    expect(world.of('intended')).toMatchObject([
      {
        verdict: 'move',
        policy: 'db',
        from: 'h1',
        to: 'h2',
        value: 76,
        threshold: 50,
        tarry: '3 of 3',
      },
    ]);
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'confirmed', host: 'h2', took_ms: 10_000 },
    ]);
    expect(world.state.place?.host).toBe('h2');
    expect(world.state.request).toBeUndefined();
  });

  it('records the intent before it does anything, and each later step before the next', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    expect(world.types().slice(-1)).toEqual(['intended']);
    expect(world.pending).toMatchObject([{ do: 'preflight', to: 'h2' }]);
    world.carryOutNext();
    expect(world.entries.at(-1)?.entry).toMatchObject({ type: 'progress', phase: 'migrating' });
    expect(world.pending).toMatchObject([{ do: 'migrate', to: 'h2' }]);
  });

  it('makes no second request while one is open', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD, BAD, BAD, BAD, BAD]);
    expect(world.of('intended')).toHaveLength(1);
  });

  it('counts nothing while a move is in flight or settling', () => {
    const world = new World(makeConf({ constraints: { cooldownMs: undefined } }), {
      moveTakesMs: 5000,
    });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('outcome')).toHaveLength(1);
    world.wait(44_999);
    world.read(BAD);
    expect(world.state.tracks['db']?.suffering.hits ?? 0).toBe(0);
    world.wait(1);
    world.read(BAD);
    expect(world.state.tracks['db']?.suffering.hits).toBe(1);
  });
});

describe('an idle guest', () => {
  it('goes to the base, and stays there however long it idles', () => {
    const world = new World(makeConf());
    world.readAll(Array(30).fill(IDLE));
    expect(world.of('intended')).toMatchObject([
      { verdict: 'base', from: 'h1', to: 'b', threshold: 1 },
    ]);
    expect(world.of('verdict').at(-1)).toMatchObject({
      verdict: 'stay',
      reason: 'already at base',
    });
    expect(world.state.moves).toEqual([]);
  });
});

describe('a missing reading', () => {
  it('never asks, however due the count is, and the next present one does', () => {
    const world = new World(makeConf({ constraints: { mode: 'passive' } }));
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('would-ask')).toHaveLength(1);
    const before = world.entries.length;
    world.readAll(['server gone']);
    expect(world.entries).toHaveLength(before);
  });

  it('is reported once after max_errors in a row, and its recovery once', () => {
    const world = new World(makeConf());
    world.readAll(['gone', 'gone']);
    expect(world.of('probe-failing')).toEqual([]);
    world.readAll(['gone', 'gone', 'gone', 7, 7]);
    expect(world.of('probe-failing')).toEqual([
      { type: 'probe-failing', probe: 'slow', reason: 'gone' },
    ]);
    expect(world.of('probe-recovered')).toHaveLength(1);
  });
});

describe('a gap', () => {
  it('of a millisecond more than three intervals starts every count afresh', () => {
    const world = new World(makeConf());
    world.readAll([BAD, BAD]);
    world.wait(2 * MINUTE + 1);
    world.readAll([BAD]);
    expect(world.of('intended')).toEqual([]);
    expect(world.state.tracks['db']?.suffering.hits).toBe(1);
  });
});

describe('a failed move', () => {
  const failing = { migrate: (from: string) => ({ host: from, ok: false, text: 'no memory' }) };

  it('is failed where the guest is still at the source, and bars its target', () => {
    const world = new World(makeConf(), { hosts: failing });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', host: 'h1', reason: 'no memory (still at h1)' },
    ]);
    expect(world.state.bars['h2']?.n).toBe(1);
    expect(world.state.place?.host).toBe('h1');
  });

  it('is confirmed all the same where the guest is seen at the target', () => {
    const hosts = {
      migrate: (_: string, to: string) => ({ host: to, ok: false, text: 'lost the connection' }),
    };
    const world = new World(makeConf(), { hosts });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h2' }]);
  });

  it('that ends at a third host is failed, and the arrival is recorded as by others', () => {
    const hosts = { migrate: () => ({ host: 'h3', ok: true, text: 'done' }) };
    const world = new World(makeConf(), { hosts });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', host: 'h3' }]);
    expect(world.of('moved-by-other')).toEqual([{ type: 'moved-by-other', from: 'h1', to: 'h3' }]);
    expect(world.state.place?.host).toBe('h3');
    expect(world.state.moves).toEqual([]);
  });
});

describe('a preflight that fails', () => {
  it('bars the host and tries the next', () => {
    const hosts = { preflight: (to: string) => (to === 'h2' ? 'no memory' : undefined) };
    const world = new World(makeConf(), { hosts });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('progress')[0]).toMatchObject({
      phase: 'preflight-failed',
      to: 'h2',
      next: 'h3',
    });
    expect(world.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h3' }]);
    expect(Object.keys(world.state.bars)).toEqual(['h2']);
  });

  it('on every host ends the request after max_targets tries', () => {
    const world = new World(makeConf({ constraints: { maxTargets: 1 } }), {
      hosts: { preflight: () => 'down' },
    });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('progress')).toHaveLength(1);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', reason: 'h2: down' }]);
  });
});

describe('a source that is why', () => {
  it('a preflight fails ends the request, with no bar and no other target, until the retry', () => {
    const world = new World(makeConf(), {
      hosts: { preflight: () => 'h1: silent', ofSource: true },
    });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('progress')).toEqual([]);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', reason: 'h1: silent' }]);
    expect(world.of('outcome')[0]?.stopped).toBeUndefined();
    expect(world.state.bars).toEqual({});
    world.readAll([BAD, BAD, BAD], 1000);
    expect(world.gate()).toBe('retry');
  });

  it('an attempt fails bars no target, over a restart too', () => {
    const migrate = (from: string) => ({ host: from, ok: false, text: 'h1: full' });
    const world = new World(makeConf(), { hosts: { migrate, ofSource: true } });
    world.readAll([BAD, BAD, BAD]);
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'h1: full (still at h1)' },
    ]);
    expect(world.state.bars).toEqual({});
    expect(restore(world.stored, world.conf).bars).toEqual({});
  });
});

describe('nobody can tell', () => {
  it('leaves the request unconfirmed and blocking, said once, until it is resolved by hand', () => {
    let visible = true;
    const hosts = {
      locate: (host: string) =>
        visible
          ? ({ kind: 'at', host, answers: [] } as const)
          : ({ kind: 'unknown', answers: [{ who: 'h1', says: 'ssh time-out' }] } as const),
      migrate: (_: string, to: string) => {
        visible = false;
        return { host: to, ok: true, text: 'done' };
      },
    };
    const world = new World(makeConf(), { hosts });
    world.readAll([BAD, BAD, BAD]);
    expect(world.state.request?.phase).toBe('unconfirmed');
    expect(world.of('progress').filter(({ phase }) => phase === 'unconfirmed')).toHaveLength(1);
    world.readAll([BAD, BAD, BAD, BAD]);
    expect(world.of('intended')).toHaveLength(1);

    expect(refusalOf(world.send({ type: 'resolve', request: 'nope', host: 'h2' }))?.code).toBe(
      'wrong',
    );
    expect(refusalOf(world.send({ type: 'resolve', request: 'R3', host: 'mars' }))?.code).toBe(
      'wrong',
    );
    world.send({ type: 'resolve', request: 'R3', host: 'h2' });
    expect(world.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h2' }]);
  });

  it('can be abandoned, after which the place is unknown until a look tells', () => {
    const hosts = { migrate: () => ({ host: '?', ok: true, text: '' }) };
    const world = new World(makeConf(), { hosts });
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    world.carryOutNext();
    world.pending.length = 0;
    world.send({ type: 'resolve', request: 'R3' });
    expect(world.of('outcome')).toMatchObject([{ outcome: 'abandoned' }]);
    expect(world.state.lost).toBeDefined();
    world.send({ type: 'located', sighting: { kind: 'at', host: 'h1', answers: [] } });
    expect(world.state.lost).toBeUndefined();
    expect(world.state.place?.host).toBe('h1');
  });
});

describe('a cancel', () => {
  it('before the attempt ends the request at once', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.send({ type: 'cancel' });
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'cancelled before it began' },
    ]);
    world.settleErrands();
    expect(world.of('progress')).toEqual([]);
  });

  it('of an attempt under way asks to stop, and a locator says what came of it', () => {
    const world = new World(makeConf(), {
      hosts: { migrate: (from) => ({ host: from, ok: false, text: 'aborted' }) },
    });
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    world.send({ type: 'cancel', request: 'R3' });
    expect(world.pending.map((errand) => errand.do)).toEqual(['migrate', 'cancel']);
    world.settleErrands();
    expect(world.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'cancelled, still at h1' },
    ]);
    expect(world.state.bars).toEqual({});
  });
});

describe('a move by others', () => {
  it('settles and cools down like ours, and never counts against the limit', () => {
    const world = new World(makeConf());
    world.wait(MINUTE);
    world.send({ type: 'located', sighting: { kind: 'at', host: 'h3', answers: [] } });
    expect(world.of('moved-by-other')).toEqual([{ type: 'moved-by-other', from: 'h1', to: 'h3' }]);
    world.readAll([BAD, BAD, BAD, BAD]);
    expect(world.gate()).toBe('cooldown');
    expect(world.state.moves).toEqual([]);
  });
});

describe('a start', () => {
  it('looks for the guest of an open request before anything else', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    const again = new World(makeConf(), { host: 'h2' });
    again.state = restore(world.stored, world.conf);
    again.entries.length = 0;
    again.send({ type: 'began', version: '1' });
    expect(again.types()).toEqual(['started', 'outcome']);
    expect(again.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h2' }]);
  });

  it('ends an intent that was never asked for as failed', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    const again = new World(makeConf());
    again.state = restore(world.stored, world.conf);
    again.send({ type: 'began', version: '1' });
    expect(again.of('outcome')).toMatchObject([
      { outcome: 'failed', reason: 'the daemon ended before anything was asked' },
    ]);
    expect(again.state.bars).toEqual({});
  });

  it('waits while the attempt may still be under way', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    world.pending.length = 0;
    const sighting = { kind: 'at', host: 'h1', answers: [] } as const;
    world.send({ type: 'located', request: 'R3', look: 0, ended: false, sighting });
    expect(world.of('outcome')).toEqual([]);
    expect(world.pending).toMatchObject([{ do: 'locate', look: 1, afterMs: 5000 }]);
    world.send({ type: 'located', request: 'R3', look: 1, ended: true, sighting });
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('a pause', () => {
  it('records what would have been asked, once, and ends by itself', () => {
    const world = new World(makeConf());
    world.send({ type: 'pause', forMs: 10 * MINUTE, why: 'upgrade' });
    world.readAll([BAD, BAD, BAD, BAD, BAD]);
    expect(world.of('would-ask')).toMatchObject([{ verdict: 'move', to: 'h2' }]);
    expect(world.of('intended')).toEqual([]);
    world.readAll([BAD, BAD, BAD, BAD]);
    expect(world.of('resumed')).toEqual([]);
    world.readAll([BAD]);
    expect(world.of('resumed')).toMatchObject([{ why: 'the time of the pause is over' }]);
    expect(world.of('intended')).toHaveLength(1);
  });

  it.each([
    ['until somebody resumes', {}, [{ for_ms: 24 * HOUR }, { for_ms: 73 * HOUR }]],
    [
      'with what is left of it',
      { forMs: 80 * HOUR, why: 'upgrade' },
      [
        { for_ms: 24 * HOUR, left_ms: 56 * HOUR, why: 'upgrade' },
        { for_ms: 73 * HOUR, left_ms: 7 * HOUR, why: 'upgrade' },
      ],
    ],
  ])('is told of in the log each day, %s', (_, pause, told) => {
    const world = new World(makeConf());
    world.send({ type: 'pause', ...pause });
    const passes = (hours: number) => {
      world.wait(hours * HOUR);
      world.send({ type: 'tick' });
    };
    passes(24 - 1 / 60);
    expect(world.of('still-paused')).toEqual([]);
    passes(1 / 60);
    passes(23);
    // A daemon that didn't run meanwhile says it once, and one that is started again not anew.
    passes(26);
    world.state = restore(world.stored, world.conf);
    passes(1 / 60);
    expect(world.of('still-paused')).toEqual(
      told.map((each) => ({ type: 'still-paused', ...each })),
    );
    world.send({ type: 'resume' });
    passes(48);
    expect(world.of('still-paused')).toHaveLength(2);
  });

  it('that comes while a target is looked at stops the move before it begins', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.send({ type: 'pause', why: 'no' });
    world.settleErrands();
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', reason: 'paused: no' }]);
    expect(world.of('progress')).toEqual([]);
  });

  it('can’t be resumed where there is none', () => {
    const world = new World(makeConf());
    expect(refusalOf(world.send({ type: 'resume' }))?.code).toBe('wrong');
  });
});

describe('asking by hand', () => {
  const why = 'test';
  it.each([
    [
      'an unknown host is wrong',
      { host: 'mars' },
      'wrong',
      'no host mars in the conf; there are h1, h2, h3',
    ],
    ['the host it is at is wrong', { host: 'h1' }, 'wrong', 'the guest is at h1 already'],
    [
      'the base as a plain target names the right command',
      { host: 'b' },
      'wrong',
      'b is the base; use: vmmanage move --base',
    ],
    [
      'force without why is wrong',
      { force: true },
      'wrong',
      '--force asks for --why TEXT, which is logged',
    ],
    [
      'away without such a site is wrong',
      { verdict: 'away' as const },
      'wrong',
      'the conf has no away site',
    ],
    [
      'a host with another verdict is wrong',
      { verdict: 'away' as const, host: '--evil' },
      'wrong',
      'a host can only be named for a plain move',
    ],
    ['home from home is wrong', { verdict: 'home' as const }, 'wrong', 'Already in home array'],
  ])('%s', (_, order, code, reason) => {
    const world = new World(makeConf());
    expect(refusalOf(world.ask(order))).toMatchObject({ code, reason });
    expect(world.of('intended')).toEqual([]);
  });

  it('is held by a cooldown, which force skips and logs why', () => {
    const world = new World(makeConf());
    world.ask({ host: 'h2' });
    expect(world.host).toBe('h2');
    world.wait(MINUTE);
    expect(refusalOf(world.ask({ host: 'h3' }))).toMatchObject({
      code: 'held',
      reason: 'held: cooldown 4m left',
    });
    world.ask({ host: 'h3', force: true, why });
    expect(world.of('intended').at(-1)).toMatchObject({ to: 'h3', why, force: true });
    expect(world.host).toBe('h3');
  });

  it('force skips neither a request in flight, nor deny, nor an inhibitor', () => {
    const world = new World(makeConf({ constraints: { deny: ['h3'] } }));
    const forced = { force: true, why };
    expect(refusalOf(world.ask({ host: 'h3', ...forced }))?.reason).toContain('denied by deny');
    world.send({ type: 'inhibit', id: 'I1', why: 'backup' });
    expect(refusalOf(world.ask({ host: 'h2', ...forced }))?.reason).toBe('held: inhibited: backup');
    world.send({ type: 'release', id: 'I1' });
    world.holdErrands = true;
    world.ask({ host: 'h2' });
    expect(refusalOf(world.ask({ host: 'h2', ...forced }))?.reason).toContain('is open');
  });

  it('tries no other host than the one that was named', () => {
    const world = new World(makeConf(), { hosts: { preflight: () => 'down' } });
    world.ask({ host: 'h2' });
    expect(world.of('progress')).toMatchObject([{ phase: 'preflight-failed', to: 'h2' }]);
    expect(world.of('outcome')).toMatchObject([{ outcome: 'failed', reason: 'h2: down' }]);
  });
});

describe('an attempt that may be under way still', () => {
  const unknown = { kind: 'unknown', answers: [{ who: 'h1', says: '?' }] } as const;

  function underway() {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    world.pending.length = 0;
    return world;
  }

  it('is neither confirmed nor unconfirmed, and can’t be resolved, whatever a look finds', () => {
    const world = underway();
    for (const sighting of [unknown, { kind: 'at', host: 'h2', answers: [] } as const]) {
      world.send({ type: 'located', request: 'R3', look: 3, ended: false, sighting });
      expect(world.state.request?.phase).toBe('migrating');
    }
    const refused = refusalOf(world.send({ type: 'resolve', request: 'R3', host: 'h1' }));
    expect(refused).toMatchObject({ code: 'held', change: 'vmmanage cancel R3' });
    world.send({ type: 'located', request: 'R3', look: 4, ended: true, sighting: unknown });
    expect(world.state.request?.phase).toBe('unconfirmed');
  });

  it('that is seen moving for ever with no attempt under way ends up unconfirmed', () => {
    const world = underway();
    const sighting = { kind: 'moving', to: 'h2', answers: [] } as const;
    world.send({ type: 'located', request: 'R3', look: 9, ended: true, sighting });
    expect(world.state.request?.phase).toBe('migrating');
    world.send({ type: 'located', request: 'R3', look: 10, ended: true, sighting });
    expect(world.state.request?.phase).toBe('unconfirmed');
  });
});

describe('an attempt that goes on for ever', () => {
  const moving = {
    kind: 'moving',
    to: 'h2',
    answers: [{ who: 'h1', says: 'handing over' }],
  } as const;
  const alert = { remindMs: 1440 * MINUTE };

  it('after it was given up is told of, and nothing is decided while it does', () => {
    const world = new World(makeConf({ alert }));
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.send({ type: 'preflighted', request: 'R3', to: 'h2', ok: true });
    world.send({ type: 'attempted', request: 'R3', to: 'h2', ok: false, text: 'no end after 10m' });
    for (let look = 0; look < 10; look += 1) {
      world.send({ type: 'located', request: 'R3', look, ended: false, sighting: moving });
    }
    expect(world.state.request?.phase).toBe('locating');
    expect(world.of('alert')).toEqual([]);
    for (let look = 10; look < 13; look += 1) {
      world.send({ type: 'located', request: 'R3', look, ended: false, sighting: moving });
    }
    expect(world.state.request?.phase).toBe('unconfirmed');
    expect(world.of('alert')).toMatchObject([{ about: 'unconfirmed' }]);
    expect(world.pending.at(-1)).toMatchObject({ do: 'locate', request: 'R3', look: 13 });
    const seen = { kind: 'at', host: 'h2', answers: [] } as const;
    world.send({ type: 'located', request: 'R3', look: 13, ended: false, sighting: seen });
    expect(world.of('outcome')).toEqual([]);
    world.send({ type: 'located', request: 'R3', look: 14, ended: true, sighting: seen });
    expect(world.of('outcome')).toMatchObject([{ outcome: 'confirmed', host: 'h2' }]);
  });

  it('from an earlier life of the daemon is told of after an hour', () => {
    const world = new World(makeConf({ alert }));
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.send({ type: 'preflighted', request: 'R3', to: 'h2', ok: true });
    world.wait(60 * MINUTE - 1);
    world.send({ type: 'located', request: 'R3', look: 30, ended: false, sighting: moving });
    expect(world.state.request?.phase).toBe('migrating');
    world.wait(1);
    world.send({ type: 'located', request: 'R3', look: 31, ended: false, sighting: moving });
    expect(world.state.request?.phase).toBe('unconfirmed');
    expect(world.of('alert')).toMatchObject([{ about: 'unconfirmed' }]);
    expect(refusalOf(world.send({ type: 'resolve', request: 'R3', host: 'h1' }))).toBeUndefined();
  });
});

describe('a look that began before an arrival', () => {
  it('tells nothing of now', () => {
    const world = new World(makeConf());
    const begun = world.now();
    world.wait(MINUTE);
    world.ask({ host: 'h2' });
    world.wait(1000);
    const sighting = { kind: 'at', host: 'h1', answers: [] } as const;
    world.send({ type: 'located', sighting, begun });
    expect(world.of('moved-by-other')).toEqual([]);
    expect(world.state.place?.host).toBe('h2');
  });
});

describe('an abandoned request', () => {
  it('counts as an arrival and as a move, since it may have been one', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.carryOutNext();
    world.carryOutNext();
    world.pending.length = 0;
    world.send({ type: 'resolve', request: 'R3' });
    world.send({ type: 'located', sighting: { kind: 'at', host: 'h2', answers: [] } });
    world.readAll([BAD, BAD, BAD, BAD]);
    expect(world.gate()).toBe('cooldown');
    expect(world.state.moves).toHaveLength(1);
  });
});

describe('two policies that ask', () => {
  it('have what holds them recorded when it changes, not on every reading', () => {
    const probe = { intervalMs: MINUTE, maxErrors: 3, unit: '' };
    const conf = makeConf({
      probes: { slow: probe, cpu: probe },
      policies: [POLICY, { ...POLICY, name: 'cpu', probe: 'cpu' }],
    });
    const world = new World(conf);
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    for (let i = 0; i < 20; i += 1) {
      world.wait(MINUTE);
      world.read(BAD, 'slow');
      world.read(BAD, 'cpu');
    }
    expect(world.of('held')).toHaveLength(2);
  });
});

describe('a person who stops a move', () => {
  it('doesn’t make the hosts wait for a retry', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([BAD, BAD, BAD]);
    world.send({ type: 'cancel' });
    expect(world.state.failures).toEqual({});
    expect(world.state.bars).toEqual({});
  });
});

describe('failures', () => {
  it('a day apart have nothing to do with each other', () => {
    const hosts = { migrate: (from: string) => ({ host: from, ok: false, text: 'no' }) };
    const world = new World(makeConf(), { hosts });
    world.readAll([BAD, BAD, BAD]);
    world.wait(24 * 60 * MINUTE);
    world.readAll([BAD, BAD, BAD]);
    expect(world.state.failures.move?.n).toBe(1);
  });
});

describe('a conf that was changed', () => {
  it('starts the counts afresh of the policies that it names, and of no others', () => {
    const world = new World(makeConf());
    world.readAll([BAD, BAD]);
    world.send({ type: 'loaded', files: [], values: {}, afresh: ['other'] });
    expect(world.state.tracks['db']?.suffering.hits).toBe(2);
    world.send({ type: 'loaded', files: [], values: {}, afresh: ['db'] });
    expect(world.state.tracks['db']).toBeUndefined();
    expect(restore(world.stored, world.conf)).toEqual(world.state);
  });
});
