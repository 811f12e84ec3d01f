/**
 * What the policy lets a guest do, judged as IAM judges: each resource of a call must be allowed by
 * a statement whose conditions all hold (IAM user guide, policy evaluation logic).
 */
import { describe, expect, it } from 'vitest';
import {
  ec2Policy,
  type PolicyFor,
  type Statement,
} from '../../../src/migrators/clouds/ec2-policy.ts';

const WANTED: PolicyFor = {
  ...{ vm: 'nii3', account: '123456789012', region: 'eu-north-1' },
  ...{ image: 'ami-0123456789abcdef0', instance_type: 't3.small' },
  ...{ security_groups: ['sg-00000001'], subnet: 'subnet-00000001', key_name: undefined },
  ...{ spot: false, role: 'vmmanage-clone' },
};

interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

function isAllowed(wanted: PolicyFor, { action, resource, context = {} }: Asked): boolean {
  return ec2Policy(wanted).Statement.some(
    (statement) =>
      statement.Action.includes(action) &&
      statement.Resource.some((pattern) => matches(pattern, resource)) &&
      conditionsHold(statement, context),
  );
}

function matches(pattern: string, resource: string): boolean {
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(resource);
}

function conditionsHold({ Condition = {} }: Statement, context: Asked['context']): boolean {
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is IAM's.
      const texts = [expected].flat().map((text) => text.replaceAll('${$}', '$'));
      const given = [context?.[key] ?? []].flat();
      if (operator === 'ForAllValues:StringEquals')
        return given.every((one) => texts.includes(one));
      return operator === 'StringEquals' && given.length === 1 && texts.includes(given[0] ?? '');
    }),
  );
}

const EC2 = 'arn:aws:ec2:eu-north-1:123456789012';
const IMAGES = 'arn:aws:ec2:eu-north-1::image';
const OWN = {
  ...{ 'aws:RequestTag/vmmanage:vm': 'nii3', 'aws:TagKeys': ['vmmanage:vm', 'vmmanage:request'] },
  ...{ 'ec2:InstanceType': 't3.small', 'ec2:MetadataHttpTokens': 'required' },
};
const run = (resource: string, context: Asked['context'] = {}): Asked => ({
  action: 'ec2:RunInstances',
  resource,
  context,
});

