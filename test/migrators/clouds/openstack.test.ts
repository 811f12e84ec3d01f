/** OpenStack's Keystone, Glance and Nova, against a double over real HTTP. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cloud } from '../../../src/migrators/clone/cloud.ts';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';
import { openstackCloud } from '../../../src/migrators/clouds/openstack.ts';
import {
  OPENSTACK_OPTIONS,
  openstackConflict,
} from '../../../src/migrators/clouds/openstack-options.ts';
import type { CloudParts } from '../../../src/migrators/clouds/parts.ts';
import { type HastyClock, hastyClock } from '../../support/clouds/clocks.ts';
import { ImdsDouble } from '../../support/clouds/imds.ts';
import {
  CREDENTIAL,
  faultReply,
  IMAGE,
  NETWORK,
  OpenstackDouble,
} from '../../support/clouds/openstack.ts';
import { optionsFrom } from '../../support/options.ts';
import { tempFolder } from '../../support/temp.ts';
import { LAUNCH, never, REQUEST } from './launches.ts';

let openstack: OpenstackDouble;
let clock: HastyClock;

beforeEach(async () => {
  openstack = await OpenstackDouble.start();
  clock = hastyClock();
});
afterEach(() => openstack.close());

type Given = { readonly [K in keyof typeof OPENSTACK_OPTIONS]?: string | undefined };

function optionsWith(given: Given) {
  const all: Given = {
    ...{ image: 'prepared', flavor: 'm1.small', auth_url: openstack.authUrl },
    application_credential_id: CREDENTIAL.id,
    application_credential_secret: CREDENTIAL.secret,
    ...{ call_timeout: '2s', ...given },
  };
  const set = Object.entries(all).filter(([, text]) => text !== undefined);
  return optionsFrom(OPENSTACK_OPTIONS, Object.fromEntries(set));
}

function cloudWith(given: Given = {}, parts: Partial<CloudParts> = {}): Cloud {
  return openstackCloud(optionsWith(given), { clock, random: () => 1, ...parts });
}

async function failureOf(work: Promise<unknown> | undefined): Promise<CloudFailure> {
  const error = await work?.then(
    () => 'nothing failed',
    (reason: unknown) => reason,
  );
  if (error instanceof CloudFailure) return error;
  throw new Error(`no CloudFailure: ${String(error)}`);
}

const creations = () => openstack.asked('POST', '/compute/servers').length;
/** Faults hit the creation of servers alone. */
const atCreation = () => {
  openstack.matches = ({ method, target }) => method === 'POST' && target === '/compute/servers';
};

