/** What `vmmanage jobs` is told of a queue that can't be opened. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { INITIAL } from '../../src/core/state.ts';
import { jobsReport } from '../../src/daemon/jobs-report.ts';
import { Keeper } from '../../src/jobs/keeper.ts';
import { systemClock } from '../../src/system/clock.ts';
import { settingsOf } from '../jobs/support.ts';
import { tempFolder } from '../support/temp.ts';
import { makeConf } from '../support/world.ts';

it('is that it is there, and why it doesn’t work', async () => {
  const folder = tempFolder();
  const clock = systemClock();
  const keeper = new Keeper(folder, folder, {
    ...{ clock, newId: () => '1', mayBegin: () => true, began: async () => true },
    ...{ ended: async () => undefined, notice: () => undefined, warn: () => undefined },
  });
  onTestFinished(() => keeper.close());
  mkdirSync(join(folder, 'builds.jsonl'));
  await keeper.use([settingsOf('http://127.0.0.1:9/builds')]);
  const sight = { at: clock.now(), state: INITIAL, conf: makeConf(), keeper };
  expect(jobsReport({ ...sight, grades: () => undefined }).queues).toEqual([
    {
      ...{ name: 'builds', url: 'http://127.0.0.1:9/builds', in_hand: [], estimate: {} },
      trouble: expect.stringMatching(/^can't be opened, until the next reload: .*EISDIR/),
    },
  ]);
});
