/** A moment of the past is explained as the daemon would have explained it then. */
import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../src/core/sighting.ts';
import { isPresent } from '../../src/core/words.ts';
import type { Row } from '../../src/daemon/history.ts';
import { PastRequests } from '../../src/daemon/past.ts';
import { confThen, explainPast, momentAt, momentOfRequest } from '../../src/daemon/past-sight.ts';
import { explainReport } from '../../src/daemon/reports.ts';
import type { ExplainReport } from '../../src/wire/control.ts';
import { MINUTE, makeConf, scheduleOf, World } from '../support/world.ts';

const PROBES = [
  { name: 'slow', kind: 'mysql', options: {}, timeoutMs: 1000, startup: 'retry' as const },
];

function recordsOf(world: World) {
  return world.entries.map(({ entry, at }, i) => ({ entry, at, seq: i + 1 }));
}

function rowsOf(world: World, untilMs: number): Row[] {
  const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
  return readings
    .map(({ probe, at, ...rest }) => {
      const reading = { probe, at, ...rest } as (typeof readings)[number];
      return { wallMs: at.wallMs, probe, value: isPresent(reading) ? reading.value : undefined };
    })
    .filter(({ wallMs }) => wallMs <= untilMs);
}

function live(world: World): ExplainReport {
  const past = new PastRequests(100);
  for (const recorded of world.entries) past.add(recorded);
  const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
  return explainReport({
    ...{ state: world.state, conf: world.conf, at: world.now(), probes: PROBES, effective: [] },
    ...{ past: past.all(), nextLookMs: undefined, readings: { slow: readings.slice(-12) } },
    trouble: undefined,
    told: undefined,
    shadow: undefined,
  });
}

const loadedOf = (world: World) => ({ rules: world.conf, probes: PROBES, effective: [] });

function then(world: World, wallMs: number): ExplainReport | undefined {
  const moment = momentAt(recordsOf(world), wallMs);
  return moment && explainPast(moment, rowsOf(world, wallMs), loadedOf(world), undefined);
}

