/** EC2 by its query API, against a double over real HTTP that checks signatures. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cloud } from '../../../src/migrators/clone/cloud.ts';
import { ec2Cloud } from '../../../src/migrators/clouds/ec2.ts';
import { EC2_OPTIONS } from '../../../src/migrators/clouds/ec2-options.ts';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';
import type { CloudParts } from '../../../src/migrators/clouds/parts.ts';
import { type HastyClock, hastyClock } from '../../support/clouds/clocks.ts';
import {
  Ec2Double,
  faultReply,
  GROUP,
  IMAGE,
  KEY,
  REGION,
  SUBNET,
  THROTTLED,
} from '../../support/clouds/ec2.ts';
import { ImdsDouble } from '../../support/clouds/imds.ts';
import { optionsFrom } from '../../support/options.ts';
import { LAUNCH, never, REQUEST } from './launches.ts';

let ec2: Ec2Double;
let clock: HastyClock;

beforeEach(async () => {
  ec2 = await Ec2Double.start();
  clock = hastyClock();
});
afterEach(() => ec2.close());

type Given = { readonly [K in keyof typeof EC2_OPTIONS]?: string | undefined };

function cloudWith(given: Given = {}, parts: Partial<CloudParts> = {}): Cloud {
  const all: Given = {
    ...{ region: REGION, image: IMAGE, instance_type: 't3.small', endpoint: ec2.url },
    ...{ access_key: KEY.accessKey, secret_key: KEY.secretKey, call_timeout: '2s' },
    ...given,
  };
  const set = Object.entries(all).filter(([, text]) => text !== undefined);
  const options = optionsFrom(EC2_OPTIONS, Object.fromEntries(set));
  return ec2Cloud(options, { clock, random: () => 1, ...parts });
}

async function failureOf(work: Promise<unknown>): Promise<CloudFailure> {
  const error = await work.then(
    () => 'nothing failed',
    (reason: unknown) => reason,
  );
  if (error instanceof CloudFailure) return error;
  throw new Error(`no CloudFailure: ${String(error)}`);
}

describe('a launch', () => {
  it('makes one instance that ends itself, guards its credentials and says whose it is', async () => {
    const instance = await cloudWith({
      ...{ security_groups: GROUP, subnet: SUBNET, key_name: 'admin' },
      ...{ instance_profile: 'vmmanage-clone', spot: 'yes' },
    }).launch(LAUNCH, never);
    expect(instance).toEqual({
      ...{ id: 'i-00000000000000001', state: 'starting', request: REQUEST },
      launchedMs: Date.parse('2026-11-21T15:00:00Z'),
    });
    const [form = {}] = ec2.asked('RunInstances');
    expect(form).toEqual({
      ...{ Action: 'RunInstances', Version: '2016-11-15', ImageId: IMAGE },
      ...{ InstanceType: 't3.small', MinCount: '1', MaxCount: '1', ClientToken: LAUNCH.token },
      InstanceInitiatedShutdownBehavior: 'terminate',
      'MetadataOptions.HttpEndpoint': 'enabled',
      'MetadataOptions.HttpTokens': 'required',
      'SecurityGroupId.1': GROUP,
      ...{ SubnetId: SUBNET, KeyName: 'admin', 'IamInstanceProfile.Name': 'vmmanage-clone' },
      'InstanceMarketOptions.MarketType': 'spot',
      UserData: Buffer.from(LAUNCH.userData).toString('base64'),
      'TagSpecification.1.ResourceType': 'instance',
      'TagSpecification.1.Tag.1.Key': 'vmmanage:vm',
      'TagSpecification.1.Tag.1.Value': 'nii3',
      'TagSpecification.1.Tag.2.Key': 'vmmanage:request',
      'TagSpecification.1.Tag.2.Value': REQUEST,
    });
  });

  it('asked for twice is one instance', async () => {
    const cloud = cloudWith();
    const first = await cloud.launch(LAUNCH, never);
    ec2.advance();
    expect(await cloud.launch(LAUNCH, never)).toEqual({ ...first, state: 'running' });
    expect(ec2.instances.length).toBe(1);
  });

  it('with the token of another is refused', async () => {
    const cloud = cloudWith();
    await cloud.launch(LAUNCH, never);
    const other = { ...LAUNCH, userData: 'other' };
    const { message, kind } = await failureOf(cloud.launch(other, never));
    expect(message).toContain('this request was launched before with other options');
    expect(kind).toBe('refused');
    expect(ec2.calls.length).toBe(2);
  });

  it.each(['lost', 'cut', 'reset', 'hang'] as const)(
    'whose answer is %s ends in one instance',
    async (fault) => {
      ec2.faults.push(fault);
      const { id } = await cloudWith({ call_timeout: '300ms' }).launch(LAUNCH, never);
      expect(ec2.instances.map((each) => each.id)).toEqual([id]);
      expect(ec2.asked('RunInstances').length).toBe(2);
    },
  );

  it('that is throttled waits longer each time, and works', async () => {
    ec2.faults.push(THROTTLED, THROTTLED, faultReply('InternalError', '', 500));
    await cloudWith().launch(LAUNCH, never);
    expect(clock.slept).toEqual([500, 1000, 2000]);
    expect(ec2.instances.length).toBe(1);
  });

  it('that is throttled for ever fails after five tries', async () => {
    ec2.faults.push(...Array(9).fill(THROTTLED));
    const { message, kind } = await failureOf(cloudWith().launch(LAUNCH, never));
    expect(message).toContain('too many calls at once (RequestLimitExceeded');
    expect(kind).toBe('busy');
    expect(ec2.calls.length).toBe(5);
  });

  it('that nobody answers is given up, and nobody knows whether it was done', async () => {
    ec2.faults.push(...Array(9).fill('hang'));
    const beganMs = Date.now();
    const failure = await failureOf(cloudWith({ call_timeout: '100ms' }).launch(LAUNCH, never));
    expect(failure.message).toMatch(/^no answer from 127\.0\.0\.1:\d+ in time$/);
    expect(failure.kind).toBe('unanswered');
    expect(Date.now() - beganMs).toBeLessThan(3_000);
  });

  it('that is aborted is given up at once', async () => {
    ec2.faults.push('hang');
    const stop = new AbortController();
    const launched = failureOf(cloudWith({ call_timeout: '10s' }).launch(LAUNCH, stop.signal));
    while (ec2.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect((await launched).kind).toBe('unanswered');
    expect(ec2.calls.length).toBe(1);
  });

  it('where nobody listens was surely not done', async () => {
    const failure = await failureOf(
      cloudWith({ endpoint: 'http://127.0.0.1:9/' }).launch(LAUNCH, never),
    );
    expect([failure.message, failure.kind]).toEqual(['no server listens at 127.0.0.1:9', 'busy']);
  });

  it('where the zone has no room is refused at once, though it is answered with 500', async () => {
    ec2.faults.push(faultReply('InsufficientInstanceCapacity', 'no t3.small', 500));
    const { message, kind } = await failureOf(cloudWith().launch(LAUNCH, never));
    expect(message).toBe(
      'EC2: the zone has no room for an instance of this type now (InsufficientInstanceCapacity: no t3.small)',
    );
    expect([kind, ec2.calls.length]).toEqual(['refused', 1]);
  });

  it('follows no redirection, which would be shown the signature', async () => {
    const other = await Ec2Double.start();
    const headers = { location: other.url };
    ec2.faults.push({ status: 307, headers, body: '' });
    const { message } = await failureOf(cloudWith().launch(LAUNCH, never));
    expect(message).toContain('HTTP status 307');
    expect(other.calls).toEqual([]);
    await other.close();
  });
});

describe('a check', () => {
  it('finds nothing wrong, and launches nothing', async () => {
    expect(await cloudWith().check(LAUNCH, never)).toBeUndefined();
    expect(ec2.instances).toEqual([]);
    expect(ec2.asked('RunInstances').map((form) => form['DryRun'])).toEqual(['true']);
  });

  it('goes through a throttled moment', async () => {
    ec2.faults.push(THROTTLED);
    expect(await cloudWith().check(LAUNCH, never)).toBeUndefined();
  });

  it.each<[string, () => Given, string]>([
    [
      'the key is not known',
      () => ({ access_key: 'AKIAXXXXXXXXXXXXXXXX' }),
      'the access key is not accepted (AuthFailure: was not able to validate)',
    ],
    [
      'the secret key is another',
      () => ({ secret_key: 'other-secret' }),
      'the secret key does not belong to the access key (SignatureDoesNotMatch',
    ],
    [
      'there is no such image',
      () => ({ image: 'ami-00000000' }),
      `there is no image ami-00000000 in ${REGION}`,
    ],
    [
      'there is no such security group',
      () => ({ security_groups: 'sg-00000000' }),
      'there is no such security group (InvalidGroup.NotFound)',
    ],
    [
      'there is no such subnet',
      () => ({ subnet: 'subnet-00000000' }),
      'there is no such subnet (InvalidSubnetID.NotFound)',
    ],
    [
      'the key may not launch',
      () => {
        ec2.forbidden.add('RunInstances');
        return {};
      },
      'the credentials do not permit it (vmmanage host-setup --ec2) (UnauthorizedOperation',
    ],
    [
      'the quota is used up',
      () => {
        ec2.quota = 0;
        return {};
      },
      'the quota of instances is used up (InstanceLimitExceeded',
    ],
    [
      'the image is not ready',
      () => {
        const [image] = ec2.images;
        if (image) Object.assign(image, { state: 'failed', reason: 'no snapshot' });
        return {};
      },
      `image ${IMAGE} is failed: no snapshot`,
    ],
    ['the secret is missing', () => ({ secret_key: undefined }), 'access_key has no secret_key'],
  ])('says in a line that %s', async (_, prepare, expected) => {
    const given = prepare();
    const line = await cloudWith(given).check(LAUNCH, never);
    expect(line).toContain(expected);
    expect(line).not.toContain('\n');
  });

  it('says that the clock is wrong', async () => {
    const late = { ...clock, now: () => ({ ...clock.now(), wallMs: Date.now() + 600_000 }) };
    const line = await cloudWith({}, { clock: late }).check(LAUNCH, never);
    expect(line).toContain('the clock of this machine is wrong (RequestExpired');
  });
});

describe('the instances', () => {
  it('are those with the tag of this guest, but for those that are gone', async () => {
    const cloud = cloudWith();
    for (const [token, vm] of [
      ['a', 'nii3'],
      ['b', 'nii3'],
      ['c', 'nii33'],
      ['d', 'nii3'],
    ] as const) {
      await cloud.launch({ ...LAUNCH, token, vm, request: `R${token}` }, never);
    }
    ec2.advance();
    await cloud.terminate('i-00000000000000001', never);
    await cloud.terminate('i-00000000000000002', never);
    const [gone] = ec2.instances;
    if (gone) gone.state = 'terminated';
    const seen = await cloud.instances('nii3', never);
    expect(seen.map(({ id, state, request }) => [id, state, request])).toEqual([
      ['i-00000000000000002', 'ending', 'Rb'],
      ['i-00000000000000004', 'running', 'Rd'],
    ]);
  });

  it('of a guest whose name looks like a pattern are its own', async () => {
    const cloud = cloudWith();
    await cloud.launch({ ...LAUNCH, token: 'a', vm: 'n*' }, never);
    await cloud.launch({ ...LAUNCH, token: 'b', vm: 'n2' }, never);
    expect((await cloud.instances('n*', never)).length).toBe(1);
    expect((await cloud.instances('n?', never)).length).toBe(0);
  });

  it('come from all pages', async () => {
    const cloud = cloudWith();
    ec2.pageMax = 2;
    for (const token of ['a', 'b', 'c', 'd', 'e']) await cloud.launch({ ...LAUNCH, token }, never);
    expect((await cloud.instances('nii3', never)).length).toBe(5);
    expect(ec2.asked('DescribeInstances').length).toBe(3);
  });

  it('are not waited for where the pages never end', async () => {
    const endless = `<DescribeInstancesResponse><reservationSet/><nextToken>x</nextToken></DescribeInstancesResponse>`;
    ec2.faults.push(...Array(100).fill({ status: 200, body: endless }));
    const { message } = await failureOf(cloudWith().instances('nii3', never));
    expect(message).toContain('more than 40 pages');
  });

  it('are unknown, never none, where the answer is odd', async () => {
    ec2.faults.push(...Array(5).fill({ status: 200, body: '<html>Sign in to the hotel</html>' }));
    const { message, kind } = await failureOf(cloudWith().instances('nii3', never));
    expect(message).toBe('EC2: the answer to DescribeInstances is not understood');
    expect(kind).toBe('unanswered');
  });
});

describe('to terminate', () => {
  it('ends an instance, and one that ends already', async () => {
    const cloud = cloudWith();
    const { id } = await cloud.launch(LAUNCH, never);
    await cloud.terminate(id, never);
    await cloud.terminate(id, never);
    expect(ec2.instances.map(({ state }) => state)).toEqual(['shutting-down']);
  });

  it("one that isn't known is as good as done", async () => {
    await cloudWith().terminate('i-0123456789abcdef0', never);
    expect(ec2.asked('TerminateInstances').length).toBe(5);
  });

  it("ends one that was launched so lately that it isn't known", async () => {
    ec2.unseen = 3;
    const cloud = cloudWith();
    const { id } = await cloud.launch(LAUNCH, never);
    await cloud.terminate(id, never);
    expect(ec2.instances.map(({ state }) => state)).toEqual(['shutting-down']);
  });

  it('that is not permitted fails', async () => {
    ec2.forbidden.add('TerminateInstances');
    const { kind } = await failureOf(cloudWith().terminate('i-0123456789abcdef0', never));
    expect(kind).toBe('refused');
  });
});

describe('an image of the guest', () => {
  let metadata: ImdsDouble;
  /** How many images there were when the disks were synced. */
  let synced: number[];
  beforeEach(async () => {
    metadata = await ImdsDouble.start();
    metadata.entries.set('instance-id', ec2.addGuest().id);
    synced = [];
  });
  afterEach(() => metadata.close());

  function selfCloud(given: Given = {}, parts: Partial<CloudParts> = {}): Cloud {
    return cloudWith(
      { image: 'self', ...given },
      {
        ...{ metadataUrl: metadata.url, sync: async () => void synced.push(ec2.images.length) },
        clock: { ...clock, sleep: async () => ec2.advance() },
        ...parts,
      },
    );
  }
  const made = (cloud = selfCloud()) => cloud.ownImages?.make(LAUNCH, never) ?? Promise.reject();

  it('is made without a reboot after a sync, tagged, and waited for until it can be launched', async () => {
    expect(await made()).toBe('ami-00000000000000002');
    expect(synced).toEqual([1]);
    expect(ec2.asked('CreateImage')).toMatchObject([
      { InstanceId: ec2.instances[0]?.id, NoReboot: 'true', Name: `vmmanage-${REQUEST}` },
    ]);
    const tags = { 'vmmanage:vm': 'nii3', 'vmmanage:request': REQUEST };
    expect(ec2.images.at(-1)).toMatchObject({ state: 'available', tags });
    expect(ec2.snapshots).toMatchObject([{ tags }]);
  });

  it('is what its clone is launched from', async () => {
    const cloud = selfCloud();
    const image = await made(cloud);
    const { id } = await cloud.launch({ ...LAUNCH, image }, never);
    expect(ec2.instances.find((each) => each.id === id)?.form['ImageId']).toBe(image);
    // The guest's own instance is none of its clones.
    expect((await cloud.instances('nii3', never)).map((each) => each.id)).toEqual([id]);
  });

  it('whose answer is lost is made once, and so is one that is asked for twice', async () => {
    ec2.matches = ({ body }) => body.includes('Action=CreateImage');
    ec2.faults.push('lost');
    const image = await made();
    expect(await made()).toBe(image);
    expect(ec2.images.length).toBe(2);
  });

  it('goes with its snapshots, and a second time without a failure', async () => {
    await made();
    const images = selfCloud().ownImages;
    const left = (await images?.list('nii3', never)) ?? [];
    expect(left.map(({ request }) => request)).toEqual([REQUEST, REQUEST]);
    for (const { id } of [...left, ...left]) await images?.remove(id, never);
    expect(await images?.list('nii3', never)).toEqual([]);
    expect([ec2.images.length, ec2.snapshots.length]).toEqual([1, 0]);
  });

  it('of another guest is not listed', async () => {
    await made();
    expect(await selfCloud().ownImages?.list('nii', never)).toEqual([]);
    expect(await selfCloud().ownImages?.list('nii*', never)).toEqual([]);
  });

  it('that fails says why', async () => {
    const name = `vmmanage-${REQUEST}`;
    const of = ec2.instances[0]?.id ?? '';
    ec2.images.push({ id: 'ami-000000ff', name, of, state: 'failed', reason: 'disk full' });
    const { message } = await failureOf(made());
    expect(message).toBe('EC2: image ami-000000ff is failed: disk full');
  });

  it('that takes too long is given up', async () => {
    const slow = { ...clock, sleep: () => new Promise<void>((done) => setTimeout(done, 50)) };
    const { message } = await failureOf(made(selfCloud({ image_timeout: '1s' }, { clock: slow })));
    expect(message).toMatch(/could not be launched in time|no answer/);
  });

  it('is not made where the disks can’t be synced', async () => {
    const sync = () => Promise.reject(new CloudFailure('sync: killed by SIGKILL', 'refused'));
    expect((await failureOf(made(selfCloud({}, { sync })))).message).toContain('sync: ');
    expect(ec2.asked('CreateImage')).toEqual([]);
  });

  it('is asked for by a dry run before the request begins', async () => {
    expect(await selfCloud().check(LAUNCH, never)).toBeUndefined();
    expect(ec2.asked('CreateImage')).toMatchObject([{ DryRun: 'true' }]);
    expect(ec2.images.length).toBe(1);
    ec2.forbidden.add('CreateImage');
    expect(await selfCloud().check(LAUNCH, never)).toContain('do not permit it');
  });

  it('can’t be made of a guest that is no instance', async () => {
    const cloud = selfCloud({}, { metadataUrl: 'http://127.0.0.1:1/' });
    expect(await cloud.check(LAUNCH, never)).toContain(
      "image = self, but this guest isn't known to be an instance there: ",
    );
  });

  it('is made by no other conf', () => {
    expect(cloudWith().ownImages).toBeUndefined();
  });
});

