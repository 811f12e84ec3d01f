/**
 * The narrowest IAM policy with which a guest can have its clones: launch one kind of instance from
 * one image with its own tag on it, and end those with that tag; with `image = self`, make that image of the
 * guest's own instance, and take it away again. Resources and condition keys are
 * those of the Service Authorization Reference for EC2. Pure.
 */
import type { Ec2Options } from './ec2-options.ts';
import { SELF } from './options.ts';
import { REQUEST_TAG, SELF_TAG, VM_TAG } from './tags.ts';

export interface PolicyFor
  extends Pick<
    Ec2Options,
    'region' | 'image' | 'instance_type' | 'security_groups' | 'subnet' | 'key_name' | 'spot'
  > {
  readonly vm: string;
  /** Twelve digits; `*` stands for whichever account the policy is put into. */
  readonly account: string;
  /** The name of the role in `instance_profile`, which a clone is given. */
  readonly role?: string | undefined;
}

/** Operator, key, and the value or values that hold. */
type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Conditions;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export function ec2Policy(wanted: PolicyFor): Policy {
  const statements = [
    look(wanted),
    launchOwn(wanted),
    launchFrom(wanted),
    tagAtLaunch(wanted),
    end(wanted),
  ];
  const images = wanted.image === SELF ? ownImages(wanted) : [];
  return { Version: '2012-10-17', Statement: [...statements, ...images, ...passRole(wanted)] };
}

/** None of these calls can be narrowed to resources. */
function look({ image }: PolicyFor): Statement {
  const snapshots = image === SELF ? ['ec2:DescribeSnapshots'] : [];
  const Action = ['ec2:DescribeInstances', 'ec2:DescribeImages', ...snapshots];
  return { Sid: 'Look', Effect: 'Allow', Action, Resource: ['*'] };
}

function launchOwn(wanted: PolicyFor): Statement {
  return {
    ...{ Sid: 'LaunchOwnClones', Effect: 'Allow', Action: ['ec2:RunInstances'] },
    Resource: [arn(wanted, 'instance/*')],
    Condition: {
      StringEquals: {
        [`aws:RequestTag/${VM_TAG}`]: literally(wanted.vm),
        'ec2:InstanceType': wanted.instance_type,
        'ec2:MetadataHttpTokens': 'required',
      },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [VM_TAG, REQUEST_TAG] },
    },
  };
}

/** What else a launch touches. */
function launchFrom(wanted: PolicyFor): Statement {
  const { image, security_groups: groups, subnet = '*', key_name: key, spot } = wanted;
  const others = [
    ...(groups ?? ['*']).map((group) => `security-group/${group}`),
    ...[`subnet/${subnet}`, 'network-interface/*', 'volume/*'],
    ...(key === undefined ? [] : [`key-pair/${key}`]),
    ...(spot ? ['spot-instances-request/*'] : []),
  ];
  return {
    ...{ Sid: 'LaunchFrom', Effect: 'Allow', Action: ['ec2:RunInstances'] },
    Resource: [
      ...(image === SELF ? [] : [imageArn(wanted, image)]),
      ...others.map((other) => arn(wanted, other)),
    ],
  };
}

function tagAtLaunch(wanted: PolicyFor): Statement {
  return {
    ...{ Sid: 'TagAtLaunchAlone', Effect: 'Allow', Action: ['ec2:CreateTags'] },
    Resource: [arn(wanted, 'instance/*')],
    Condition: {
      StringEquals: {
        'ec2:CreateAction': 'RunInstances',
        [`aws:RequestTag/${VM_TAG}`]: literally(wanted.vm),
      },
    },
  };
}

function end(wanted: PolicyFor): Statement {
  return {
    ...{ Sid: 'EndOwnClones', Effect: 'Allow', Action: ['ec2:TerminateInstances'] },
    Resource: [arn(wanted, 'instance/*')],
    Condition: { StringEquals: ofGuest(wanted, 'ResourceTag') },
  };
}

/** The guest's own instance has a tag that the clones haven't: a person gives it that. */
function ownImages(wanted: PolicyFor): Statement[] {
  const [images, snapshots] = [imageArn(wanted, '*'), imageArn(wanted, '*', 'snapshot')];
  const allow = { Effect: 'Allow' } as const;
  const [isOfGuest, own] = [ofGuest(wanted, 'RequestTag'), ofGuest(wanted, 'ResourceTag')];
  return [
    {
      ...{ Sid: 'ImageOfSelf', ...allow, Action: ['ec2:CreateImage'] },
      Resource: [arn(wanted, 'instance/*')],
      Condition: { StringEquals: { [`aws:ResourceTag/${SELF_TAG}`]: literally(wanted.vm) } },
    },
    {
      ...{ Sid: 'ImageMade', ...allow, Action: ['ec2:CreateImage'] },
      ...{ Resource: [images, snapshots], Condition: { StringEquals: isOfGuest } },
    },
    {
      ...{ Sid: 'TagImageAlone', ...allow, Action: ['ec2:CreateTags'] },
      Resource: [images, snapshots],
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateImage', ...isOfGuest } },
    },
    {
      ...{ Sid: 'LaunchFromOwnImages', ...allow, Action: ['ec2:RunInstances'] },
      ...{ Resource: [images], Condition: { StringEquals: own } },
    },
    {
      ...{ Sid: 'RemoveOwnImages', ...allow },
      Action: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
      ...{ Resource: [images, snapshots], Condition: { StringEquals: own } },
    },
  ];
}

function passRole({ region, account, role }: PolicyFor): Statement[] {
  if (role === undefined) return [];
  return [
    {
      ...{ Sid: 'GiveClonesTheirRole', Effect: 'Allow', Action: ['iam:PassRole'] },
      Resource: [`arn:${partitionOf(region)}:iam::${account}:role/${role}`],
      Condition: { StringEquals: { 'iam:PassedToService': ec2Service(region) } },
    },
  ];
}

function ofGuest({ vm }: PolicyFor, tag: 'RequestTag' | 'ResourceTag'): Record<string, string> {
  return { [`aws:${tag}/${VM_TAG}`]: literally(vm) };
}

/** `${…}` would be filled in by IAM. */
function literally(value: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is IAM's way to write a dollar.
  return value.replaceAll('$', '${$}');
}

function arn({ region, account }: PolicyFor, resource: string): string {
  return `arn:${partitionOf(region)}:ec2:${region}:${account}:${resource}`;
}

/** Images and snapshots belong to no account in their names. */
function imageArn({ region }: PolicyFor, id: string, kind = 'image'): string {
  return `arn:${partitionOf(region)}:ec2:${region}::${kind}/${id}`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function ec2Service(region: string): string {
  return region.startsWith('cn-') ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com';
}
