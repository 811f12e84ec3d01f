/** Our own policy tests that are scenario files, and the examples that tenants get. */
import { describe, expect, it } from 'vitest';
import { scenarioFiles } from '../../src/cli/scenario/folders.ts';
import { judge } from '../../src/cli/scenario/judge.ts';
import { readScenarios } from '../../src/cli/scenario/read.ts';
import { failureLines } from '../../src/cli/scenario/results.ts';
import { policyKinds } from '../../src/policies/registry.ts';

const EXAMPLES = 'etc/examples';
const files = scenarioFiles([EXAMPLES, 'test/scenarios']).map((file) =>
  readScenarios(file, { env: {} }),
);

describe.each(files)('$file', ({ problems, scenarios }) => {
  it('is right', () => {
    expect(problems).toEqual([]);
    expect(scenarios.length).toBeGreaterThan(0);
  });

  it.each(scenarios)('$name', (scenario) => {
    const verdict = judge(scenario);
    expect(verdict.failures.flatMap((failure) => failureLines(verdict, failure))).toEqual([]);
  });
});

it('the examples show every kind of policy', () => {
  const examples = files.filter(({ file }) => file.startsWith(EXAMPLES));
  const policies = examples.flatMap((file) =>
    file.scenarios.flatMap(({ rules }) => rules.policies),
  );
  const kinds = [...new Set(policies.map(({ kind }) => kind))];
  expect(kinds.sort()).toEqual(policyKinds.map(({ kind }) => kind).sort());
});