describe('the role of the instance', () => {
  let metadata: ImdsDouble;
  beforeEach(async () => {
    metadata = await ImdsDouble.start();
  });
  afterEach(() => metadata.close());

  const ROLE = { ...KEY, accessKey: 'ASIAXXXXXXXXXXXXXXXX', sessionToken: 'FwoGZXIvYXdzEXAMPLE' };
  const asRole = () =>
    cloudWith({ access_key: undefined, secret_key: undefined }, { metadataUrl: metadata.url });

  it('signs where the conf has no key, and is asked for once', async () => {
    ec2.keys.push(ROLE);
    metadata.giveRole(ROLE, '2099-01-01T00:00:00Z');
    const cloud = asRole();
    await cloud.launch(LAUNCH, never);
    await cloud.instances('nii3', never);
    expect(ec2.instances.length).toBe(1);
    expect(metadata.calls.length).toBe(3);
  });

  it('is asked for again before its credentials end', async () => {
    ec2.keys.push(ROLE);
    metadata.giveRole(ROLE, new Date(Date.now() + 4 * 60_000).toISOString());
    const cloud = asRole();
    await cloud.instances('nii3', never);
    await cloud.instances('nii3', never);
    expect(metadata.calls.length).toBe(5);
  });

  it('that is not there is said', async () => {
    const { message } = await failureOf(asRole().launch(LAUNCH, never));
    expect(message).toBe('EC2: no access_key in the conf, and this instance has no role');
  });

  it('outside of a cloud is said, and soon', async () => {
    const cloud = cloudWith(
      { access_key: undefined, secret_key: undefined },
      { metadataUrl: 'http://127.0.0.1:9/' },
    );
    const line = await cloud.check(LAUNCH, never);
    expect(line).toMatch(/no access_key in the conf, and instance metadata: .*ECONNREFUSED/);
  });
});
