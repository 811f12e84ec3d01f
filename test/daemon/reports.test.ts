import { describe, expect, it } from 'vitest';
import { explainReport, hostReports, statusReport } from '../../src/daemon/reports.ts';
import { sightOf } from '../support/sight.ts';
import { MINUTE, makeConf, SITES, scheduleOf, siteAwareRule, World } from '../support/world.ts';

function moved(): World {
  const world = new World(makeConf());
  world.readAll([76, 76, 76]);
  world.readAll([76, 77, 78, 79]);
  return world;
}

describe('status', () => {
  it('tells what is asked, what holds it, how long, and where it would go', () => {
    const status = statusReport(sightOf(moved()));
    expect(status).toMatchObject({
      vm: 'db7',
      mode: 'active',
      place: { host: 'h2', site: 'home', base: false, lost: false },
      moves: { n: 1, limit: 6, span_ms: 1440 * MINUTE },
      last_move: { from: 'h1', to: 'h2', outcome: 'confirmed', host: 'h2', took_ms: 10_000 },
      probes: [{ name: 'slow', value: 79, failing: false }],
      policies: [
        {
          name: 'db',
          verdict: 'move',
          suffering: { condition: '> 50 for 3', progress: '3 of 3', due: true },
          idle: { condition: '< 1 for 5', progress: '0 of 5', due: false },
        },
      ],
      held: { gate: 'cooldown', verdict: 'move', policy: 'db', made: '5m×2' },
      next: { to: 'h3', why: 'listed after h2' },
    });
    expect(status.held?.reason).toBe(
      'cooldown 6m left (doubled once: the last move has not helped)',
    );
  });

  it('promises no move before the last gate opens', () => {
    const maxMoves = { n: 1, spanMs: 60 * MINUTE };
    const world = new World(makeConf({ constraints: { maxMoves } }));
    world.readAll([76, 76, 76]);
    world.readAll([76, 77, 78, 79]);
    const { held, next, now } = statusReport(sightOf(world));
    expect(held?.gate).toBe('cooldown');
    const waitMs = Date.parse(next.at ?? '') - Date.parse(now);
    expect(waitMs).toBeGreaterThan(50 * MINUTE);
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    const inhibited = statusReport(sightOf(world)).next;
    expect([inhibited.to, inhibited.at]).toEqual(['h3', undefined]);
  });

  it('names no next host in passive mode', () => {
    const world = new World(makeConf({ constraints: { mode: 'passive' } }));
    world.readAll([76, 76, 76]);
    const { held, next } = statusReport(sightOf(world));
    expect([held?.reason, next]).toEqual(['mode = passive', { why: 'nothing is asked for' }]);
  });

  it('tells working hours, when they change, and that a probe rests', () => {
    const schedule = scheduleOf('Mon-Fri 09:00-16:00', { monitor_off_hours: false });
    const conf = makeConf({ policy: { schedule } });
    const startMs = Date.parse('2026-11-20T15:59Z');
    const world = new World(conf, { host: 'b', startMs });
    const until = '2026-11-20T16:00:00.000Z';
    expect(statusReport(sightOf(world)).policies[0]?.hours).toEqual({
      ...{ inside: true, until, zone: 'UTC', off_hours: 'rest' },
    });
    expect(statusReport(sightOf(world)).probes[0]?.resting).toBeUndefined();
    world.wait(MINUTE);
    const status = statusReport(sightOf(world));
    expect(status.policies[0]).toMatchObject({
      ...{ verdict: 'stay', reason: 'rests outside workhours' },
      hours: { inside: false, until: '2026-11-23T09:00:00.000Z' },
    });
    expect(status.probes[0]?.resting).toBe(true);
  });

  it('tells a pause with what is left of it', () => {
    const world = new World(makeConf());
    world.send({ type: 'pause', forMs: 10 * MINUTE, why: 'upgrade' });
    world.wait(4 * MINUTE);
    expect(statusReport(sightOf(world))).toMatchObject({
      mode: 'paused',
      paused: { since: '2026-11-21T09:00:00.000Z', why: 'upgrade', left_ms: 6 * MINUTE },
    });
    world.wait(6 * MINUTE);
    const over = statusReport(sightOf(world));
    expect([over.mode, over.paused]).toEqual(['active', undefined]);
  });

  it('tells an unconfirmed request with what to do', () => {
    const world = new World(makeConf());
    world.holdErrands = true;
    world.readAll([76, 76, 76]);
    world.carryOutNext();
    world.carryOutNext();
    const answers = [{ who: 'h1', says: 'ssh time-out' }];
    const sighting = { kind: 'unknown', answers } as const;
    world.send({ type: 'located', request: 'R3', look: 0, ended: true, sighting });
    expect(statusReport(sightOf(world)).request).toMatchObject({
      id: 'R3',
      phase: 'unconfirmed',
      answers,
      do: 'vmmanage resolve R3 --at HOST',
    });
  });
});

