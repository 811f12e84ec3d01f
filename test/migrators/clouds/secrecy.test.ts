/**
 * No secret gets into what people read, whatever a server does with what it is sent: here it repeats
 * all of it, in every place and spelling that an error can have.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cloud } from '../../../src/migrators/clone/cloud.ts';
import { ec2Cloud } from '../../../src/migrators/clouds/ec2.ts';
import { EC2_OPTIONS } from '../../../src/migrators/clouds/ec2-options.ts';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';
import { openstackCloud } from '../../../src/migrators/clouds/openstack.ts';
import { OPENSTACK_OPTIONS } from '../../../src/migrators/clouds/openstack-options.ts';
import { Secrets } from '../../../src/migrators/clouds/secrets.ts';
import { hastyClock } from '../../support/clouds/clocks.ts';
import { Ec2Double, faultReply, IMAGE, REGION } from '../../support/clouds/ec2.ts';
import type { Asked, Reply } from '../../support/clouds/faulty-server.ts';
import { ImdsDouble } from '../../support/clouds/imds.ts';
import { CREDENTIAL, OpenstackDouble } from '../../support/clouds/openstack.ts';
import { optionsFrom } from '../../support/options.ts';
import { RUNS } from '../../support/runs.ts';
import { LAUNCH, never } from './launches.ts';

/** Long enough that it can't stand anywhere by chance. */
const secretText = fc
  .array(fc.constantFrom(...'abcXYZ019/+=&<>"\'\\%$ ø'), { minLength: 12, maxLength: 40 })
  .map((characters) => `s${characters.join('')}s`);

/** Where in a secret a line may be cut: a longer part of it must not be left. */
const PART = 10;

function holdsPartOf(text: string, secret: string): boolean {
  for (let at = 0; at + PART <= secret.length; at += 1) {
    if (text.includes(secret.slice(at, at + PART))) return true;
  }
  return false;
}

it('a secret is hidden in each spelling, wherever a line is cut', () => {
  const check = (secret: string, before: string, spell: (text: string) => string) => {
    const secrets = new Secrets();
    secrets.set('it', secret);
    const line = secrets.hide(`${before}${spell(secret)} and on`);
    expect(line).not.toContain('\n');
    expect(holdsPartOf(line, secret)).toBe(false);
    expect(holdsPartOf(line, spell(secret))).toBe(false);
  };
  const spellings = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => JSON.stringify(text).slice(1, -1),
    encodeURIComponent,
    (text) => new URLSearchParams({ s: text }).toString().slice(2),
    (text) => Buffer.from(text).toString('base64'),
  );
  const before = fc.nat(220).map((length) => 'q'.repeat(length));
  fc.assert(fc.property(secretText, before, spellings, check), { numRuns: RUNS });
});

/** What a call ended with, as all that a log could show of it. */
async function linesOf(cloud: Cloud): Promise<string> {
  const ends: unknown[] = [await cloud.check(LAUNCH, never)];
  for (const call of [
    () => cloud.launch(LAUNCH, never),
    () => cloud.instances('nii3', never),
    () => cloud.terminate('i-0123456789abcdef0', never),
  ]) {
    await call().catch((error: unknown) => ends.push(error));
  }
  return ends
    .map((end) => {
      if (!(end instanceof CloudFailure)) return String(end);
      expect(end.cause).toBeUndefined();
      return `${end.stack} ${JSON.stringify(end)} ${end.message}`;
    })
    .join('\n');
}

/** Says all that it was sent, from somewhere in it on, since a line has room for little. */
function echo(from: number, reply: (text: string) => Reply) {
  return ({ headers, body }: Asked) => {
    const all = `${headers['x-auth-token'] ?? ''} ${headers['x-amz-security-token'] ?? ''} ${body}`;
    return reply(all.slice(from % (all.length + 1)));
  };
}

const FROM = fc.nat(300);
const STATUS = fc.constantFrom(400, 403, 500);

describe('what a server repeats', () => {
  let ec2: Ec2Double;
  let metadata: ImdsDouble;
  let openstack: OpenstackDouble;
  beforeEach(async () => {
    ec2 = await Ec2Double.start();
    metadata = await ImdsDouble.start();
    openstack = await OpenstackDouble.start();
  });
  afterEach(async () => {
    await Promise.all([ec2.close(), metadata.close(), openstack.close()]);
  });

  it("of EC2's credentials is in no failure", async () => {
    const token = fc.stringMatching(/^[A-Za-z0-9/+=]{20,60}$/);
    const check = async (secretKey: string, sessionToken: string, from: number, status: number) => {
      metadata.giveRole(
        { accessKey: 'ASIAXXXXXXXXXXXXXXXX', secretKey, sessionToken },
        '2099-01-01T00:00:00Z',
      );
      const reply = echo(from, (text) => faultReply('Odd', `${text} ${secretKey}`, status));
      ec2.faults.splice(0, ec2.faults.length, ...Array(25).fill(reply));
      const options = optionsFrom(EC2_OPTIONS, {
        ...{ region: REGION, image: IMAGE, instance_type: 't3.small', endpoint: ec2.url },
      });
      const parts = { clock: hastyClock(), random: () => 0, metadataUrl: metadata.url };
      const lines = await linesOf(ec2Cloud(options, parts));
      expect(lines).toContain('Odd');
      for (const secret of [secretKey, sessionToken]) expect(lines).not.toContain(secret);
    };
    const runs = { numRuns: Math.ceil(RUNS / 25) };
    await fc.assert(fc.asyncProperty(token, token, FROM, STATUS, check), runs);
  });

  it("of OpenStack's credentials is in no failure", async () => {
    const check = async (from: number, status: number, atKeystone: boolean) => {
      const say = (text: string) => ({
        status,
        body: JSON.stringify({
          odd: { code: status, message: `Odd ${text} ${CREDENTIAL.secret}` },
        }),
      });
      openstack.matches = ({ target }) => target.startsWith('/identity') === atKeystone;
      openstack.faults.splice(0, openstack.faults.length, ...Array(60).fill(echo(from, say)));
      const options = optionsFrom(OPENSTACK_OPTIONS, {
        ...{ image: 'prepared', flavor: 'm1.tiny', auth_url: openstack.authUrl },
        application_credential_id: CREDENTIAL.id,
        application_credential_secret: CREDENTIAL.secret,
      });
      const lines = await linesOf(
        openstackCloud(options, { clock: hastyClock(), random: () => 0 }),
      );
      expect(lines).toContain('Odd');
      expect(holdsPartOf(lines, CREDENTIAL.secret)).toBe(false);
      for (const token of openstack.tokens) expect(lines).not.toContain(token);
    };
    const runs = { numRuns: Math.ceil(RUNS / 25) };
    await fc.assert(fc.asyncProperty(FROM, STATUS, fc.boolean(), check), runs);
  });
});
