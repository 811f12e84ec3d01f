/** The job queues as people read them; `UPDATE=1` refreshes the goldens. */
import { describe, expect, it } from 'vitest';
import { isJobs } from '../../../src/cli/answers.ts';
import { renderJobs } from '../../../src/cli/render/jobs.ts';
import type { View } from '../../../src/cli/render/text.ts';
import type { JobsReport, QueueReport } from '../../../src/wire/control.ts';
import { expectGolden } from '../support/golden.ts';

const VIEW: View = { colour: false, width: 80, zone: 'Europe/Oslo' };

const BUILDS: QueueReport = {
  name: 'builds',
  url: 'https://ci.example.org/builds',
  claimed: {
    since: '2026-11-21T11:00:00.000Z',
    ...{ jobs: 1000, done: 412, failed: 3, set_aside: 2, big: 290 },
  },
  in_hand: [
    { line: 417, grade: 'a', key: 'C1-1', since: '2026-11-21T11:59:48.000Z' },
    { line: 418, id: 'nightly', grade: 'b', key: 'C1-2' },
  ],
  last: { time: '2026-11-20T11:00:00.000Z', ok: 20, failed: 0, set_aside: 6 },
  estimate: { home_ms: 7_200_000, away_ms: 3_600_000 },
};
const WORKING: JobsReport = {
  now: '2026-11-21T12:00:00.000Z',
  worker: true,
  may_begin: true,
  queues: [BUILDS],
};
const TROUBLED: JobsReport = {
  ...WORKING,
  worker: false,
  may_begin: false,
  queues: [
    {
      ...{ name: 'builds', url: BUILDS.url, in_hand: [], estimate: {} },
      trouble:
        "can't be claimed: the server answers 405: it doesn't know how to (is WebDAV on there?)",
    },
  ],
};

describe('jobs', () => {
  it.each(Object.entries({ WORKING, TROUBLED }))('shows queues: %s', (name, report) => {
    expect(isJobs(report)).toBe(true);
    const text = renderJobs(report, VIEW);
    expectGolden(`jobs-${name.toLowerCase()}`, text);
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  });

  it('says that there is none', () => {
    expect(renderJobs({ ...WORKING, queues: [] }, VIEW)).toBe('no [queue] in the conf');
  });
});
