import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/core/policy.ts';
import { baseAware } from '../../src/policies/base-aware.ts';
import { policyKinds } from '../../src/policies/registry.ts';
import { scheduleAware } from '../../src/policies/schedule-aware.ts';

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

it('the registry holds every file of the folder', () => {
  const files = readdirSync(join(import.meta.dirname, '../../src/policies'));
  const kinds = files
    .filter((file) => file !== 'registry.ts')
    .map((file) => file.replace('.ts', ''));
  expect(policyKinds.map(({ kind }) => kind).sort()).toEqual(kinds.sort());
});