describe('a launch', () => {
  it('makes one server that says whose it is', async () => {
    const cloud = cloudWith({
      ...{ networks: NETWORK, security_groups: 'default, clones' },
      ...{ key_name: 'admin', zone: 'nova' },
    });
    const instance = await cloud.launch(LAUNCH, never);
    const [server] = openstack.servers;
    expect(instance).toMatchObject({ id: server?.id, state: 'starting', request: REQUEST });
    expect(server?.body).toEqual({
      ...{ name: 'vmmanage-nii3', imageRef: IMAGE, flavorRef: '2' },
      user_data: Buffer.from(LAUNCH.userData).toString('base64'),
      metadata: { 'vmmanage:vm': 'nii3', 'vmmanage:request': REQUEST },
      networks: [{ uuid: NETWORK }],
      security_groups: [{ name: 'default' }, { name: 'clones' }],
      ...{ key_name: 'admin', availability_zone: 'nova' },
    });
  });

  it('asked for twice is one server', async () => {
    const first = await cloudWith().launch(LAUNCH, never);
    openstack.advance();
    const again = await cloudWith().launch(LAUNCH, never);
    expect(again).toMatchObject({ id: first.id, state: 'running' });
    expect(openstack.servers.length).toBe(1);
  });

  it.each(['lost', 'cut'] as const)('whose answer is %s ends in one server', async (fault) => {
    atCreation();
    openstack.faults.push(fault);
    const { id } = await cloudWith().launch(LAUNCH, never);
    expect(openstack.servers.map((each) => each.id)).toEqual([id]);
    expect(creations()).toBe(1);
  });

  it('whose answer is lost, and that is seen late, ends in one server', async () => {
    atCreation();
    openstack.unseen = 4;
    openstack.faults.push('lost');
    const { id } = await cloudWith().launch(LAUNCH, never);
    expect(openstack.servers.map((each) => each.id)).toEqual([id]);
    expect(clock.slept).toEqual([0, 1000, 2000, 4000]);
  });

  it.each(['reset', 'hang'] as const)(
    'that is %s fails rather than being tried again, since nobody knows',
    async (fault) => {
      atCreation();
      openstack.faults.push(fault);
      const cloud = cloudWith({ call_timeout: '300ms' });
      const { kind } = await failureOf(cloud.launch(LAUNCH, never));
      expect([kind, creations(), openstack.servers.length]).toEqual(['unanswered', 1, 0]);
      expect(clock.slept).toEqual([0, 1000, 2000, 4000, 8000]);
      // Asked again, it looks first, and works.
      await cloud.launch(LAUNCH, never);
      expect(openstack.servers.length).toBe(1);
    },
  );

  it('that came twice, in the seconds that nobody sees, is one again', async () => {
    const metadata = { 'vmmanage:vm': 'nii3', 'vmmanage:request': REQUEST };
    const broken = openstack.add({ metadata });
    const oldest = openstack.add({ metadata });
    openstack.add({ metadata });
    openstack.add({ metadata: { ...metadata, 'vmmanage:request': 'other' } });
    broken.status = 'ERROR';
    expect((await cloudWith().launch(LAUNCH, never)).id).toBe(oldest.id);
    expect(openstack.servers.map(({ task }) => task === 'deleting')).toEqual([
      ...[true, false, true, false],
    ]);
  });

  it('that is throttled waits longer each time, and works', async () => {
    atCreation();
    openstack.faults.push(faultReply(429, 'slow down'), faultReply(413, 'slow down'));
    await cloudWith().launch(LAUNCH, never);
    expect(clock.slept).toEqual([500, 1000]);
    expect(openstack.servers.length).toBe(1);
  });

  it('beyond the quota is refused with what Nova says', async () => {
    openstack.limits['maxTotalInstances'] = 0;
    const { message, kind } = await failureOf(cloudWith().launch(LAUNCH, never));
    expect(message).toContain(
      'OpenStack (compute): it is not permitted, or beyond the quota: Quota',
    );
    expect(kind).toBe('refused');
  });

  it('that nobody answers is given up', async () => {
    openstack.faults.push(...Array(99).fill('hang'));
    const beganMs = Date.now();
    const { kind } = await failureOf(cloudWith({ call_timeout: '100ms' }).launch(LAUNCH, never));
    expect(kind).toBe('unanswered');
    expect(Date.now() - beganMs).toBeLessThan(5_000);
  });

  it('that is aborted is given up at once', async () => {
    openstack.faults.push('hang');
    const stop = new AbortController();
    const launched = failureOf(cloudWith({ call_timeout: '10s' }).launch(LAUNCH, stop.signal));
    while (openstack.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await launched;
    expect(openstack.calls.length).toBe(1);
  });
});

describe('a check', () => {
  it('finds nothing wrong, and creates nothing', async () => {
    expect(await cloudWith().check(LAUNCH, never)).toBeUndefined();
    expect(await cloudWith({ image: IMAGE, flavor: '1' }).check(LAUNCH, never)).toBeUndefined();
    expect(openstack.servers).toEqual([]);
  });

  it.each<[string, () => Given, string]>([
    [
      'the secret is another',
      () => ({ application_credential_secret: 'other' }),
      'OpenStack (Keystone): the application credential is not accepted: The request',
    ],
    [
      'the secret is missing',
      () => ({ application_credential_secret: undefined }),
      'has no secret',
    ],
    ['there is no such image', () => ({ image: 'other' }), 'there is no image other'],
    ['there is no image of that id', () => ({ image: NETWORK }), `there is no image ${NETWORK}`],
    ['there is no such flavor', () => ({ flavor: 'm9' }), 'there is no flavor m9'],
    [
      'the image is not ready',
      () => {
        for (const image of openstack.images) image.status = 'queued';
        return {};
      },
      `image ${IMAGE} is queued`,
    ],
    [
      'two images have that name',
      () => {
        openstack.images.push({ ...IMAGE_2, name: 'prepared' });
        return {};
      },
      'there are several images prepared; give an id',
    ],
    [
      'the quota of servers is used up',
      () => {
        openstack.limits['totalInstancesUsed'] = 10;
        return {};
      },
      'the quota of servers is used up',
    ],
    [
      'the quota of processors has no room',
      () => {
        openstack.limits['totalCoresUsed'] = 19;
        return {};
      },
      'the quota of processors has no room',
    ],
    [
      'the quota of memory has no room',
      () => {
        openstack.limits['maxTotalRAMSize'] = 2047;
        return {};
      },
      'the quota of memory has no room',
    ],
    ['there is no such region', () => ({ region: 'Two' }), 'no public image service in region Two'],
    [
      'there are several regions',
      () => {
        openstack.regions = ['One', 'Two'];
        return {};
      },
      'there are several regions; give region =',
    ],
    [
      'the service would be called in the open',
      () => {
        openstack.addressOf = (service) => `http://nova.example.org/${service}`;
        return {};
      },
      'service would be called in the open, not by https',
    ],
    ['there is no Keystone', () => ({ auth_url: `${openstack.url}other` }), 'OpenStack (Keystone)'],
  ])('says in a line that %s', async (_, prepare, expected) => {
    const line = await cloudWith(prepare()).check(LAUNCH, never);
    expect(line).toContain(expected);
    expect(line).not.toContain('\n');
  });

  it('goes by the region and the addresses that it is told', async () => {
    openstack.regions = ['One', 'Two'];
    expect(await cloudWith({ region: 'Two' }).check(LAUNCH, never)).toBeUndefined();
    openstack.addressOf = (service) =>
      `${openstack.url}${service}${service === 'image' ? '/v2/' : ''}`;
    expect(await cloudWith({ region: 'Two' }).check(LAUNCH, never)).toBeUndefined();
  });
});

const IMAGE_2 = {
  ...{ id: 'aaaaaaaa-0000-4000-8000-0000000000ff', name: 'other', status: 'active' },
  visibility: 'public' as const,
};

describe('a token', () => {
  it('is asked for once', async () => {
    const cloud = cloudWith();
    await cloud.launch(LAUNCH, never);
    await cloud.instances('nii3', never);
    expect(openstack.asked('POST', '/identity').length).toBe(1);
  });

  it('is asked for again where it is no longer taken', async () => {
    const cloud = cloudWith();
    await cloud.launch(LAUNCH, never);
    openstack.tokens.clear();
    expect((await cloud.instances('nii3', never)).length).toBe(1);
    expect(openstack.asked('POST', '/identity').length).toBe(2);
  });

  it('is asked for again before it ends', async () => {
    openstack.lifeMs = 59_000;
    const cloud = cloudWith();
    await cloud.instances('nii3', never);
    await cloud.instances('nii3', never);
    expect(openstack.asked('POST', '/identity').length).toBeGreaterThan(1);
  });
});

describe('the instances', () => {
  it('are those with the tag of this guest, from all pages', async () => {
    for (const [vm, status, task] of [
      ['nii3', 'ACTIVE', null],
      ['nii4', 'ACTIVE', null],
      ['nii3', 'SHUTOFF', null],
      ['nii3', 'ACTIVE', 'deleting'],
      ['nii3', 'DELETED', null],
      ['nii3', 'BUILD', 'spawning'],
      ['nii3', 'REBOOT', 'rebooting'],
    ] as const) {
      const server = openstack.add({ metadata: { 'vmmanage:vm': vm, 'vmmanage:request': vm } });
      Object.assign(server, { status, task });
    }
    openstack.add({ metadata: {} });
    openstack.pageMax = 2;
    const seen = await cloudWith().instances('nii3', never);
    const states = ['running', 'ending', 'ending', 'starting', 'running'];
    expect(seen.map(({ state }) => state)).toEqual(states);
    expect(seen.map(({ request }) => request)).toEqual(Array(5).fill('nii3'));
    expect(seen[0]?.launchedMs).toBe(Date.parse('2026-11-21T15:00:00Z'));
  });

  it('are unknown, never none, where the answer is odd', async () => {
    openstack.matches = ({ target }) => target.startsWith('/compute');
    for (const body of ['', '[]', '{}', '{"servers":{}}', '{"servers":[{"id":"x"}]}']) {
      openstack.faults.push(...Array(5).fill({ status: 200, body }));
      const { message, kind } = await failureOf(cloudWith().instances('nii3', never));
      expect(message).toBe('OpenStack: the answer to GET /servers/detail is not understood');
      expect(kind).toBe('unanswered');
    }
  });
});

describe('to terminate', () => {
  it("deletes a server, and one that isn't there any more is as good as done", async () => {
    const cloud = cloudWith();
    const { id } = await cloud.launch(LAUNCH, never);
    await cloud.terminate(id, never);
    expect((await cloud.instances('nii3', never)).map(({ state }) => state)).toEqual(['ending']);
    openstack.advance();
    await cloud.terminate(id, never);
    expect(await cloud.instances('nii3', never)).toEqual([]);
  });

  it('goes through a moment in which nobody answers', async () => {
    const cloud = cloudWith();
    const { id } = await cloud.launch(LAUNCH, never);
    openstack.faults.push('reset', { status: 503, body: 'busy' });
    await cloud.terminate(id, never);
    expect(openstack.servers[0]?.task).toBe('deleting');
  });

  it('takes an id for nothing but an id', async () => {
    await cloudWith().terminate('../flavors', never);
    expect(openstack.calls.at(-1)?.target).toBe('/compute/servers/..%2Fflavors');
  });
});

describe('an image of the guest', () => {
  let metadata: ImdsDouble;
  /** How many images there were when the disks were synced. */
  let synced: number[];
  beforeEach(async () => {
    metadata = await ImdsDouble.start();
    guest({ imageRef: { id: IMAGE } });
    synced = [];
  });
  afterEach(() => metadata.close());

  function guest(body: { readonly imageRef: unknown }): void {
    const { id } = openstack.add({ ...body, metadata: {} });
    metadata.openstack = JSON.stringify({ uuid: id });
  }

  function selfCloud(given: Given = {}, parts: Partial<CloudParts> = {}): Cloud {
    const sync = async () => void synced.push(openstack.images.length);
    const hasty = { ...clock, sleep: async () => openstack.advance() };
    const all = { metadataUrl: metadata.url, sync, clock: hasty, ...parts };
    return cloudWith({ image: 'self', ...given }, all);
  }
  const made = (cloud = selfCloud()) => cloud.ownImages?.make(LAUNCH, never);

  it('is made once after a sync, tagged, waited for, and what its clone is launched from', async () => {
    openstack.matches = ({ target }) => target.endsWith('/action');
    openstack.faults.push('lost');
    const cloud = selfCloud();
    const image = (await made(cloud)) ?? '';
    expect(synced).toEqual([1]);
    expect(image).toBe('aaaaaaaa-0000-4000-8000-000000000002');
    expect(await made()).toBe(image);
    expect(openstack.images).toMatchObject([
      {},
      { properties: { 'vmmanage:vm': 'nii3', 'vmmanage:request': REQUEST } },
    ]);
    const { id } = await cloud.launch({ ...LAUNCH, image }, never);
    expect(openstack.servers.find((each) => each.id === id)?.body['imageRef']).toBe(image);
    expect((await cloud.instances('nii3', never)).map((each) => each.id)).toEqual([id]);
  });

  it('goes, and a second time without a failure', async () => {
    const id = (await made()) ?? '';
    const images = selfCloud().ownImages;
    expect(await images?.list('other', never)).toEqual([]);
    expect(await images?.list('nii3', never)).toEqual([{ id, request: REQUEST }]);
    await images?.remove(id, never);
    await images?.remove(id, never);
    expect(await images?.list('nii3', never)).toEqual([]);
    expect(openstack.images.length).toBe(1);
  });

  it('that fails, or takes too long, is said', async () => {
    const slow = { ...clock, sleep: () => new Promise<void>((done) => setTimeout(done, 50)) };
    const cloud = selfCloud({ image_timeout: '1s' }, { clock: slow });
    const { message } = await failureOf(made(cloud));
    expect(message).toMatch(/could not be launched in time|no answer/);
    for (const image of openstack.images) image.status = 'killed';
    expect((await failureOf(made(cloud))).message).toContain('is killed');
  });

  it('can be made, says the look before the request begins', async () => {
    expect(await selfCloud().check(LAUNCH, never)).toBeUndefined();
    expect(openstack.images.length).toBe(1);
  });

  it('can’t be made of a guest that boots from a volume, or is no server', async () => {
    guest({ imageRef: '' });
    expect(await selfCloud().check(LAUNCH, never)).toContain('this guest boots from a volume');
    const cloud = selfCloud({}, { metadataUrl: 'http://127.0.0.1:1/' });
    expect(await cloud.check(LAUNCH, never)).toContain("isn't known to be an instance there");
  });
});

describe('clouds.yaml', () => {
  const YAML = () => `clouds:
  mycloud:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${openstack.authUrl.replace('/v3', '')}
      application_credential_id: ${CREDENTIAL.id}
      application_credential_secret: '${CREDENTIAL.secret}'
    region_name: RegionOne
    interface: public
  other:
    auth: { auth_url: https://other.example.org, username: me, password: hidden-pw }
  odd:
    auth: {}
`;

  function cloudOf(text: string, more: Given = {}, secure?: string): Cloud {
    const folder = tempFolder();
    const clouds_file = join(folder, 'clouds.yaml');
    writeFileSync(clouds_file, text, { mode: 0o640 });
    if (secure !== undefined) writeFileSync(join(folder, 'secure.yaml'), secure, { mode: 0o600 });
    return cloudWith({
      ...{ cloud: 'mycloud', clouds_file, auth_url: undefined },
      ...{ application_credential_id: undefined, application_credential_secret: undefined },
      ...more,
    });
  }

  it('says who asks, and where', async () => {
    expect(await cloudOf(YAML()).check(LAUNCH, never)).toBeUndefined();
  });

  it('gets its secret from secure.yaml', async () => {
    const [before = '', after = ''] = YAML().split(`'${CREDENTIAL.secret}'`);
    const secure = `clouds:\n  mycloud:\n    auth:\n      application_credential_secret: '${CREDENTIAL.secret}'\n`;
    const without = `${before.replace('application_credential_secret: ', '')}${after}`;
    expect(await cloudOf(without).check(LAUNCH, never)).toContain('and its secret');
    expect(await cloudOf(without, {}, secure).check(LAUNCH, never)).toBeUndefined();
  });

  it.each<[string, string, Given, string]>([
    ['no such cloud', '', { cloud: 'nowhere' }, 'names no cloud “nowhere”'],
    ['what every object has', '', { cloud: 'constructor' }, 'names no cloud “constructor”'],
    [
      'a password instead',
      '',
      { cloud: 'other' },
      'needs application_credential_id and its secret',
    ],
    ['no address', '', { cloud: 'odd' }, 'has no auth_url'],
    ['no YAML', 'clouds: [\n  secret-word', {}, 'is no YAML (BAD_INDENT'],
    ['a list', '- a', {}, 'names no cloud'],
    ['another kind of credential', 'clouds: {mycloud: 5}', {}, 'names no cloud'],
    [
      'aliases that grow',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
      {},
      'too many aliases',
    ],
  ])('with %s is refused in a line', async (_, text, given, expected) => {
    const line = await cloudOf(text || YAML(), given).check(LAUNCH, never);
    expect(line).toContain(expected);
    expect(line).not.toMatch(/hidden-pw|secret-word/);
    expect(openstack.calls).toEqual([]);
  });

  it('without checks of certificates is refused', async () => {
    const text = YAML().replace('    region_name', '    verify: false\n    region_name');
    expect(await cloudOf(text).check(LAUNCH, never)).toContain('give cacert instead');
  });

  it('that others can read, or that is not there, is refused', async () => {
    const clouds_file = join(tempFolder(), 'clouds.yaml');
    const given = { clouds_file, auth_url: undefined, application_credential_id: undefined };
    const cloud = cloudWith({ cloud: 'mycloud', ...given });
    expect(await cloud.check(LAUNCH, never)).toBe(`OpenStack: there is no ${clouds_file}`);
    writeFileSync(clouds_file, YAML());
    chmodSync(clouds_file, 0o644);
    expect(await cloud.check(LAUNCH, never)).toContain('chmod o= ');
    chmodSync(clouds_file, 0o640);
    expect(await cloud.check(LAUNCH, never)).toBeUndefined();
  });
});

describe('who asks is said once', () => {
  it.each<[Given, string | undefined]>([
    [{}, undefined],
    [{ cloud: 'x', auth_url: undefined, application_credential_id: undefined }, undefined],
    [{ cloud: 'x' }, 'do so too'],
    [{ auth_url: undefined }, 'is needed, or else'],
    [{ auth_url: undefined, application_credential_id: undefined }, 'is needed, or else'],
  ])('%j', (given, expected) => {
    const problem = openstackConflict(optionsWith(given))?.problem;
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(expected);
  });
});
