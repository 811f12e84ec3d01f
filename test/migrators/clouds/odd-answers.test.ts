/**
 * Clouds that answer anything at all: whatever comes, a call ends with a result or a CloudFailure,
 * and nothing is made up.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cloud } from '../../../src/migrators/clone/cloud.ts';
import { accountOf } from '../../../src/migrators/clouds/clouds-yaml.ts';
import { ec2Cloud } from '../../../src/migrators/clouds/ec2.ts';
import * as ec2Answers from '../../../src/migrators/clouds/ec2-answer.ts';
import { EC2_OPTIONS } from '../../../src/migrators/clouds/ec2-options.ts';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';
import { openstackCloud } from '../../../src/migrators/clouds/openstack.ts';
import * as openstackAnswers from '../../../src/migrators/clouds/openstack-answer.ts';
import { OPENSTACK_OPTIONS } from '../../../src/migrators/clouds/openstack-options.ts';
import { type Element, readXml } from '../../../src/migrators/clouds/xml.ts';
import { anyText, garbled } from '../../probes/odd-text.ts';
import { hastyClock } from '../../support/clouds/clocks.ts';
import { Ec2Double, faultReply, IMAGE, KEY, REGION } from '../../support/clouds/ec2.ts';
import type { FaultyServer, Reply } from '../../support/clouds/faulty-server.ts';
import { CREDENTIAL, OpenstackDouble } from '../../support/clouds/openstack.ts';
import { optionsFrom } from '../../support/options.ts';
import { RUNS } from '../../support/runs.ts';
import { LAUNCH, never } from './launches.ts';

const ID = 'i-0123456789abcdef0';
const INSTANCE = `<item><instanceId>${ID}</instanceId><instanceState><code>16</code><name>running</name></instanceState><launchTime>2026-11-21T15:00:00.000Z</launchTime><tagSet><item><key>vmmanage:vm</key><value>nii3</value></item><item><key>vmmanage:request</key><value>R1</value></item></tagSet></item>`;
const XML = {
  launched: `<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet>${INSTANCE}</instancesSet></RunInstancesResponse>`,
  instances: `<DescribeInstancesResponse><reservationSet><item><instancesSet>${INSTANCE}</instancesSet></item></reservationSet><nextToken>n</nextToken></DescribeInstancesResponse>`,
  images: `<DescribeImagesResponse><imagesSet><item><imageId>${IMAGE}</imageId><imageState>available</imageState></item></imagesSet></DescribeImagesResponse>`,
  created: `<CreateImageResponse><imageId>${IMAGE}</imageId></CreateImageResponse>`,
  snapshots: `<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-0123456789abcdef0</snapshotId><tagSet><item><key>vmmanage:vm</key><value>nii3</value></item></tagSet></item></snapshotSet></DescribeSnapshotsResponse>`,
  removed: '<DeregisterImageResponse><return>true</return></DeregisterImageResponse>',
  terminating: `<TerminateInstancesResponse><instancesSet><item><instanceId>${ID}</instanceId></item></instancesSet></TerminateInstancesResponse>`,
  fault: faultReply('AuthFailure', 'no & such <key>').body,
};

const XML_PARSERS: readonly [keyof typeof XML, (root: Element | undefined) => unknown][] = [
  ['launched', ec2Answers.launchedOf],
  ['instances', ec2Answers.instancesOf],
  ['images', ec2Answers.imagesOf],
  ['created', ec2Answers.createdImageOf],
  ['snapshots', ec2Answers.snapshotsOf],
  ['removed', ec2Answers.isRemoved],
  ['terminating', (root) => ec2Answers.isTerminating(root, ID) || undefined],
  ['fault', ec2Answers.faultOf],
];

/** Every string of a parser's result stands in the text: nothing is made up. */
function isHonest(result: unknown, plain: string): boolean {
  const known = ['starting', 'running', 'ending', 'gone'];
  const strings: string[] = [];
  JSON.stringify(result, (_, value) => {
    if (typeof value === 'string') strings.push(value);
    return value;
  });
  return strings.every((each) => known.includes(each) || plain.includes(each));
}

