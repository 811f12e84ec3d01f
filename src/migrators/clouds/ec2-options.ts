/** What a `[migrator NAME]` of kind ec2 says of the instances that it launches, and who asks. */
import { listOf } from '../../core/option-shapes.ts';
import { pattern, text, yesNo } from '../../core/option-types.ts';
import { type OptionsOf, option, optional, required } from '../../core/options.ts';
import { apiUrl, CALL_OPTIONS, SELF } from './options.ts';

/** Old ids have 8 hexadecimal digits, those since 2016 have 17; which there are only EC2 knows. */
function idOf(prefix: string) {
  return pattern(
    new RegExp(`^${prefix}-[0-9a-f]{1,17}$`),
    `an id such as ${prefix}-0123456789abcdef0`,
  );
}

const region = pattern(/^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/, 'a region such as eu-north-1');
const instanceType = pattern(
  /^[a-z0-9][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}$/,
  'a type such as t3.small',
);
const profile = pattern(
  /^(arn:aws[a-z-]*:iam::\d{12}:instance-profile\/)?[\w+=,.@/-]{1,512}$/,
  'the name or ARN of an instance profile',
);
const accessKey = pattern(/^[A-Z0-9]{16,128}$/, 'an access key such as AKIA…');

const image = pattern(
  new RegExp(`^(${SELF}|ami-[0-9a-f]{1,17})$`),
  `an id such as ami-0123456789abcdef0, or ${SELF}`,
);

export const EC2_OPTIONS = {
  region: option(region, 'us-east-1', { help: 'Where clones run, and where the image is.' }),
  image: required(image, {
    example: 'ami-0123456789abcdef0',
    help: 'The prepared image that a clone starts from; self: one is made of the guest, which is an instance itself.',
  }),
  instance_type: option(instanceType, 't3.small', { help: 'How big a clone is.' }),
  security_groups: optional(listOf(idOf('sg'), 'list of security groups'), {
    example: 'sg-0123456789abcdef0',
    help: "What may reach a clone and what it may reach; the network's default group by default.",
  }),
  subnet: optional(idOf('subnet'), {
    example: 'subnet-0123456789abcdef0',
    help: 'The network of a clone, and with it its zone; one of the default network by default.',
  }),
  key_name: optional(text, {
    example: 'admin',
    help: 'The key pair that opens a clone to its administrator; none by default.',
  }),
  instance_profile: optional(profile, {
    example: 'vmmanage-clone',
    help: 'The role of a clone: where its credentials come from, since it is given none.',
  }),
  spot: option(yesNo, 'no', {
    help: 'Whether clones are cheaper ones that EC2 may end at two minutes’ notice.',
  }),
  endpoint: optional(apiUrl, {
    example: 'https://ec2.eu-north-1.amazonaws.com/',
    help: "The API; the region's own by default.",
  }),
  access_key: optional(accessKey, {
    example: 'AKIAIOSFODNN7EXAMPLE',
    help: 'Who asks; the role of the instance that this guest is, by default.',
  }),
  secret_key: optional(text, { secret: true, help: 'Of the access key.' }),
  ...CALL_OPTIONS,
};

export type Ec2Options = OptionsOf<typeof EC2_OPTIONS>;

/** What doesn't go together; `secret_key` can't be seen where a conf is only checked. */
export function ec2Conflict(options: Ec2Options): { key: string; problem: string } | undefined {
  const { access_key, secret_key } = options;
  if (secret_key === undefined || access_key !== undefined) return undefined;
  return { key: 'secret_key', problem: 'belongs to an access_key, and none is given' };
}

/** The API's address; regions in China have a domain of their own. */
export function ec2Endpoint({ endpoint, region }: Pick<Ec2Options, 'endpoint' | 'region'>): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return endpoint ?? `https://ec2.${region}.${domain}/`;
}
