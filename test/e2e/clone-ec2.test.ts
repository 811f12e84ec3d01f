/**
 * Home and its clone at EC2: two real daemons with a worker each, a real WebDAV for the mailbox and the
 * queue's page, and a double of EC2 that checks signatures and whose instances become machines.
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
import { guestConf, Machine } from '../support/cloud.ts';
import { Ec2Double, IMAGE, KEY, REGION } from '../support/clouds/ec2.ts';
import { Ec2Machines } from '../support/clouds/ec2-machines.ts';
import { ImdsDouble } from '../support/clouds/imds.ts';
import { Endpoint } from '../support/endpoint.ts';
import { expectOneOfActs } from '../support/one-acts.ts';
import { until } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

const JOBS = 6;
/** Nobody answers there: home is no instance. */
const NO_METADATA = { [METADATA_URL]: 'http://127.0.0.1:1/' };

let server: Webdav;
let taker: Endpoint;
beforeAll(async () => {
  server = await Webdav.start();
  taker = await Endpoint.start();
});
afterAll(async () => {
  await taker?.close();
  await server?.remove();
});

let pages = 0;

class Story {
  readonly page: string;
  readonly ec2: Ec2Double;
  readonly clones: Ec2Machines;
  readonly home: Machine;
  readonly #seen = taker.results.length;

  static async begin(
    prepare: (ec2: Ec2Double) => void = () => undefined,
    more = '',
    { dead = false, self = false } = {},
  ) {
    const ec2 = await Ec2Double.start();
    onTestFinished(() => ec2.close());
    ec2.launchTime = () => new Date().toISOString();
    prepare(ec2);
    if (!self) return new Story(ec2, more, dead, NO_METADATA);
    const metadata = await ImdsDouble.start();
    onTestFinished(() => metadata.close());
    metadata.entries.set('instance-id', ec2.addGuest().id);
    return new Story(ec2, more, dead, { [METADATA_URL]: metadata.url });
  }

