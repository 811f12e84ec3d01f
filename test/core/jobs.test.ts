/** A worker that follows its jobs: counting, the job in hand, records, and other policies beside it. */
import { describe, expect, it } from 'vitest';
import { carry, isCarried } from '../../src/core/carried.ts';
import type { PolicyRule, Site } from '../../src/core/conf.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { gradesOf, mayBeginJob } from '../../src/core/jobs.ts';
import { opinions } from '../../src/core/opinions.ts';
import type { JobsRule } from '../../src/core/policy.ts';
import { restore } from '../../src/core/step.ts';
import { estimate, GRADES_MAX, jobsInHand, RECORDS_MAX } from '../../src/core/work.ts';
import {
  MINUTE,
  makeConf,
  POLICY,
  refusalOf,
  SITES,
  siteAwareRule,
  World,
} from '../support/world.ts';

const PROBES = {
  builds: { intervalMs: MINUTE, maxErrors: 3, unit: 'big jobs' },
  slow: { intervalMs: MINUTE, maxErrors: 3, unit: '/min' },
};
const OPEN = { cooldownMs: undefined, settleMs: undefined };

function world(
  jobs: JobsRule = {},
  more: readonly PolicyRule[] = [],
  sites: readonly Site[] = SITES,
) {
  const policies = [siteAwareRule({ queue: 'builds', grades: ['grade a'], ...jobs }), ...more];
  return new World(makeConf({ sites, policies, probes: PROBES, constraints: OPEN }));
}

it.each([
  ['those of the policy on it', 'builds', ['grade a', 'grade big one'], ['a', 'big one']],
  ['all where the policy names none', 'builds', undefined, undefined],
  ['all where no policy is on it', 'others', ['grade a'], undefined],
])('the grades of a queue are %s', (_, queue, grades, expected) => {
  const rule = { queue: 'builds', ...(grades ? { grades } : {}) };
  const policies = [siteAwareRule(rule)];
  expect(gradesOf(queue, makeConf({ policies, probes: PROBES }))).toEqual(expected);
});

function read(guest: World, builds: number | string, slow?: number): void {
  guest.wait(MINUTE);
  if (slow !== undefined) guest.read(slow, 'slow');
  guest.read(builds, 'builds');
}

function work(guest: World, job: string, minutes: number, grade = 'grade a', ok = true): void {
  guest.send({ type: 'job-began', job, grade, queue: 'builds' });
  guest.wait(minutes * MINUTE);
  guest.send({ type: 'job-ended', job, ok, tookMs: minutes * MINUTE });
}

const said = (guest: World) => guest.state.said.verdicts['build'];
const trips = (guest: World) => guest.of('intended').map(({ verdict, to }) => `${verdict} ${to}`);

