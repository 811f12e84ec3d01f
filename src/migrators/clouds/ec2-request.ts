/**
 * What EC2's query API is sent, version 2016-11-15: a form with one `Action`. Pure: signing and
 * sending are elsewhere.
 */
import type { Launch } from '../clone/cloud.ts';
import type { Ec2Options } from './ec2-options.ts';
import { REQUEST_TAG, VM_TAG } from './tags.ts';

export type Form = Readonly<Record<string, string>>;

const VERSION = '2016-11-15';

/** As `application/x-www-form-urlencoded` writes it. */
export function formBody(form: Form): string {
  return new URLSearchParams({ ...form, Version: VERSION }).toString();
}

/** One instance, which ends itself by powering off and gives its credentials to no forged call. */
export function runInstances(options: Ec2Options, launch: Launch, dryRun: boolean): Form {
  const { instance_type, subnet, key_name, instance_profile, spot } = options;
  return {
    Action: 'RunInstances',
    ...(dryRun ? { DryRun: 'true' } : {}),
    ...{
      ImageId: launch.image ?? options.image,
      InstanceType: instance_type,
      MinCount: '1',
      MaxCount: '1',
    },
    ClientToken: launch.token,
    InstanceInitiatedShutdownBehavior: 'terminate',
    'MetadataOptions.HttpEndpoint': 'enabled',
    'MetadataOptions.HttpTokens': 'required',
    ...numbered('SecurityGroupId', options.security_groups ?? []),
    ...given({ SubnetId: subnet, KeyName: key_name }),
    ...profileOf(instance_profile),
    ...(spot ? { 'InstanceMarketOptions.MarketType': 'spot' } : {}),
    UserData: Buffer.from(launch.userData).toString('base64'),
    ...tagged(launch, 'instance'),
  };
}

const PAGE = '20';
/** All but `terminated`, which stays to be seen for an hour. */
const STATES = ['pending', 'running', 'shutting-down', 'stopping', 'stopped'];

export function describeInstances(vm: string, next: string | undefined): Form {
  return {
    Action: 'DescribeInstances',
    ...taggedWith(vm),
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
export function createImage(id: string, launch: Launch, dryRun: boolean): Form {
  return {
    Action: 'CreateImage',
    ...(dryRun ? { DryRun: 'true' } : {}),
    ...{ InstanceId: id, Name: imageName(launch.request), NoReboot: 'true' },
    ...tagged(launch, 'image', 'snapshot'),
  };
}

/** What was made of the guest for its clones. */
export function imagesOf(vm: string): Form {
  return { Action: 'DescribeImages', 'Owner.1': 'self', ...taggedWith(vm) };
}

export function snapshotsOf(vm: string): Form {
  return { Action: 'DescribeSnapshots', 'Owner.1': 'self', ...taggedWith(vm) };
}

export function deregisterImage(id: string): Form {
  return { Action: 'DeregisterImage', ImageId: id };
}

export function deleteSnapshot(id: string): Form {
  return { Action: 'DeleteSnapshot', SnapshotId: id };
}

export function describeImage(id: string): Form {
  return { Action: 'DescribeImages', 'ImageId.1': id };
}

/** Among the account's own: there a name comes once. */
export function imageOfRequest(request: string): Form {
  return {
    Action: 'DescribeImages',
    'Owner.1': 'self',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': literally(imageName(request)),
  };
}

function profileOf(profile: string | undefined): Form {
  if (profile === undefined) return {};
  return { [`IamInstanceProfile.${profile.startsWith('arn:') ? 'Arn' : 'Name'}`]: profile };
}

function imageName(request: string): string {
  return `vmmanage-${request}`;
}

/** Whose it is and for what, on each kind of resource that the call makes. */
function tagged({ vm, request }: Launch, ...resources: readonly string[]): Form {
  const tags = Object.entries({ [VM_TAG]: vm, [REQUEST_TAG]: request });
  const specifications = resources.flatMap((resource, i) => {
    const prefix = `TagSpecification.${i + 1}`;
    const pairs = tags.flatMap(([key, value], j) => [
      [`${prefix}.Tag.${j + 1}.Key`, key],
      [`${prefix}.Tag.${j + 1}.Value`, value],
    ]);
    return [[`${prefix}.ResourceType`, resource], ...pairs];
  });
  return Object.fromEntries(specifications);
}

function taggedWith(vm: string): Form {
  return { 'Filter.1.Name': `tag:${VM_TAG}`, 'Filter.1.Value.1': literally(vm) };
}

/** `*` and `?` would stand for anything. */
function literally(value: string): string {
  return value.replace(/[*?\\]/g, '\\$&');
}

function numbered(name: string, values: readonly string[]): Form {
  return Object.fromEntries(values.map((value, i) => [`${name}.${i + 1}`, value]));
}

function given(form: Readonly<Record<string, string | undefined>>): Form {
  return Object.fromEntries(
    Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
