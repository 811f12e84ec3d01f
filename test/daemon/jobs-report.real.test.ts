/** What `vmmanage jobs` is told of queues: in which order, of one that can't be opened, of one that no policy judges. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { INITIAL } from '../../src/core/state.ts';
import { jobsReport } from '../../src/daemon/jobs-report.ts';
import { Keeper } from '../../src/jobs/keeper.ts';
import { systemClock } from '../../src/system/clock.ts';
import { clock, Guest, settingsOf } from '../jobs/support.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { makeConf } from '../support/world.ts';

async function keeperIn(folder: string) {
  const clock = systemClock();
  const keeper = new Keeper(folder, folder, {
    ...{
      clock,
      newId: () => '1',
      mayBegin: () => true,
      mayClaim: () => true,
      mayTend: () => true,
      began: async () => true,
    },
    ...{ ended: async () => undefined, notice: () => undefined, warn: () => undefined },
    inform: () => undefined,
  });
  onTestFinished(() => keeper.close());
  const sight = { at: clock.now(), state: INITIAL, conf: makeConf(), keeper };
  return { keeper, report: () => jobsReport(sight) };
}

it('a queue that can’t be opened is there, and why it doesn’t work', async () => {
  const folder = tempFolder();
  const { keeper, report } = await keeperIn(folder);
  mkdirSync(join(folder, 'builds.jsonl'));
  await keeper.use([settingsOf('http://127.0.0.1:9/builds')]);
  expect(report().queues).toEqual([
    {
      ...{ name: 'builds', url: 'http://127.0.0.1:9/builds', in_hand: [], estimate: {} },
      trouble: `can't be opened, until the next reload: its ledger ${join(folder, 'builds.jsonl')}: EISDIR; it has to be a file that the daemon's user can read and write`,
    },
  ]);
});

it('the queues come in the order of the conf, also after a reload', async () => {
  const folder = tempFolder();
  const { keeper, report } = await keeperIn(folder);
  mkdirSync(join(folder, 'b.jsonl'));
  const named = (name: string) => ({ ...settingsOf(`http://127.0.0.1:9/${name}`), name });
  const names = () => report().queues.map(({ name }) => name);
  await keeper.use(['a', 'b', 'c'].map(named));
  expect(names()).toEqual(['a', 'b', 'c']);
  // The first changes, and so is opened anew.
  await keeper.use([{ ...named('a'), vm: 'other' }, named('b'), named('c')]);
  expect(names()).toEqual(['a', 'b', 'c']);
  await keeper.use([named('c'), { ...named('a'), vm: 'other' }]);
  expect(names()).toEqual(['c', 'a']);
});

it('a queue that no policy judges has no big jobs, and no estimate', async () => {
  const server = await Webdav.start();
  onTestFinished(() => server.remove());
  const page = 'grade a = 1\nnonsense\ngrade b = 2\n';
  server.publish('free', page);
  const guest = new Guest(settingsOf(server.url('free'), { exec: 'sleep 1' }));
  await guest.start();
  await guest.read();
  const sight = { at: clock.now(), state: INITIAL, conf: makeConf(), keeper: guest.keeper };
  const report = () => jobsReport(sight).queues[0];
  expect(report()).toMatchObject({
    claimed: { jobs: 2, set_aside: 1, big: 0 },
    estimate: {},
  });
  await guest.finish();
  expect(report()?.last).toMatchObject({ ok: 2, failed: 0, set_aside: 1 });
});
