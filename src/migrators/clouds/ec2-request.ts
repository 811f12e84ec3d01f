/**
 * What EC2's query API is sent, version 2016-11-15: a form with one `Action`. Pure: signing and
 * sending are elsewhere.
 */
import type { Launch } from '../clone/cloud.ts';
import type { Ec2Options } from './ec2-options.ts';
import { REQUEST_TAG, VM_TAG } from './launch.ts';

export type Form = Readonly<Record<string, string>>;

const VERSION = '2016-11-15';

/** As `application/x-www-form-urlencoded` writes it. */
export function formBody(form: Form): string {
  return new URLSearchParams({ ...form, Version: VERSION }).toString();
}

/** One instance, which ends itself by powering off and gives its credentials to no forged call. */
export function runInstances(options: Ec2Options, launch: Launch, dryRun: boolean): Form {
  const { image, instance_type, subnet, key_name, instance_profile, spot } = options;
  return {
    Action: 'RunInstances',
    ...(dryRun ? { DryRun: 'true' } : {}),
    ...{ ImageId: image, InstanceType: instance_type, MinCount: '1', MaxCount: '1' },
    ClientToken: launch.token,
    InstanceInitiatedShutdownBehavior: 'terminate',
    'MetadataOptions.HttpEndpoint': 'enabled',
    'MetadataOptions.HttpTokens': 'required',
    ...numbered('SecurityGroupId', options.security_groups ?? []),
    ...given({ SubnetId: subnet, KeyName: key_name }),
    ...profileOf(instance_profile),
    ...(spot ? { 'InstanceMarketOptions.MarketType': 'spot' } : {}),
    UserData: Buffer.from(launch.userData).toString('base64'),
    ...tagged('instance', { [VM_TAG]: launch.vm, [REQUEST_TAG]: launch.request }),
  };
}

const PAGE = '20';
/** All but `terminated`, which stays to be seen for an hour. */
const STATES = ['pending', 'running', 'shutting-down', 'stopping', 'stopped'];

export function describeInstances(vm: string, next: string | undefined): Form {
  return {
    Action: 'DescribeInstances',
    'Filter.1.Name': `tag:${VM_TAG}`,
    // `*` and `?` would stand for anything.
    'Filter.1.Value.1': vm.replace(/[*?\\]/g, '\\$&'),
    'Filter.2.Name': 'instance-state-name',
    ...numbered('Filter.2.Value', STATES),
    MaxResults: PAGE,
    ...given({ NextToken: next }),
  };
}

export function terminateInstance(id: string): Form {
  return { Action: 'TerminateInstances', 'InstanceId.1': id };
}

/** Without a reboot: who asks is the instance itself, and has synced its disks. */
export function createImage(id: string, name: string): Form {
  return { Action: 'CreateImage', InstanceId: id, Name: name, NoReboot: 'true' };
}

export function describeImage(id: string): Form {
  return { Action: 'DescribeImages', 'ImageId.1': id };
}

/** Among the account's own: there a name comes once. */
export function imageNamed(name: string): Form {
  return {
    Action: 'DescribeImages',
    'Owner.1': 'self',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': name.replace(/[*?\\]/g, '\\$&'),
  };
}

function profileOf(profile: string | undefined): Form {
  if (profile === undefined) return {};
  return { [`IamInstanceProfile.${profile.startsWith('arn:') ? 'Arn' : 'Name'}`]: profile };
}

function tagged(resource: string, tags: Form): Form {
  const pairs = Object.entries(tags).flatMap(([key, value], i) => [
    [`TagSpecification.1.Tag.${i + 1}.Key`, key],
    [`TagSpecification.1.Tag.${i + 1}.Value`, value],
  ]);
  return { 'TagSpecification.1.ResourceType': resource, ...Object.fromEntries(pairs) };
}

function numbered(name: string, values: readonly string[]): Form {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}

function given(form: Readonly<Record<string, string | undefined>>): Form {
  return Object.fromEntries(
    Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
