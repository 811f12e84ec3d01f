/** Instance metadata: EC2's with its tokens, OpenStack's without, and whatever may go wrong. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImdsParts, imds, roleCredentialsOf } from '../../../src/migrators/clouds/imds.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { anyText, garbled } from '../../probes/odd-text.ts';
import { ImdsDouble } from '../../support/clouds/imds.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { RUNS } from '../../support/runs.ts';
import { never } from './launches.ts';

let double: ImdsDouble;
beforeEach(async () => {
  double = await ImdsDouble.start();
});
afterEach(() => double.close());

function metadata(cloud: ImdsParts['cloud'] = 'ec2', clock = systemClock()) {
  return imds({ cloud, clock, url: double.url });
}

describe('EC2', () => {
  it('tells which instance this is, and where, with one token', async () => {
    const read = metadata();
    expect(await read.instanceId(never)).toEqual({ value: 'i-0fedcba9876543210' });
    expect(await read.zone(never)).toEqual({ value: 'eu-north-1a' });
    expect(double.ttls).toEqual(['300']);
  });

  it('gives a new token where the old one is no longer taken', async () => {
    const read = metadata();
    await read.instanceId(never);
    double.tokens.clear();
    expect(await read.instanceId(never)).toEqual({ value: 'i-0fedcba9876543210' });
  });

  it('is asked for a token before the old one ends', async () => {
    const clock = manualClock();
    const read = metadata('ec2', clock);
    await read.instanceId(never);
    await clock.advance(149_000);
    await read.instanceId(never);
    expect(double.ttls.length).toBe(1);
    await clock.advance(1_000);
    await read.instanceId(never);
    expect(double.ttls.length).toBe(2);
  });

  it('is never asked without a token', async () => {
    double.faults.push({ status: 403, body: '' });
    expect(await metadata().instanceId(never)).toEqual({
      failed: 'instance metadata: HTTP status 403',
    });
    double.faults.push({ status: 404, body: '' });
    expect(await metadata().instanceId(never)).toEqual({
      failed: 'instance metadata: no session tokens (IMDSv2) here',
    });
    expect(double.calls.map(({ target }) => target)).toEqual(Array(2).fill('/latest/api/token'));
  });

  it.each([
    ['a page of a hotel', '<html>Sign in</html>'],
    ['nothing', ''],
    ['two lines', 'i-0fedcba9876543210\ni-0fedcba9876543211'],
    ['an id with more behind it', 'i-0fedcba9876543210;id'],
  ])('that answers with %s is not believed', async (_, body) => {
    double.entries.set('instance-id', body);
    expect(await metadata().instanceId(never)).toEqual({
      failed: 'meta-data/instance-id: not understood',
    });
  });
});

describe('OpenStack', () => {
  const uuid = 'd8e02d56-2648-49a3-bf97-6be8f1204f38';

  it('tells the same without a token', async () => {
    double.openstack = JSON.stringify({ uuid, availability_zone: 'nova', name: 'x' });
    const read = metadata('openstack');
    expect(await read.instanceId(never)).toEqual({ value: uuid });
    expect(await read.zone(never)).toEqual({ value: 'nova' });
    expect(await read.roleCredentials(never)).toHaveProperty('none');
    expect(double.ttls).toEqual([]);
  });

  it.each(['[]', 'null', '{"uuid": 5}', '{"uuid": "i-1"}', '{', ''])(
    'that answers with %j is not believed',
    async (body) => {
      double.openstack = body;
      expect(await metadata('openstack').instanceId(never)).toHaveProperty('failed');
    },
  );
});

describe.each(['ec2', 'openstack'] as const)('%s metadata', (cloud) => {
  it('that nobody answers are given up within two seconds', async () => {
    double.faults.push('hang');
    const beganMs = Date.now();
    expect(await metadata(cloud).instanceId(never)).toEqual({
      failed: 'instance metadata: no answer in time',
    });
    expect(Date.now() - beganMs).toBeLessThan(3_000);
  });

  it('are given up at once when it is asked for', async () => {
    double.faults.push('hang');
    const signal = AbortSignal.timeout(20);
    const beganMs = Date.now();
    expect(await metadata(cloud).instanceId(signal)).toHaveProperty('failed');
    expect(Date.now() - beganMs).toBeLessThan(1_000);
  });

  it('that are cut off, endless or gone are said', async () => {
    const read = metadata(cloud);
    const huge = { status: 200, body: 'x'.repeat(100_000) };
    for (const fault of ['reset', 'cut', huge] as const) {
      double.faults.push(fault);
      expect(await read.instanceId(never)).toHaveProperty('failed');
    }
    const nobody = imds({ cloud, clock: systemClock(), url: 'http://127.0.0.1:9/' });
    expect(await nobody.instanceId(never)).toHaveProperty('failed');
  });

  it('never pass a proxy', async () => {
    const proxy = await ImdsDouble.start();
    process.env['http_proxy'] = proxy.url;
    try {
      await metadata(cloud).instanceId(never);
    } finally {
      delete process.env['http_proxy'];
      await proxy.close();
    }
    expect(proxy.calls).toEqual([]);
    expect(double.calls.length).toBeGreaterThan(0);
  });
});

describe('any text', () => {
  const real = [
    '{"AccessKeyId":"ASIAXXXXXXXXXXXXXXXX","SecretAccessKey":"abcdefgh","Token":"abcdefghi","Expiration":"2026-11-21T15:02:00Z"}',
  ];

  it('is read as what it says, or as nothing', () => {
    const check = (text: string) => {
      const role = roleCredentialsOf(text);
      if (role) expect(text).toContain(role.accessKey);
    };
    for (const text of real) check(text);
    expect(roleCredentialsOf(real[0] ?? '')).toBeDefined();
    fc.assert(fc.property(fc.oneof(anyText, garbled(real)), check), { numRuns: RUNS });
  });
});