describe('a guest that follows its jobs', () => {
  it.each([
    ['fewer than the threshold', 1, [], 'h1'],
    ['as many as the threshold', 2, ['away aws'], 'aws'],
    ['more', 3, ['away aws'], 'aws'],
  ])('with %s', (_, jobs, asked, host) => {
    const guest = world();
    read(guest, jobs);
    expect(trips(guest)).toEqual(asked);
    expect(guest.host).toBe(host);
  });

  it('goes for enough jobs, stays for them, comes home for fewer, and stays there', () => {
    const guest = world();
    for (const jobs of [0, 2, 5, 2, 1, 1]) read(guest, jobs);
    expect(trips(guest)).toEqual(['away aws', 'home h1']);
    expect(guest.of('verdict').map(({ verdict, reason }) => `${verdict}: ${reason}`)).toEqual([
      'stay: few big jobs, at home now',
      'away: big jobs wait',
      'stay: already out of home array',
      'home: few big jobs',
      'stay: few big jobs, at home now',
    ]);
    expect(guest.of('intended')).toMatchObject([
      { value: 2, threshold: 2, tarry: '1 of 1' },
      { value: 1, threshold: 2, tarry: '1 of 1' },
    ]);
  });

  it('counts its tarry, either way', () => {
    const rule = siteAwareRule({}, { kind: 'count', n: 2 });
    const conf = makeConf({ sites: SITES, policies: [rule], probes: PROBES, constraints: OPEN });
    const guest = new World(conf);
    for (const jobs of [2, 1, 2]) read(guest, jobs);
    expect(trips(guest)).toEqual([]);
    read(guest, 2);
    for (const jobs of [1, 2, 1]) read(guest, jobs);
    expect(trips(guest)).toEqual(['away aws']);
    read(guest, 0);
    expect(trips(guest)).toEqual(['away aws', 'home h1']);
  });

  it('neither goes nor comes on a missing reading', () => {
    const guest = world();
    read(guest, 'time-out');
    expect(opinions(guest.state, guest.conf, guest.now())).toMatchObject([
      { verdict: 'stay', reason: 'blind: time-out', blind: true },
    ]);
    read(guest, 2);
    read(guest, 'time-out');
    expect(guest.host).toBe('aws');
  });

  it('tries the away sites in their order', () => {
    const down = { preflight: (to: string) => (to === 'aws' ? 'no quota' : undefined) };
    const [home, aws] = SITES as [Site, Site];
    const sites = [home, aws, { ...aws, name: 'gcp', hosts: ['gcp'] }];
    const conf = { ...world().conf, sites };
    const guest = new World(conf, { hosts: down });
    read(guest, 2);
    expect(guest.host).toBe('gcp');
  });

  it('is held by the move limit on its way out, never on its way home', () => {
    const { conf } = world();
    const maxMoves = { n: 1, spanMs: 600 * MINUTE };
    const guest = new World({ ...conf, constraints: { ...conf.constraints, maxMoves } });
    for (const jobs of [2, 0, 2]) read(guest, jobs);
    expect(trips(guest)).toEqual(['away aws', 'home h1']);
    expect(guest.gate()).toBe('move limit');
  });
});

describe('beside a base-aware policy', () => {
  const beside = () =>
    world({}, [
      {
        ...POLICY,
        suffering: { ...POLICY.suffering, tarry: ONE },
        idle: { compare: '<', bound: 1, tarry: ONE },
      },
    ]);
  const ONE = { kind: 'count' as const, n: 1 };

  it.each([
    ['goes away though the service suffers', 2, 76, 'aws'],
    ['goes away though it idles', 2, 0, 'aws'],
    ['lets a service that suffers move', 0, 76, 'h2'],
    ['at home with few lets it go to the base', 0, 0, 'b'],
    ['stays where there is nothing to do', 0, 30, 'h1'],
  ])('%s', (_, builds, slow, host) => {
    const guest = beside();
    guest.wait(MINUTE);
    // The other's reading first, and again, so that both are heard.
    guest.read(30, 'slow');
    read(guest, builds);
    if (guest.host === 'h1') guest.read(slow, 'slow');
    expect(guest.host).toBe(host);
  });

  it('keeps the guest away while enough wait, and home wins over base when fewer do', () => {
    const base: Site = { ...(SITES[1] as Site), base: 'cheap' };
    const guest = world({}, beside().conf.policies.slice(1), [SITES[0] as Site, base]);
    read(guest, 2, 30);
    read(guest, 2, 30);
    read(guest, 2, 0);
    expect(guest.host).toBe('aws');
    expect(guest.of('held').at(-1)).toMatchObject({
      ...{ policy: 'db', verdict: 'base', gate: 'other policy' },
      reason: 'policy build keeps it: already out of home array',
    });
    read(guest, 1, 0);
    expect(guest.host).toBe('h1');
    expect(trips(guest)).toEqual(['away aws', 'home h1']);
  });

  it('comes home only when the other is content with less', () => {
    const guest = beside();
    read(guest, 2, 30);
    read(guest, 1, 30);
    expect(guest.host).toBe('aws');
    expect(guest.of('held').at(-1)).toMatchObject({ policy: 'build', verdict: 'home' });
  });
});