describe('explain', () => {
  it('gives every gate, in order, with what holds and where its option stands', () => {
    const report = explainReport(sightOf(moved()));
    expect(report.summary).toBe(
      'Not moving: cooldown 6m left (doubled once: the last move has not helped).',
    );
    expect(report.gates.map(({ gate }) => gate)).toEqual([
      ...['paused', 'in flight', 'handed over', 'settling', 'hold', 'cooldown', 'retry'],
      ...['move limit', 'quiet', 'all tried', 'provider disagrees', 'budget'],
      ...['place unknown', 'no target'],
    ]);
    expect(report.gates.filter(({ reason }) => reason).map(({ gate }) => gate)).toEqual([
      'cooldown',
    ]);
    expect(report.gates.find(({ gate }) => gate === 'cooldown')).toMatchObject({
      made: '5m×2',
      origin: 'cooldown = 5m, default; cooldown_growth = 2, db.conf:3',
    });
    expect(report.asked).toEqual({ verdict: 'move', hypothetical: false });
    expect(report.targets).toEqual([{ host: 'h3' }, { host: 'h1' }]);
    expect(report.past).toHaveLength(1);
  });

  it('tells closing time, and the gates it is asked of', () => {
    const conf = makeConf({
      policy: { schedule: scheduleOf('Mon-Fri 09:00-16:00') },
      constraints: { maxMoves: { n: 1, spanMs: 1440 * MINUTE } },
    });
    const world = new World(conf, { startMs: Date.parse('2026-11-20T15:50Z') });
    world.ask({ host: 'h2' });
    world.wait(15 * MINUTE);
    const report = explainReport(sightOf(world));
    expect(report.summary).toBe('Closing time: a request is made within a minute.');
    expect(report.asked).toEqual({ verdict: 'base', hypothetical: false });
    expect(report.gates.filter(({ reason }) => reason)).toEqual([]);
  });

  it('tells what was learned of each target, where that gives the order', () => {
    const world = new World(makeConf({ site: { order: 'learned' } }));
    world.readAll([76, 76, 76, 10, 10, 10, 10]);
    const { learned } = hostReports(sightOf(world))[1] ?? {};
    expect(learned).toMatchObject({ helped: 1, of: 1, last_recovered: true, last_age_ms: MINUTE });
    world.readAll([76, 76, 76]);
    const report = explainReport(sightOf(world));
    expect(report.order).toBe('first by what was learned');
    expect(report.targets[0]).toEqual({ host: 'h1', learned: 'not tried yet' });
  });

  it('tells a way to another site with its job, conditions and targets', () => {
    const conf = makeConf({
      sites: SITES,
      policies: [{ ...siteAwareRule(), probe: 'slow' }],
      constraints: { maxMoves: { n: 1, spanMs: 600 * MINUTE }, cooldownMs: undefined },
    });
    const world = new World(conf);
    world.send({ type: 'job-began', job: '17', grade: 'grade a' });
    world.readAll([2]);
    const finishing = 'away wanted: job 17 (grade a) is finished first';
    expect(explainReport(sightOf(world)).summary).toBe(`Not moving: ${finishing}.`);
    world.send({ type: 'job-ended', job: '17', ok: true });
    world.ask({ verdict: 'away' });
    world.readAll([0, 0, 2]);
    const report = explainReport(sightOf(world));
    expect(report).toMatchObject({
      policies: [
        {
          ...{ kind: 'site-aware', verdict: 'away', reason: 'big jobs wait' },
          suffering: { condition: '>= 2 for 1', progress: '1 of 1', due: true },
          idle: { condition: '< 2 for 1', due: false },
        },
      ],
      asked: { verdict: 'away', hypothetical: false },
      targets: [{ host: 'aws' }],
      order: 'in the order of the away hosts',
    });
    expect(report.summary).toMatch(/^Not moving: move limit: 1 of 1 moves/);
    expect(statusReport(sightOf(world))).toMatchObject({
      place: { host: 'h1', site: 'home' },
      last_move: { verdict: 'home', from: 'aws' },
    });
    expect(hostReports(sightOf(world)).at(-1)).toMatchObject({ host: 'aws', site: 'aws' });
  });

  it.each([
    ['of the program', {}, { holds: true, reason: 'a restore' }, 'hold_while = /h, d.conf:29'],
    ['of a person', { i: 'backup' }, undefined, undefined],
  ] as const)('says where hold_while stands for a hold %s', (_, inhibitors, told, origin) => {
    const world = new World(makeConf());
    world.readAll([10]);
    const sight = sightOf(world);
    const option = { section: 'constraints', key: 'hold_while', value: '/h', origin: 'd.conf:29' };
    const state = { ...sight.state, inhibitors };
    const report = explainReport({ ...sight, state, told, effective: [option] });
    const hold = report.gates.find(({ gate }) => gate === 'hold');
    expect(hold?.reason).toBeDefined();
    expect(hold?.origin).toBe(origin);
  });

  it.each([
    ['h1', 'base', undefined, 'the base'],
    ['h1', 'move', undefined, 'listed after h1'],
    ['b', 'move', undefined, 'the first of the list'],
    ['b', 'move', true, 'beginning at this guest’s own place (spread)'],
    ['h1', 'away', undefined, 'in the order of the away hosts'],
  ] as const)('says from %s why a %s goes where it does', (host, verdict, spread, order) => {
    const conf = makeConf(spread ? { site: { spread } } : {});
    const world = new World(conf, { host });
    world.readAll([10]);
    expect(explainReport(sightOf(world), { verdict }).order).toBe(order);
  });

  it('asks the gates about a move when nobody asks for anything', () => {
    const world = new World(makeConf());
    world.readAll([10]);
    const report = explainReport(sightOf(world));
    expect(report.asked).toEqual({ verdict: 'move', hypothetical: true });
    expect(report.summary).toBe('Not moving: content.');
  });
});

describe('hosts', () => {
  it('tell where the guest is, the base, and what is barred', () => {
    const world = new World(makeConf(), {
      hosts: { preflight: (to) => (to === 'h2' ? 'down' : undefined) },
    });
    world.readAll([76, 76, 76]);
    expect(hostReports(sightOf(world))).toMatchObject([
      { host: 'h1', here: false },
      { host: 'h2', barred: { reason: 'down' } },
      { host: 'h3', here: true, against: 'the guest is there' },
      { host: 'b', base: true, against: 'by --base only' },
    ]);
  });

  it('tell the base’s own reason where it has one', () => {
    const world = new World(makeConf({ constraints: { deny: ['b'] } }));
    expect(hostReports(sightOf(world)).at(-1)).toMatchObject({ against: 'denied by deny' });
  });
});