describe.each(XML_PARSERS)('XML: %s', (name, parse) => {
  it('is understood', async () => {
    expect(parse(await readXml(XML[name]))).toBeDefined();
  });

  it('of any other kind is none', async () => {
    for (const [other, text] of Object.entries(XML)) {
      if (other !== name) expect(parse(await readXml(text))).toBeUndefined();
    }
  });

  it('broken in any way neither throws nor makes anything up', async () => {
    const check = async (text: string) => {
      const root = await readXml(text);
      const plain = text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
      // An entity or a CDATA section may spell what no plain text holds.
      if (!/&|CDATA|\r/.test(text)) expect(isHonest(parse(root), plain)).toBe(true);
      else parse(root);
    };
    const texts = fc.oneof(garbled([XML[name]]), anyText);
    await fc.assert(fc.asyncProperty(texts, check), { numRuns: RUNS });
  });

  it('cut off anywhere is none', async () => {
    for (let at = 0; at < XML[name].length; at += 1) {
      expect(parse(await readXml(XML[name].slice(0, at)))).toBeUndefined();
    }
  });
});

describe('XML', () => {
  it.each([
    ['nested for ever', '<a>'.repeat(10_000)],
    ['nested deeply', `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`],
    ['with entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['with entities that grow', '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>'],
    ['with an entity that nobody knows', '<a>&nbsp;</a>'],
    ['with two roots', '<a/><b/>'],
    ['that is a page', '<!doctype html><p>Sign in<br>'],
  ])('%s is none', async (_, text) => {
    expect(await readXml(text)).toBeUndefined();
  });
});

const UUID = 'cccccccc-0000-4000-8000-000000000001';
const JSONS = {
  token: JSON.stringify({
    token: {
      expires_at: '2026-11-21T16:00:00.000000Z',
      catalog: [
        {
          type: 'compute',
          endpoints: [{ interface: 'public', region_id: 'One', url: 'https://nova.example.org' }],
        },
      ],
    },
  }),
  servers: JSON.stringify({
    servers: [
      {
        ...{ id: UUID, status: 'ACTIVE', created: '2026-11-21T15:00:00Z' },
        metadata: { 'vmmanage:vm': 'nii3', 'vmmanage:request': 'R1' },
      },
    ],
  }),
  server: JSON.stringify({ server: { id: UUID } }),
  image: JSON.stringify({ id: UUID, name: 'prepared', status: 'active' }),
  images: JSON.stringify({ images: [{ id: UUID, name: 'prepared', status: 'active' }] }),
  flavors: JSON.stringify({ flavors: [{ id: '1', name: 'm1.tiny', vcpus: 1, ram: 512 }] }),
  limits: JSON.stringify({ limits: { absolute: { maxTotalInstances: 10 } } }),
  message: JSON.stringify({ forbidden: { code: 403, message: 'Quota exceeded' } }),
};

const JSON_PARSERS: readonly [keyof typeof JSONS, (text: string) => unknown][] = [
  ['token', openstackAnswers.tokenOf],
  ['servers', openstackAnswers.serversOf],
  ['server', openstackAnswers.createdOf],
  ['image', openstackAnswers.imageOf],
  ['images', openstackAnswers.imagesOf],
  ['flavors', openstackAnswers.flavorsOf],
  ['limits', openstackAnswers.leftOf],
  ['message', (text) => openstackAnswers.messageOf(text) || undefined],
];

describe.each(JSON_PARSERS)('JSON: %s', (name, parse) => {
  it('is understood, and cut off anywhere is none', () => {
    expect(parse(JSONS[name])).toBeDefined();
    for (let at = 0; at < JSONS[name].length; at += 1) {
      expect(parse(JSONS[name].slice(0, at))).toBeUndefined();
    }
  });

  it('of any kind neither throws nor makes anything up', () => {
    const texts = fc.oneof(
      garbled([JSONS[name]]),
      anyText,
      fc.json(),
      replaced(JSON.parse(JSONS[name])).map((value) => JSON.stringify(value)),
    );
    const check = (text: string) => {
      const result = parse(text);
      if (!text.includes('\\')) expect(isHonest(result, text)).toBe(true);
    };
    fc.assert(fc.property(texts, check), { numRuns: RUNS });
  });
});

/** The value with one of its parts, at any depth, replaced by anything that JSON can say. */
function replaced(value: unknown): fc.Arbitrary<unknown> {
  const whole = fc.jsonValue();
  if (typeof value !== 'object' || value === null) return whole;
  const inner = Object.entries(value).map(([key, part]) =>
    replaced(part).map((other) =>
      Array.isArray(value)
        ? value.map((each, i) => (String(i) === key ? other : each))
        : { ...value, [key]: other },
    ),
  );
  return fc.oneof(whole, ...inner);
}

it('clouds.yaml may hold anything', () => {
  const good = {
    clouds: {
      a: {
        auth: {
          auth_url: 'https://keystone.example.org',
          application_credential_id: 'x',
          application_credential_secret: 'y',
        },
      },
    },
  };
  expect(accountOf(good, undefined, 'a')).toMatchObject({ id: 'x', secret: 'y' });
  const check = (clouds: unknown, secure: unknown) => {
    const account = accountOf(clouds, secure, 'a');
    const whole = 'problem' in account ? account.problem !== '' : account.secret !== undefined;
    expect(whole).toBe(true);
  };
  const any = replaced(good);
  fc.assert(fc.property(any, any, check), { numRuns: RUNS });
});

/** Bodies that are nearly right, and others; with statuses of all kinds. */
function replies(real: readonly string[]): fc.Arbitrary<Reply> {
  return fc.record({
    status: fc.constantFrom(200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 413, 500, 503),
    body: fc.oneof(fc.constantFrom(...real), garbled(real), anyText),
    headers: fc.constantFrom<Record<string, string>>(
      {},
      { 'x-subject-token': 'abc' },
      { location: 'http://127.0.0.1:9/images/x' },
      { 'content-encoding': 'gzip' },
    ),
  });
}

describe.each(['ec2', 'openstack'] as const)('%s that answers anything', (kind) => {
  let double: FaultyServer & { readonly url: string };
  beforeAll(async () => {
    double = await (kind === 'ec2' ? Ec2Double.start() : OpenstackDouble.start());
  });
  afterAll(() => double.close());

  const cloud = (image?: 'self'): Cloud => {
    const metadataUrl = 'http://127.0.0.1:1/';
    const parts = { clock: hastyClock(), random: () => 0, metadataUrl };
    if (kind === 'ec2') {
      const options = optionsFrom(EC2_OPTIONS, {
        ...{
          region: REGION,
          image: image ?? IMAGE,
          instance_type: 't3.small',
          endpoint: double.url,
        },
        ...{ access_key: KEY.accessKey, secret_key: KEY.secretKey, image_timeout: '1s' },
      });
      return ec2Cloud(options, parts);
    }
    const options = optionsFrom(OPENSTACK_OPTIONS, {
      ...{ image: image ?? 'prepared', flavor: 'm1.tiny', auth_url: `${double.url}identity` },
      ...{ application_credential_id: CREDENTIAL.id, image_timeout: '1s' },
      application_credential_secret: CREDENTIAL.secret,
    });
    return openstackCloud(options, parts);
  };

  const CALLS: readonly ((asked: Cloud) => Promise<unknown>)[] = [
    (asked) => asked.check(LAUNCH, never),
    (asked) => asked.launch(LAUNCH, never),
    (asked) => asked.instances('nii3', never),
    (asked) => asked.terminate(ID, never),
    async () => cloud('self').ownImages?.list('nii3', never),
    async () => cloud('self').ownImages?.remove(IMAGE, never),
  ];

  it('ends each call with a result or a CloudFailure of one line', async () => {
    const real = Object.values(kind === 'ec2' ? XML : JSONS);
    const check = async (answers: readonly Reply[], number: number) => {
      double.faults.splice(0, double.faults.length, ...answers);
      const why = await CALLS[number % CALLS.length]?.(cloud()).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (why === undefined) return;
      expect(why).toBeInstanceOf(CloudFailure);
      const { message } = why as CloudFailure;
      expect(message.length).toBeLessThan(400);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there.
      expect(message).not.toMatch(/[\x00-\x1f\x7f]/);
    };
    const answers = fc.array(replies(real), { minLength: 1, maxLength: 12 });
    // Each has up to a dozen exchanges over the network in it.
    const numRuns = Math.ceil(RUNS / 10);
    await fc.assert(fc.asyncProperty(answers, fc.nat(3), check), { numRuns });
  });
});