describe('the job in hand', () => {
  it('is finished before it goes, and before it comes home', () => {
    const guest = world();
    guest.send({ type: 'job-began', job: '17', grade: 'grade a' });
    read(guest, 2);
    expect(said(guest)?.reason).toBe('away wanted: job 17 (grade a) is finished first');
    expect(trips(guest)).toEqual([]);
    guest.send({ type: 'job-ended', job: '17', ok: true });
    expect(trips(guest)).toEqual([]);
    read(guest, 2);
    expect(guest.host).toBe('aws');
    guest.send({ type: 'job-began', job: '18', grade: 'grade a' });
    read(guest, 1);
    expect(said(guest)?.reason).toBe('home wanted: job 18 (grade a) is finished first');
    guest.send({ type: 'job-ended', job: '18', ok: false });
    read(guest, 1);
    expect(guest.host).toBe('h1');
  });

  it('of another boot ended with it', () => {
    const guest = world();
    guest.send({ type: 'job-began', job: '17', grade: 'grade a' });
    expect(jobsInHand(guest.state, guest.now())).toMatchObject([{ job: '17' }]);
    expect(jobsInHand(guest.state, { ...guest.now(), boot: 'boot-2' })).toEqual([]);
  });

  it('may have others beside it, and all of them are finished first', () => {
    const guest = world();
    guest.send({ type: 'job-began', job: '17', grade: 'grade a' });
    guest.send({ type: 'job-began', job: '18', grade: 'grade a' });
    read(guest, 2);
    expect(guest.state.work?.inHand?.map(({ job }) => job)).toEqual(['17', '18']);
    guest.send({ type: 'job-ended', job: '17', ok: true, tookMs: MINUTE });
    read(guest, 2);
    expect(trips(guest)).toEqual([]);
    guest.send({ type: 'job-ended', job: '18', ok: true, tookMs: 2 * MINUTE });
    read(guest, 2);
    expect(trips(guest)).toEqual(['away aws']);
    expect(guest.state.work?.grades).toMatchObject([{ homeMs: [MINUTE, 2 * MINUTE] }]);
  });

  it('is known, or its end is refused', () => {
    const guest = world();
    guest.send({ type: 'job-began', job: '18', grade: 'grade a' });
    const refusal = refusalOf(guest.send({ type: 'job-ended', job: '17', ok: true }));
    expect(refusal).toMatchObject({ code: 'wrong', reason: 'job 17 is not in hand' });
    expect(guest.state.work?.inHand?.map(({ job }) => job)).toEqual(['18']);
  });

  it.each([
    ['not yet', 2, []],
    ['as long', 3, ['away aws']],
  ])('is waited for up to finish_timeout: %s', (_, minutes, asked) => {
    const guest = world({ finishMs: 3 * MINUTE });
    guest.send({ type: 'job-began', job: '17', grade: 'grade a' });
    for (let i = 0; i < minutes; i += 1) read(guest, 2);
    expect(trips(guest)).toEqual(asked);
    if (asked.length > 0) {
      const reason = 'big jobs wait; job 17 (grade a) takes longer than finish_timeout';
      expect(guest.of('intended')).toMatchObject([{ reason }]);
    }
  });

  it.each([
    ['nothing is wanted', {}, 0, true],
    ['it would go now', {}, 2, false],
    ['a gate holds that', { maxMoves: { n: 1, spanMs: 600 * MINUTE } }, 2, true],
    ['it only watches', { mode: 'passive' as const }, 2, true],
  ])('may be followed by another where %s', (_, constraints, jobs, may) => {
    const { conf } = world();
    const guest = new World({ ...conf, constraints: { ...conf.constraints, ...constraints } });
    if ('maxMoves' in constraints) {
      guest.ask({ verdict: 'away' });
      guest.ask({ verdict: 'home' });
      expect(guest.host).toBe('h1');
    }
    guest.send({ type: 'job-began', job: '17', grade: 'grade a' });
    read(guest, jobs);
    expect(mayBeginJob(guest.state, guest.conf, guest.now())).toBe(may);
    expect(guest.host).toBe('h1');
  });

  it('may not be followed by another while the guest is on its way', () => {
    const guest = world();
    guest.holdErrands = true;
    read(guest, 2);
    expect(mayBeginJob(guest.state, guest.conf, guest.now())).toBe(false);
    guest.settleErrands();
    expect(mayBeginJob(guest.state, guest.conf, guest.now())).toBe(true);
  });
});

