/**
 * Home and its clone at EC2: two real daemons with a worker each, and a double of EC2 that checks
 * signatures and whose instances become machines.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import { readJournal } from '../../src/daemon/journal.ts';
import { METADATA_URL } from '../../src/migrators/clouds/imds.ts';
import type { StatusReport } from '../../src/wire/control.ts';
import { Machine } from '../support/cloud.ts';
import { CloneStory, Servers } from '../support/clouds/clone-story.ts';
import { KEY } from '../support/clouds/ec2.ts';
import { Ec2Cloud } from '../support/clouds/ec2-cloud.ts';
import { ImdsDouble } from '../support/clouds/imds.ts';
import { expectOneOfActs } from '../support/one-acts.ts';
import { until } from '../support/rig.ts';

let servers: Servers;
beforeAll(async () => {
  servers = await Servers.start();
});
afterAll(() => servers?.close());

type Story = CloneStory<Ec2Cloud>;

function begin(given: Parameters<typeof CloneStory.begin<Ec2Cloud>>[2] = {}): Promise<Story> {
  const cloud = new Ec2Cloud();
  cloud.api.launchTime = () => new Date().toISOString();
  return CloneStory.begin(servers, cloud, given);
}

/** Launches that were no dry run. */
function launchesOf({ cloud }: Story) {
  return cloud.api.asked('RunInstances').filter((form) => form['DryRun'] === undefined);
}

describe('a guest and its clone at EC2', () => {
  it('go away, do the big jobs there, and come home, and the instance ends itself', async () => {
    const story = await begin();
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    const { id, userData } = story.instance;
    const records = (await story.clone?.records()) ?? [];
    // Its id is the one of the metadata.
    expect(records[0]?.entry).toMatchObject({ type: 'cloned', instance: id });
    const done = records.filter(({ entry }) => entry.type === 'job-ended');
    expect(done.length).toBeGreaterThan(3);
    const handed = (await story.home.records()).find(({ entry }) => entry.type === 'handed-over');
    expect(handed?.entry).toMatchObject({ instance: id, to: 'aws' });
    expect(launchesOf(story)).toMatchObject([{ InstanceInitiatedShutdownBehavior: 'terminate' }]);
    expect(userData).not.toContain(KEY.secretKey);
    expect(story.cloud.api.asked('TerminateInstances')).toEqual([]);
  }, 120_000);

  it('have one instance for a request though the answer to its launch was lost', async () => {
    const prepare = ({ api, isLaunch }: Ec2Cloud) => {
      api.matches = isLaunch;
      api.faults.push('lost', 'cut');
    };
    const story = await begin({ prepare });
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    const launches = launchesOf(story);
    expect(launches).toHaveLength(3);
    expect(new Set(launches.map((form) => form['ClientToken'])).size).toBe(1);
    expect(story.cloud.api.instances).toHaveLength(1);
  }, 120_000);

  it('stay at home where the instance never reports: it is ended, and the request has failed', async () => {
    const story = await begin({ more: 'report_timeout = 3s\n', dead: true });
    await story.staysAtHome();
    expect(story.cloud.api.asked('TerminateInstances').length).toBeGreaterThan(0);
  }, 120_000);
});

describe('a guest that is an instance itself', () => {
  const available = (cloud: Ec2Cloud) => cloud.makeImagesAtOnce();

  it('has its clone launched from an image of itself, which is gone when the clone is over', async () => {
    const story = await begin({ prepare: available, self: true });
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    const { api } = story.cloud;
    expect(api.asked('CreateImage').filter((form) => !form['DryRun'])).toMatchObject([
      { InstanceId: api.instances[0]?.id, NoReboot: 'true' },
    ]);
    expect(launchesOf(story).map((form) => form['ImageId'])).toEqual(['ami-00000000000000002']);
    const records = (await story.clone?.records()) ?? [];
    // What home's own journal was when the image was made is set aside.
    expect(records[0]?.entry).toMatchObject({ type: 'cloned' });
    const state = story.clone?.state ?? '';
    const aside = readdirSync(state).find((name) => name.startsWith('before-'));
    const before = await readJournal(join(state, aside ?? ''));
    expect(before.records.map(({ entry }) => entry.type)).toContain('intended');
  }, 120_000);

  const imagesOf = ({ cloud }: Story) => cloud.api.images.filter(({ of }) => of !== undefined);
  const owns = (story: Story, count: number) => imagesOf(story).length === count;
  it.each<[string, (story: Story) => Promise<boolean> | boolean, ((cloud: Ec2Cloud) => void)?]>([
    ['while the image is made', (story) => owns(story, 1), () => undefined],
    ['at the launch', (story) => story.cloud.launched.length > 0],
    ['at its hand-over', (story) => story.homeHas('handed-over')],
    ['at taking back', (story) => story.homeHas('taken-back')],
    [
      'when the image is gone and its snapshot is not',
      async (story) => (await story.homeHas('taken-back')) && owns(story, 0),
      (cloud) => {
        available(cloud);
        cloud.api.forbidden.add('DeleteSnapshot');
      },
    ],
  ])(
    'leaves neither when it is killed with -9 %s',
    async (_, reached, prepare = available) => {
      const story = await begin({ prepare, self: true });
      await until('the moment', () => reached(story), 60_000);
      await story.home.kill();
      const { api } = story.cloud;
      const snapshots = api.snapshots.length;
      available(story.cloud);
      api.forbidden.clear();
      story.home.start();
      await story.finish({ ms: 150_000 });
      expect(snapshots).toBe(1);
      await expectOneOfActs(story.home, story.clones.machines);
      story.expectEachAccepted();
    },
    200_000,
  );
});

describe('a guest whose machine has another instance-id than before', () => {
  it('rests, and takes jobs again when a person has said that it is the guest', async () => {
    const metadata = await ImdsDouble.start();
    onTestFinished(() => metadata.close());
    const folder = mkdtempSync(join(tmpdir(), 'vmmanage-copy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const cloud = new Ec2Cloud();
    await cloud.api.start();
    onTestFinished(() => cloud.api.close());
    const { page, conf } = servers.guest(cloud, 'prepared');
    const guest = new Machine(folder, conf, { [METADATA_URL]: metadata.url });
    const has = async (type: Entry['type']) =>
      (await guest.records()).some(({ entry }) => entry.type === type);
    guest.start();
    await until('its identity', () => has('identity'));
    await guest.kill();
    metadata.entries.set('instance-id', 'i-0aaaaaaaaaaaaaaaa');
    servers.web.publish(page, 'grade b = 2\n');
    guest.start();
    await until('the pause of a copy', () => has('paused'));
    await sleep(1500);
    expect(await has('job-began')).toBe(false);
    expect(servers.web.pages()).toContain(page);
    const status = (await guest.look('/v1/status')) as StatusReport | undefined;
    expect(status?.mode).toBe('paused');
    expect(status?.cautions.join()).toContain('vmmanage resume where this is the guest');
    expect((await guest.act('/v1/resume')).status).toBe(200);
    await until('its job', () => has('job-ended'));
  }, 60_000);
});