describe('the policy', () => {
  it.each<[string, Asked]>([
    ['look at instances', { action: 'ec2:DescribeInstances', resource: '*' }],
    ['look at images', { action: 'ec2:DescribeImages', resource: '*' }],
    ['launch an instance with its own tag', run(`${EC2}:instance/*`, OWN)],
    ['launch from the image', run(`${IMAGES}/ami-0123456789abcdef0`)],
    ['launch into the subnet', run(`${EC2}:subnet/subnet-00000001`)],
    ['launch with the security group', run(`${EC2}:security-group/sg-00000001`)],
    ['launch with a disk', run(`${EC2}:volume/*`)],
    ['launch with a network card', run(`${EC2}:network-interface/*`)],
    [
      'tag what it launches',
      {
        ...{ action: 'ec2:CreateTags', resource: `${EC2}:instance/i-1` },
        context: { ...OWN, 'ec2:CreateAction': 'RunInstances' },
      },
    ],
    [
      'end its clone',
      {
        ...{ action: 'ec2:TerminateInstances', resource: `${EC2}:instance/i-1` },
        context: { 'aws:ResourceTag/vmmanage:vm': 'nii3' },
      },
    ],
    [
      'give a clone its role',
      {
        ...{ action: 'iam:PassRole', resource: 'arn:aws:iam::123456789012:role/vmmanage-clone' },
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    ],
  ])('lets the guest %s', (_, asked) => {
    expect(isAllowed(WANTED, asked)).toBe(true);
  });

  it.each<[string, Asked]>([
    [
      "launch with another's tag",
      run(`${EC2}:instance/*`, { ...OWN, 'aws:RequestTag/vmmanage:vm': 'nii4' }),
    ],
    [
      'launch without a tag',
      run(`${EC2}:instance/*`, { ...OWN, 'aws:RequestTag/vmmanage:vm': [] }),
    ],
    [
      'launch with a tag more',
      run(`${EC2}:instance/*`, { ...OWN, 'aws:TagKeys': ['vmmanage:vm', 'cost'] }),
    ],
    [
      'launch a bigger one',
      run(`${EC2}:instance/*`, { ...OWN, 'ec2:InstanceType': 'p5.48xlarge' }),
    ],
    [
      'launch one that gives its credentials to forged calls',
      run(`${EC2}:instance/*`, { ...OWN, 'ec2:MetadataHttpTokens': 'optional' }),
    ],
    ['launch from another image', run(`${IMAGES}/ami-0fffffffffffffff0`)],
    ['launch into another subnet', run(`${EC2}:subnet/subnet-00000002`)],
    ['launch with another security group', run(`${EC2}:security-group/sg-00000002`)],
    ['launch with a key pair', run(`${EC2}:key-pair/admin`)],
    ['launch in another region', run('arn:aws:ec2:us-east-1:123456789012:instance/*', OWN)],
    [
      'tag an instance that is there',
      { action: 'ec2:CreateTags', resource: `${EC2}:instance/i-1`, context: OWN },
    ],
    [
      "end another's clone",
      {
        ...{ action: 'ec2:TerminateInstances', resource: `${EC2}:instance/i-1` },
        context: { 'aws:ResourceTag/vmmanage:vm': 'nii4' },
      },
    ],
    [
      'end an instance without a tag',
      { action: 'ec2:TerminateInstances', resource: `${EC2}:instance/i-1` },
    ],
    [
      'make an image',
      {
        ...{ action: 'ec2:CreateImage', resource: `${EC2}:instance/i-1` },
        context: { 'aws:ResourceTag/vmmanage:vm': 'nii3' },
      },
    ],
    [
      'pass another role',
      {
        ...{ action: 'iam:PassRole', resource: 'arn:aws:iam::123456789012:role/admin' },
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    ],
    ['stop an instance', { action: 'ec2:StopInstances', resource: `${EC2}:instance/i-1` }],
    ['change anything of IAM', { action: 'iam:CreateUser', resource: '*' }],
  ])("doesn't let the guest %s", (_, asked) => {
    expect(isAllowed(WANTED, asked)).toBe(false);
  });

  describe('with image = self', () => {
    const wanted = { ...WANTED, image: 'self' };
    const of = (vm: string) => ({ 'aws:ResourceTag/vmmanage:vm': vm });
    const made = (vm: string) => ({ 'aws:RequestTag/vmmanage:vm': vm });
    const selfTagged = (vm: string) => ({ 'aws:ResourceTag/vmmanage:self': vm });
    const createdBy = (action: string) => ({ 'ec2:CreateAction': action });
    const image = `${IMAGES}/ami-0fffffffffffffff0`;
    const snapshot = 'arn:aws:ec2:eu-north-1::snapshot/snap-0fffffffffffffff0';
    const asked = (action: string, resource: string, context: Asked['context'] = {}) => ({
      ...{ action: `ec2:${action}`, resource, context },
    });

    it.each<[string, Asked]>([
      ['look at snapshots', asked('DescribeSnapshots', '*')],
      ['make one of itself', asked('CreateImage', `${EC2}:instance/i-1`, selfTagged('nii3'))],
      ['tagged as its own', asked('CreateImage', image, made('nii3'))],
      ['with snapshots that are, too', asked('CreateImage', snapshot, made('nii3'))],
      ['tag it', asked('CreateTags', image, { ...made('nii3'), ...createdBy('CreateImage') })],
      ['launch from it', run(image, of('nii3'))],
      ['remove it', asked('DeregisterImage', image, of('nii3'))],
      ['remove its snapshot', asked('DeleteSnapshot', snapshot, of('nii3'))],
    ])('lets the guest %s', (_, call) => {
      expect(isAllowed(wanted, call)).toBe(true);
      expect(isAllowed(WANTED, call)).toBe(false);
    });

    it.each<[string, Asked]>([
      ['make one of another', asked('CreateImage', `${EC2}:instance/i-1`, selfTagged('nii4'))],
      ['make one of a clone', asked('CreateImage', `${EC2}:instance/i-1`, of('nii3'))],
      ['make one without its tag', asked('CreateImage', image)],
      ['tag what is there', asked('CreateTags', image, made('nii3'))],
      ["launch from another's", run(image, of('nii4'))],
      ['launch from any', run(image)],
      ["remove another's", asked('DeregisterImage', image, of('nii4'))],
      ['remove any snapshot', asked('DeleteSnapshot', snapshot)],
      ['end itself', asked('TerminateInstances', `${EC2}:instance/i-1`, selfTagged('nii3'))],
    ])("doesn't let the guest %s", (_, call) => {
      expect(isAllowed(wanted, call)).toBe(false);
    });
  });

  it("takes a guest's name as it is, never as a variable of IAM's", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is IAM's.
    const text = JSON.stringify(ec2Policy({ ...WANTED, vm: '${aws:username}' }));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
    expect(text).toContain('"${$}{aws:username}"');
  });

  it.each([
    ['cn-north-1', 'arn:aws-cn:'],
    ['us-gov-west-1', 'arn:aws-us-gov:'],
  ])('in %s names %s', (region, start) => {
    const names = ec2Policy({ ...WANTED, region }).Statement.flatMap(({ Resource }) => Resource);
    expect(names.filter((name) => name !== '*' && !name.startsWith(start))).toEqual([]);
  });

  it('fits a managed policy, 6,144 characters', () => {
    const groups = Array.from({ length: 16 }, (_, i) => `sg-0000000000000${1000 + i}`);
    const wanted = { ...WANTED, security_groups: groups, spot: true, image: 'self' };
    expect(JSON.stringify(ec2Policy(wanted)).length).toBeLessThan(6144);
  });
});