describe('what is remembered of jobs and ways', () => {
  it('is how long they took, where', () => {
    const guest = world();
    work(guest, '1', 60);
    work(guest, '2', 30);
    work(guest, '3', 5, 'grade b');
    read(guest, 2);
    work(guest, '4', 10);
    expect(guest.state.work).toEqual({
      grades: [
        { grade: 'grade b', homeMs: [5 * MINUTE], awayMs: [] },
        { grade: 'grade a', homeMs: [60 * MINUTE, 30 * MINUTE], awayMs: [10 * MINUTE] },
      ],
      tripsMs: [10_000],
    });
    expect(guest.of('job-ended')[0]).toEqual({
      ...{ type: 'job-ended', job: '1', grade: 'grade a', ok: true },
      ...{ took_ms: 60 * MINUTE, role: 'home' },
    });
    const rule = { grades: ['grade a'] };
    expect(estimate(2, rule, 1.5, guest.state.work)).toEqual({
      ...{ homeMs: 90 * MINUTE, awayMs: 20 * MINUTE, moveMs: 10_000, margin: 1.5 },
    });
    expect(estimate(1, {}, 1, guest.state.work).homeMs).toBe((95 / 3) * MINUTE);
    expect(estimate(1, { grades: ['grade c'] }, 1, guest.state.work)).toEqual({
      ...{ moveMs: 10_000, margin: 1 },
    });
  });

  it('is how long the program took, which is never longer than the job was in hand', () => {
    const guest = world();
    for (const tookMs of [MINUTE, 100 * MINUTE]) {
      guest.send({ type: 'job-began', job: '1', grade: 'grade a' });
      // The result waits to be taken, say.
      guest.wait(10 * MINUTE);
      guest.send({ type: 'job-ended', job: '1', ok: true, tookMs });
    }
    expect(guest.state.work?.grades).toMatchObject([{ homeMs: [MINUTE, 10 * MINUTE] }]);
  });

  it.each([
    [1, 4, 10],
    [4, 4, 10],
    [5, 4, 20],
    [5, undefined, 50],
    [0, 4, 0],
  ])('makes %d jobs with %s workers take %d minutes', (jobs, workers, minutes) => {
    const guest = world();
    work(guest, '1', 10);
    const rule = workers === undefined ? {} : { workers };
    expect(estimate(jobs, rule, 1, guest.state.work).homeMs).toBe(minutes * MINUTE);
  });

  it.each<[string, (guest: World) => void]>([
    [
      'one of which nobody knows how long it took',
      (guest) => {
        guest.send({ type: 'job-began', job: '1', grade: 'grade a' });
        guest.send({ type: 'job-ended', job: '1', ok: true });
      },
    ],
    ['a job that failed', (guest) => work(guest, '1', 60, 'grade a', false)],
    [
      'one that the guest was moved during',
      (guest) => {
        guest.send({ type: 'job-began', job: '1', grade: 'grade a' });
        guest.host = 'aws';
        guest.send({ type: 'located', sighting: guest.sighting() });
        guest.send({ type: 'job-ended', job: '1', ok: true, tookMs: 0 });
      },
    ],
    [
      'one at a place of no site',
      (guest) => {
        guest.host = 'elsewhere';
        guest.send({ type: 'located', sighting: guest.sighting() });
        work(guest, '1', 60);
      },
    ],
  ])('is nothing of %s', (_, happen) => {
    const guest = world();
    happen(guest);
    expect(guest.state.work).toEqual({ grades: [], tripsMs: [] });
  });

  it('is no way home, none within the array, and none that failed or was unsure', () => {
    const guest = world();
    guest.ask();
    guest.ask({ verdict: 'away' });
    guest.ask({ verdict: 'home' });
    expect(guest.state.work?.tripsMs).toHaveLength(1);
    const stays = { migrate: (from: string) => ({ host: from, ok: false, text: 'no' }) };
    const failing = new World(guest.conf, { hosts: stays });
    failing.ask({ verdict: 'away' });
    expect(failing.of('outcome')).toMatchObject([{ outcome: 'failed' }]);
    const mute = { locate: () => ({ kind: 'unknown' as const, answers: [] }) };
    const unsure = new World(guest.conf, { hosts: mute });
    unsure.send({ type: 'located', sighting: { kind: 'at', host: 'h1', answers: [] } });
    unsure.ask({ verdict: 'away' });
    unsure.send({ type: 'resolve', request: 'R1', host: 'aws' });
    expect(unsure.of('outcome')).toMatchObject([{ outcome: 'confirmed' }]);
    for (const { state } of [failing, unsure]) expect(state.work).toBeUndefined();
  });

  it('is bounded, and goes with the jobs that are longest ago', () => {
    const guest = world();
    for (let n = 0; n < RECORDS_MAX + 5; n += 1) work(guest, `a${n}`, n);
    expect(guest.state.work?.grades[0]?.homeMs).toHaveLength(RECORDS_MAX);
    expect(guest.state.work?.grades[0]?.homeMs.at(-1)).toBe((RECORDS_MAX + 4) * MINUTE);
    for (let n = 0; n < GRADES_MAX; n += 1) work(guest, `b${n}`, 1, `__proto__${n || ''}`);
    const grades = guest.state.work?.grades.map(({ grade }) => grade) ?? [];
    expect(grades).toHaveLength(GRADES_MAX);
    expect(grades[0]).toBe('__proto__');
    expect(isCarried(JSON.parse(JSON.stringify(carry(guest.state))))).toBe(true);
  });

  it('decides whether the way is worth it', () => {
    const guest = world({ margin: 1.5 });
    work(guest, '1', 10);
    read(guest, 2);
    expect(guest.of('intended').at(-1)).toMatchObject({
      verdict: 'away',
      reason: 'big jobs wait; no estimate without a record of jobs away, moves away',
    });
    work(guest, '2', 8);
    read(guest, 0);
    // 20 m at home against 1.5 times 10 s and 16 m.
    read(guest, 2);
    expect(said(guest)).toMatchObject({
      verdict: 'stay',
      reason: 'not worth it: 20m at home, 10s to move and 16m away, margin 1.5',
    });
    expect(guest.host).toBe('h1');
    for (const job of ['3', '4', '5']) work(guest, job, 30);
    read(guest, 2);
    expect(guest.host).toBe('aws');
  });
});

