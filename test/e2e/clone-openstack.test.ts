/**
 * Home and its clone at OpenStack: two real daemons with a worker each, and a double of Keystone, Glance and
 * Nova whose servers become machines. Nova keeps what has shut itself down, and knows no client token.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloneStory, Servers } from '../support/clouds/clone-story.ts';
import { CREDENTIAL, IMAGE } from '../support/clouds/openstack.ts';
import { OpenstackCloud } from '../support/clouds/openstack-cloud.ts';
import { expectOneOfActs } from '../support/one-acts.ts';

const LONG = process.env['LONG'] !== undefined;

let servers: Servers;
beforeAll(async () => {
  servers = await Servers.start();
});
afterAll(() => servers?.close());

type Given = Parameters<typeof CloneStory.begin<OpenstackCloud>>[2];
const begin = (given: Given = {}) => CloneStory.begin(servers, new OpenstackCloud(), given);
const created = ({ api }: OpenstackCloud) => api.asked('POST', '/compute/servers').length;
const deleted = ({ api }: OpenstackCloud) => api.asked('DELETE', '/compute/servers');

describe('a guest and its clone at OpenStack', () => {
  it('go away, do the big jobs there, and come home, and the server shuts itself down', async () => {
    const story = await begin();
    await story.finish({ off: true });
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    const { id, image, userData } = story.instance;
    const records = (await story.clone?.records()) ?? [];
    // Its id is the one of the metadata.
    expect(records[0]?.entry).toMatchObject({ type: 'cloned', instance: id });
    const done = records.filter(({ entry }) => entry.type === 'job-ended');
    expect(done.length).toBeGreaterThan(3);
    const handed = (await story.home.records()).find(({ entry }) => entry.type === 'handed-over');
    expect(handed?.entry).toMatchObject({ instance: id, to: 'aws' });
    expect(image).toBe(IMAGE);
    expect(userData).not.toContain(CREDENTIAL.secret);
    expect(created(story.cloud)).toBe(1);
    // It is given two minutes to end by itself.
    expect(deleted(story.cloud)).toEqual([]);
  }, 120_000);

  it('have one server for a request though the answer to its creation was lost', async () => {
    const prepare = ({ api, isLaunch }: OpenstackCloud) => {
      api.matches = isLaunch;
      api.faults.push('lost');
    };
    const story = await begin({ prepare });
    await story.finish({ off: true });
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    expect(created(story.cloud)).toBe(1);
    expect(story.cloud.launched).toHaveLength(1);
  }, 120_000);

  it('stay at home where the server never reports: it is deleted, and the request has failed', async () => {
    const story = await begin({ more: 'report_timeout = 3s\n', dead: true });
    await story.staysAtHome();
    expect(deleted(story.cloud).length).toBeGreaterThan(0);
  }, 120_000);
});

// A server stays when it has shut itself down, until home has seen that for two minutes: too long for each run.
if (LONG) {
  it('a guest that is a server itself has its clone launched from an image of itself, and neither is left when home has ended it', async () => {
    const story = await begin({ prepare: (cloud) => cloud.makeImagesAtOnce(), self: true });
    await story.finish({ ms: 220_000 });
    await expectOneOfActs(story.home, story.clones.machines);
    story.expectAllDone();
    const { id, image } = story.instance;
    expect(image).not.toBe(IMAGE);
    expect(deleted(story.cloud).map(({ target }) => target)).toEqual([`/compute/servers/${id}`]);
    const removed = story.cloud.api.asked('DELETE', '/image/v2/images');
    expect(removed.map(({ target }) => target)).toEqual([`/image/v2/images/${image}`]);
    const records = (await story.clone?.records()) ?? [];
    expect(records[0]?.entry).toMatchObject({ type: 'cloned', instance: id });
  }, 280_000);
}