describe('a past moment', () => {
  it('is explained as it was explained then, whatever came after', () => {
    const hosts = { preflight: (to: string) => (to === 'h2' ? 'no memory' : undefined) };
    const world = new World(makeConf({ site: { order: 'learned' } }), { hosts });
    const values = [76, 76, 76, 76, 76, 70, 76, 76, 10, 10, 10, 0, 0, 0, 0, 0, 0, 76, 76, 76];
    const seen = values.map((value) => {
      world.wait(MINUTE);
      world.read(value);
      world.wait(1);
      return { wallMs: world.now().wallMs, report: live(world) };
    });
    expect(new Set(seen.map(({ report }) => report.summary)).size).toBeGreaterThan(4);
    for (const { wallMs, report } of seen) expect(then(world, wallMs)).toEqual(report);
  });

  it('is told of an unconfirmed request, a pause and an inhibitor of then', () => {
    const mute: Sighting = { kind: 'unknown', answers: [{ who: 'h1', says: 'time-out' }] };
    let moved = false;
    const world = new World(makeConf(), {
      hosts: {
        migrate: (_, to) => {
          moved = true;
          return { host: to, ok: true, text: 'said' };
        },
        locate: (host) => (moved ? mute : { kind: 'at', host, answers: [] }),
      },
    });
    world.readAll([76, 76, 76]);
    world.send({ type: 'inhibit', id: 'i', why: 'backup' });
    world.send({ type: 'pause', why: 'upgrade' });
    const wallMs = world.now().wallMs;
    const report = live(world);
    world.wait(MINUTE);
    world.send({ type: 'resolve', request: 'R3', host: 'h2' });
    world.send({ type: 'resume' });
    expect(report.summary).toMatch(/^Blocked: request R3 h1→h2 is unconfirmed/);
    expect(then(world, wallMs)).toEqual(report);
  });

  it('at which a request was made shows every gate open, the target, and what came of it', () => {
    const world = new World(makeConf());
    world.readAll([76, 76, 76, 10]);
    const moment = momentOfRequest(recordsOf(world), 'R3');
    const past = new PastRequests(9);
    for (const recorded of world.entries) past.add(recorded);
    const report =
      moment &&
      explainPast(moment, rowsOf(world, moment.at.wallMs), loadedOf(world), past.all()[0]);
    expect(report).toMatchObject({
      summary: 'Request R3 was made: h1→h2, confirmed (seen at h2).',
      asked: { verdict: 'move', hypothetical: false },
      targets: [{ host: 'h2' }, { host: 'h3' }],
      policies: [{ suffering: { progress: '3 of 3', due: true } }],
    });
    expect(report?.gates.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(report?.readings[0]?.latest.map(({ value }) => value)).toEqual([76, 76, 76]);
    expect(report?.request).toBeUndefined();
  });

  it('of a request by hand asks the gates as they were asked', () => {
    const world = new World(makeConf());
    world.readAll([76, 76, 76, 10]);
    world.ask({ host: 'h1', force: true, why: 'a fire' });
    const id = world.of('intended').at(-1)?.request ?? '';
    const moment = momentOfRequest(recordsOf(world), id);
    expect(moment?.request?.asking).toEqual({ verdict: 'move', force: true, host: 'h1' });
    const report = moment && explainPast(moment, [], loadedOf(world), undefined);
    expect(report?.summary).toBe(`Request ${id} was made, and is open.`);
    expect(report?.gates.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(report?.notes).toEqual(['the history holds no readings of that time']);
  });

  it('of closing time asks the gates as the clock did: no move limit holds it', () => {
    const conf = makeConf({
      policy: { schedule: scheduleOf('Mon-Fri 09:00-16:00') },
      constraints: { maxMoves: { n: 1, spanMs: 1440 * MINUTE }, cooldownMs: undefined },
    });
    const world = new World(conf, { startMs: Date.parse('2026-11-20T15:50Z') });
    world.ask({ host: 'h2' });
    world.readAll([10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    const id = world.of('intended').at(-1)?.request ?? '';
    const moment = momentOfRequest(recordsOf(world), id);
    expect(moment?.request?.asking).toEqual({ verdict: 'base', closing: true });
    const report =
      moment && explainPast(moment, rowsOf(world, moment.at.wallMs), loadedOf(world), undefined);
    expect(report?.policies[0]).toMatchObject({ verdict: 'base', reason: 'outside workhours' });
    expect(report?.gates.filter(({ reason }) => reason !== undefined)).toEqual([]);
  });

  it('says that the daemon had stopped', () => {
    const world = new World(makeConf());
    world.readAll([10]);
    world.send({ type: 'ending', reason: 'SIGTERM' });
    world.wait(MINUTE);
    expect(then(world, world.now().wallMs)?.notes).toEqual([
      expect.stringMatching(/^the daemon didn't run then: it had stopped at 2026-/),
    ]);
  });

  it('is unknown before the journal begins', () => {
    const world = new World(makeConf());
    const begin = world.entries[0]?.at.wallMs ?? 0;
    expect(momentAt(recordsOf(world), begin - 1)).toBeUndefined();
    expect(momentOfRequest(recordsOf(world), 'R9')).toBeUndefined();
  });

  it('goes by the latest conf before it', () => {
    const world = new World(makeConf());
    const load = (hosts: string) =>
      world.send({ type: 'loaded', files: [], values: { array: { hosts } }, afresh: [] });
    load('a, b');
    const between = world.now().wallMs;
    world.wait(MINUTE);
    load('c, d');
    const at = (wallMs: number) => {
      const moment = momentAt(recordsOf(world), wallMs);
      return moment && confThen(moment);
    };
    expect(at(between)).toEqual({ array: { hosts: 'a, b' } });
    expect(at(between + MINUTE)).toEqual({ array: { hosts: 'c, d' } });
  });
});