  /** `metadata`: what home asks who it is. */
  private constructor(
    ec2: Ec2Double,
    more: string,
    dead: boolean,
    metadata: Readonly<Record<string, string>>,
  ) {
    for (const name of server.pages()) if (/^db7\./.test(name)) server.unpublish(name);
    pages += 1;
    this.page = `ec2-page${pages}`;
    this.ec2 = ec2;
    const folder = mkdtempSync(join(tmpdir(), 'vmmanage-ec2-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const conf = () => this.#conf(more);
    this.clones = new Ec2Machines(ec2, join(folder, 'ec2'), conf);
    this.clones.dead = dead;
    this.home = new Machine(join(folder, 'home'), conf(), metadata);
    this.clones.takeImagesOf(this.home);
    server.publish(this.page, 'grade a = 2\n'.repeat(JOBS));
    this.home.start();
  }

  get results() {
    return taker.results.slice(this.#seen);
  }

  async homeHas(type: Entry['type']): Promise<boolean> {
    return (await this.home.records()).some(({ entry }) => entry.type === type);
  }

  /** Launches that were no dry run. */
  get launches() {
    return this.ec2.asked('RunInstances').filter((form) => form['DryRun'] === undefined);
  }

  /** The instances, but for home where it is one. */
  get launched() {
    return this.ec2.instances.filter(({ form }) => form['Action'] !== undefined);
  }

  /** What was made of home. */
  get images() {
    return this.ec2.images.filter(({ of }) => of !== undefined);
  }

  /** Everything done, home again if it was away, and no instance and no image left. */
  async finish(ms = 60_000): Promise<void> {
    const isDone = async () => {
      const gone = this.launched.every(({ state }) => state === 'terminated');
      const away = server.pages().includes(`${this.page}.db7.done`);
      const home = (await this.homeHas('taken-back')) || !(await this.homeHas('handed-over'));
      const images = this.images.length + this.ec2.snapshots.length;
      return (
        gone &&
        images === 0 &&
        away &&
        home &&
        new Set(this.results.map(({ key }) => key)).size === JOBS
      );
    };
    await until('the page to be put away and the instances gone', isDone, ms).catch(
      async (error: unknown) => {
        throw new Error(`${error}\n${await this.#told()}`);
      },
    );
  }

  async #told(): Promise<string> {
    const all = [this.home, ...this.clones.machines.values()].map(async (machine) => {
      const lines = (await machine.records()).map(({ entry }) => JSON.stringify(entry));
      return [...lines.filter((line) => !line.includes('"conf"')), machine.said];
    });
    const states = this.ec2.instances.map(({ id, state }) => `${id} ${state}`);
    return [...(await Promise.all(all)).flat(), ...states].join('\n');
  }

  #conf(more: string): string {
    const migrator = `kind = ec2
endpoint = ${this.ec2.url}
region = ${REGION}
image = ${this.ec2.instances.length > 0 ? 'self' : IMAGE}
access_key = ${KEY.accessKey}
secret_key = ${KEY.secretKey}
mailbox = ${server.url('')}
poll = 100ms
poweroff = ${this.clones.poweroff}
${more}`;
    return guestConf(migrator, server.url(this.page), taker.url);
  }
}

function expectAllDone({ results }: Story): void {
  expect(results.map(({ line }) => line).toSorted()).toEqual(
    [...Array(JOBS).keys()].map((i) => i + 1),
  );
  expect(results.every(({ status, output }) => status === 'ok' && output === '2\n')).toBe(true);
}

describe('a guest and its clone at EC2', () => {
  it('go away, do the big jobs there, and come home, and the instance ends itself', async () => {
    const story = await Story.begin();
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    expectAllDone(story);
    expect(story.ec2.instances).toHaveLength(1);
    const [instance] = story.ec2.instances;
    const machine = story.clones.machines.get(instance?.id ?? '');
    const records = (await machine?.records()) ?? [];
    // Its id is the one of the metadata.
    expect(records[0]?.entry).toMatchObject({ type: 'cloned', instance: instance?.id });
    const done = records.filter(({ entry }) => entry.type === 'job-ended');
    expect(done.length).toBeGreaterThan(JOBS / 2);
    const handed = (await story.home.records()).find(({ entry }) => entry.type === 'handed-over');
    expect(handed?.entry).toMatchObject({ instance: instance?.id, to: 'aws' });
    expect(story.launches).toMatchObject([{ InstanceInitiatedShutdownBehavior: 'terminate' }]);
    const userData = Buffer.from(story.launches[0]?.['UserData'] ?? '', 'base64').toString();
    expect(userData).not.toContain(KEY.secretKey);
    expect(story.ec2.asked('TerminateInstances')).toEqual([]);
  }, 120_000);

  it('have one instance for a request though the answer to its launch was lost', async () => {
    const story = await Story.begin((ec2) => {
      ec2.matches = ({ body }) => /Action=RunInstances/.test(body) && !/DryRun/.test(body);
      ec2.faults.push('lost', 'cut');
    });
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    expectAllDone(story);
    expect(story.launches).toHaveLength(3);
    expect(new Set(story.launches.map((form) => form['ClientToken'])).size).toBe(1);
    expect(story.ec2.instances).toHaveLength(1);
  }, 120_000);

  it('stay at home where the instance never reports: it is ended, and the request has failed', async () => {
    const story = await Story.begin(undefined, 'report_timeout = 3s\n', { dead: true });
    await until('the request to fail', () => story.homeHas('outcome'), 30_000);
    await story.finish();
    expectAllDone(story);
    const [outcome] = (await story.home.records()).filter(({ entry }) => entry.type === 'outcome');
    expect(outcome?.entry).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining("didn't report in time"),
    });
    expect(await story.homeHas('handed-over')).toBe(false);
    expect(story.ec2.asked('TerminateInstances').length).toBeGreaterThan(0);
  }, 120_000);
});

