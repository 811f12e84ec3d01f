import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JobsView, Standing } from '../../src/core/policy.ts';
import { baseAware } from '../../src/policies/base-aware.ts';
import { policyKinds } from '../../src/policies/registry.ts';
import { scheduleAware } from '../../src/policies/schedule-aware.ts';
import { siteAware } from '../../src/policies/site-aware.ts';

const due: Standing = { due: true };
const not: Standing = { due: false };

function judge(kind: string, suffering: Standing, idle: Standing | undefined, atBase: boolean) {
  const policy = policyKinds.find((candidate) => candidate.kind === kind);
  return policy?.judge({ suffering, ...(idle ? { idle } : {}), atBase }).verdict;
}

describe('a policy', () => {
  it.each([
    ['threshold-aware', 'moves when it suffers', due, undefined, false, 'move'],
    ['threshold-aware', 'stays when it does not', not, undefined, false, 'stay'],
    ['threshold-aware', 'moves from the base too', due, undefined, true, 'move'],
    ['base-aware', 'moves when it suffers', due, not, false, 'move'],
    ['base-aware', 'goes to base when it idles', not, due, false, 'base'],
    ['base-aware', 'rests at base when it idles there', not, due, true, 'stay'],
    ['base-aware', 'leaves the base when it suffers', due, not, true, 'move'],
    ['base-aware', 'suffers before it idles', due, due, false, 'move'],
    ['base-aware', 'stays in between', not, not, false, 'stay'],
  ])('%s %s', (kind, _, suffering, idle, atBase, verdict) => {
    expect(judge(kind, suffering, idle, atBase)).toBe(verdict);
  });
});

describe('schedule-aware', () => {
  const { judge, schedule } = scheduleAware;
  const { outside } = schedule({ workhours: [], off_hours: 'rest', monitor_off_hours: true });

  it('is base-aware inside its hours', () => expect(judge).toBe(baseAware.judge));

  it.each([
    ['goes to base', 'rest', due, false, 'base', { byClock: true }],
    ['goes to base, blind too', 'rest', undefined, false, 'base', { byClock: true }],
    ['goes to base though it suffers', 'rescue', due, false, 'base', { byClock: true }],
    ['rests at base though it suffers', 'rest', due, true, 'stay', { rests: true, byClock: true }],
    ['rests at base, blind too', 'rest', undefined, true, 'stay', { rests: true, byClock: true }],
    ['leaves the base for its rescue when it suffers', 'rescue', due, true, 'move', {}],
    ['rests at base when it does not', 'rescue', not, true, 'stay', { rests: true }],
    ['is not rescued blindly', 'rescue', undefined, true, 'stay', { rests: true }],
  ] as const)('outside them %s (off_hours = %s)', (_, offHours, suffering, atBase, verdict, by) => {
    const view = { offHours, atBase, ...(suffering ? { suffering } : {}) };
    const { reason: __, ...judged } = outside(view);
    expect(judged).toEqual({ verdict, ...by });
  });
});

describe('site-aware', () => {
  const job = { job: '17', grade: 'grade a' };
  const HOUR = 3_600_000;
  const known = { homeMs: 3 * HOUR, moveMs: HOUR / 2, awayMs: 1.5 * HOUR, margin: 1.5 };
  const judge = (suffering: Standing, idle: Standing, jobs: JobsView) =>
    siteAware.judge({ suffering, idle, atBase: false, jobs });

  it.each([
    ['goes away for many big jobs', due, not, { away: false }, 'away', 'big jobs wait'],
    ['stays away for them', due, not, { away: true }, 'stay', 'already out of home array'],
    ['comes home for few', not, due, { away: true }, 'home', 'few big jobs'],
    ['stays where it is in between', not, not, { away: true }, 'stay', 'content'],
    ['stays home in between', not, not, { away: false }, 'stay', 'content'],
    [
      'finishes the job in hand before it goes',
      ...[due, not, { away: false, inHand: job }, 'stay'],
      'away wanted: job 17 (grade a) is finished first',
    ],
    [
      'finishes it before it comes home',
      ...[not, due, { away: true, inHand: job }, 'stay'],
      'home wanted: job 17 (grade a) is finished first',
    ],
    [
      'stays away with a job in hand',
      ...[due, not, { away: true, inHand: job }, 'stay'],
      'already out of home array',
    ],
  ] as [string, Standing, Standing, JobsView, string, string][])(
    '%s',
    (_, suffering, idle, jobs, verdict, reason) => {
      expect(judge(suffering, idle, jobs)).toEqual({ verdict, reason });
    },
  );

  it('rests at home with few, in the thesis’s words', () => {
    const rests = { verdict: 'stay', reason: 'few big jobs, at home now', rests: true };
    expect(judge(not, due, { away: false })).toEqual(rests);
    expect(judge(not, due, { away: false, inHand: job })).toEqual(rests);
  });

  it.each<[string, Partial<typeof known>, string, string]>([
    [
      'stays where both ways take as long, the margin counted',
      {},
      'stay',
      'not worth it: 3h at home, 30m to move and 1h30m away, margin 1.5',
    ],
    [
      'goes where home takes a millisecond longer',
      { homeMs: known.homeMs + 1 },
      'away',
      'big jobs wait, worth it: 3h at home, 30m to move and 1h30m away, margin 1.5',
    ],
    [
      'stays where home takes a millisecond less',
      { homeMs: known.homeMs - 1 },
      'stay',
      'not worth it: 3h at home, 30m to move and 1h30m away, margin 1.5',
    ],
    [
      'goes with a margin of one',
      { margin: 1 },
      'away',
      'big jobs wait, worth it: 3h at home, 30m to move and 1h30m away, margin 1',
    ],
  ])('with an estimate %s', (_, change, verdict, reason) => {
    const estimate = { ...known, ...change };
    expect(judge(due, not, { away: false, estimate })).toEqual({ verdict, reason });
  });

  it.each([
    ['homeMs', 'jobs at home'],
    ['awayMs', 'jobs away'],
    ['moveMs', 'moves away'],
  ] as const)('with an estimate that lacks %s goes, and says so', (key, unknown) => {
    const { [key]: _, ...estimate } = { ...known, homeMs: 1 };
    if (key === 'homeMs') Object.assign(estimate, { awayMs: 1e9 });
    const reason = `big jobs wait; no estimate without a record of ${unknown}`;
    expect(judge(due, not, { away: false, estimate })).toEqual({ verdict: 'away', reason });
  });

  it('with an estimate finishes the job in hand where it is worth it, and names all it lacks', () => {
    const estimate = { margin: 1.5 };
    const { reason } = judge(due, not, { away: false, estimate });
    expect(reason).toMatch(/jobs at home, jobs away, moves away$/);
    expect(judge(due, not, { away: false, estimate, inHand: job }).reason).toMatch(/^away wanted/);
    const inHand = judge(due, not, { away: false, estimate: known, inHand: job });
    expect(inHand.reason).toMatch(/^not worth it/);
  });

  it('comes home without an estimate', () => {
    expect(judge(not, due, { away: true, estimate: known }).verdict).toBe('home');
  });
});

it('the registry holds every file of the folder', () => {
  const files = readdirSync(join(import.meta.dirname, '../../src/policies'));
  const kinds = files
    .filter((file) => file !== 'registry.ts')
    .map((file) => file.replace('.ts', ''));
  expect(policyKinds.map(({ kind }) => kind).sort()).toEqual(kinds.sort());
});
