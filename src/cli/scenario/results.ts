/** What came of scenario files: for programs, and as an exit status. */
import type { Problem } from '../../conf/loaded.ts';
import { iso } from '../../daemon/past.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import type { Failure, Verdict } from './judge.ts';
import { offsetText } from './moments.ts';

/** A file with what is wrong with it, or what its tests came to. */
export interface Tested {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly verdicts: readonly Timed[];
}

export interface Timed extends Verdict {
  readonly tookMs: number;
}

export function hasFailed({ failures }: Verdict): boolean {
  return failures.length > 0;
}

/** A wrong file says more of what is to be done than a failed test. */
export function statusOf(tested: readonly Tested[]): ExitStatus {
  if (tested.some(({ problems }) => problems.length > 0)) return EXIT.conf;
  return tested.some(({ verdicts }) => verdicts.some(hasFailed)) ? EXIT.failed : EXIT.done;
}

export function jsonOf(tested: readonly Tested[]) {
  const verdicts = tested.flatMap((each) => each.verdicts);
  const failed = verdicts.filter(hasFailed).length;
  return {
    passed: verdicts.length - failed,
    failed,
    problems: tested.flatMap(({ problems }) => problems),
    tests: verdicts.map(testJson),
  };
}

function testJson(verdict: Verdict) {
  const { scenario, played, failures } = verdict;
  const { file, line, name, axis } = scenario;
  const { requests } = played.simulated;
  return {
    ...{ file, line, name, passed: failures.length === 0 },
    failures: failures.map((failure) => ({ file, ...failure })),
    requests: requests.map(({ atMs, id: _, tarry: __, threshold: ___, ...request }) => ({
      after: offsetText(atMs - axis.startMs),
      ...(axis.dated ? { time: iso(atMs) } : {}),
      ...request,
    })),
  };
}

/** A failure in a few lines, where there are no columns. */
export function failureLines({ scenario }: Verdict, failure: Failure): string[] {
  const { line, written, expected, happened, because } = failure;
  return [
    `${scenario.file}:${line}: ${written ?? `[test ${scenario.name}]`}`,
    `expected: ${expected}`,
    `happened: ${happened}`,
    ...because.map((each) => `because: ${each}`),
  ];
}