describe('a guest that is an instance itself', () => {
  const available = (ec2: Ec2Double) => {
    ec2.imageState = 'available';
  };
  const begin = (prepare = available) => Story.begin(prepare, '', { self: true });

  it('has its clone launched from an image of itself, which is gone when the clone is over', async () => {
    const story = await begin();
    await story.finish();
    await expectOneOfActs(story.home, story.clones.machines);
    expectAllDone(story);
    expect(story.ec2.asked('CreateImage').filter((form) => !form['DryRun'])).toMatchObject([
      { InstanceId: story.ec2.instances[0]?.id, NoReboot: 'true' },
    ]);
    expect(story.launches.map((form) => form['ImageId'])).toEqual(['ami-00000000000000002']);
    const [machine] = story.clones.machines.values();
    const records = (await machine?.records()) ?? [];
    // What home's own journal was when the image was made is set aside.
    expect(records[0]?.entry).toMatchObject({ type: 'cloned' });
    const aside = readdirSync(machine?.state ?? '').find((name) => name.startsWith('before-'));
    const before = await readJournal(join(machine?.state ?? '', aside ?? ''));
    expect(before.records.map(({ entry }) => entry.type)).toContain('intended');
  }, 120_000);

  const owns = (story: Story, count: number) => story.images.length === count;
  it.each<[string, (story: Story) => Promise<boolean> | boolean, ((ec2: Ec2Double) => void)?]>([
    ['while the image is made', (story) => owns(story, 1), () => undefined],
    ['at the launch', (story) => story.launched.length > 0],
    ['at its hand-over', (story) => story.homeHas('handed-over')],
    ['at taking back', (story) => story.homeHas('taken-back')],
    [
      'when the image is gone and its snapshot is not',
      async (story) => (await story.homeHas('taken-back')) && owns(story, 0),
      (ec2) => {
        available(ec2);
        ec2.forbidden.add('DeleteSnapshot');
      },
    ],
  ])(
    'leaves neither when it is killed with -9 %s',
    async (_, reached, prepare) => {
      const story = await begin(prepare);
      await until('the moment', () => reached(story), 60_000);
      await story.home.kill();
      const snapshots = story.ec2.snapshots.length;
      available(story.ec2);
      story.ec2.forbidden.clear();
      story.home.start();
      await story.finish(150_000);
      expect(snapshots).toBe(1);
      await expectOneOfActs(story.home, story.clones.machines);
      expect(new Set(story.results.map(({ key }) => key)).size).toBe(JOBS);
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
    pages += 1;
    const page = `ec2-page${pages}`;
    const ec2 = await Ec2Double.start();
    onTestFinished(() => ec2.close());
    const migrator = `kind = ec2\nendpoint = ${ec2.url}\nregion = ${REGION}\nimage = ${IMAGE}
access_key = ${KEY.accessKey}\nsecret_key = ${KEY.secretKey}\nmailbox = ${server.url('')}\n`;
    const conf = guestConf(migrator, server.url(page), taker.url);
    const guest = new Machine(folder, conf, { [METADATA_URL]: metadata.url });
    const has = async (type: Entry['type']) =>
      (await guest.records()).some(({ entry }) => entry.type === type);
    guest.start();
    await until('its identity', () => has('identity'));
    await guest.kill();
    metadata.entries.set('instance-id', 'i-0aaaaaaaaaaaaaaaa');
    server.publish(page, 'grade b = 2\n');
    guest.start();
    await until('the pause of a copy', () => has('paused'));
    await sleep(1500);
    expect(await has('job-began')).toBe(false);
    expect(server.pages()).toContain(page);
    const status = (await guest.look('/v1/status')) as StatusReport | undefined;
    expect(status?.mode).toBe('paused');
    expect(status?.cautions.join()).toContain('vmmanage resume where this is the guest');
    expect((await guest.act('/v1/resume')).status).toBe(200);
    await until('its job', () => has('job-ended'));
  }, 60_000);
});