describe('a restart', () => {
  const lived = () => {
    const guest = world({ margin: 1.5 });
    work(guest, '1', 10);
    read(guest, 2);
    work(guest, '2', 8);
    guest.send({ type: 'job-began', job: '3', grade: 'grade a', queue: 'builds' });
    read(guest, 1);
    return guest;
  };

  it('makes the same state of what is stored', () => {
    const guest = lived();
    expect(restore(guest.stored, guest.conf)).toEqual(guest.state);
  });

  it('knows as much from a new journal file', () => {
    const guest = lived();
    const kept = JSON.parse(JSON.stringify({ type: 'state', state: carry(guest.state) }));
    expect(isEntry(kept)).toBe(true);
    const after = restore([{ entry: kept, at: guest.now() }], guest.conf);
    expect(after.work).toEqual(guest.state.work);
    expect(after.work?.inHand?.map(({ job }) => job)).toEqual(['3']);
  });

  it.each([
    ['a grade that is none', { grades: [{ grade: 1, homeMs: [], awayMs: [] }] }],
    ['a time below none', { tripsMs: [-1] }],
    ['a time that is a word', { tripsMs: ['long'] }],
    ['more than are kept', { tripsMs: Array(RECORDS_MAX + 1).fill(1) }],
    ['a job without a moment', { inHand: [{ job: '1', grade: 'a' }] }],
    ['a role that is none', { inHand: [{ job: '1', grade: 'a', at: AT, role: 'abroad' }] }],
  ])('takes no records with %s', (_, change) => {
    const state = { moves: [], bars: {}, work: { grades: [], tripsMs: [], ...change } };
    expect(isCarried(state)).toBe(false);
    expect(isCarried({ ...state, work: { grades: [], tripsMs: [] } })).toBe(true);
  });

  it.each([
    ['whole', {}, true],
    ['without a place', { role: undefined }, true],
    ['at a role that is none', { role: 'abroad' }, false],
    ['without its time', { took_ms: undefined }, true],
    ['with a time that is none', { took_ms: '1' }, false],
  ])('takes the end of a job %s or not', (_, change, taken) => {
    const ended = { type: 'job-ended', job: '1', grade: 'a', ok: true, took_ms: 1, role: 'home' };
    expect(isEntry({ ...ended, ...change })).toBe(taken);
  });
});

const AT = { wallMs: 1, boot: 'b', bootMs: 1 };
