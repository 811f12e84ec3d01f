/** A vitest reporter that writes how many tests passed, failed and were skipped to a file. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { addTallies, NOTHING, type Tally } from './tally.ts';

class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const name of modules.flatMap(flaky)) console.log(`passed at the second try: ${name}`);
    const file = process.env['VMMANAGE_TALLY'];
    if (file === undefined) return;
    const tally = modules.map(tallyOf).reduce(addTallies, { ...NOTHING, failed: unhandled.length });
    writeFileSync(file, JSON.stringify(tally));
  }
}

/** What failed once and then passed: a test that wants mending, or a defect that shows rarely. */
function flaky(module: TestModule): string[] {
  const tests = [...module.children.allTests()].filter((test) => test.diagnostic()?.flaky);
  return tests.map((test) => `${module.relativeModuleId}: ${test.fullName}`);
}

/** A file or a group that failed outside of its tests (an import, a hook) is one more failure. */
function tallyOf(module: TestModule): Tally {
  let { passed, failed, skipped } = NOTHING;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed += 1;
    // What never came to run because the run was cut short hasn't passed.
    else if (state === 'failed' || state === 'pending') failed += 1;
    else skipped += 1;
  }
  failed += module.errors().length;
  for (const suite of module.children.allSuites()) failed += suite.errors().length;
  return { passed, failed, skipped };
}

// biome-ignore lint/style/noDefaultExport: vitest asks for it.
export default TallyReporter;
