/**
 * What EC2's error codes mean for people, and which of them pass by themselves. From the API
 * reference's list of error codes; the code and EC2's own words stand in the line too.
 */
import type { Fault } from './ec2-answer.ts';
import { CloudFailure, type FailureKind } from './failure.ts';
import type { Secrets } from './secrets.ts';

/** What a dry run answers where the real one would be done. */
export const WOULD_WORK = 'DryRunOperation';

const THROTTLED: readonly string[] = [
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'EC2ThrottledException',
];

/** Answered as if the server were at fault, and yet it lasts. */
const LASTING: readonly string[] = ['InsufficientInstanceCapacity', 'InsufficientHostCapacity'];

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['AuthFailure', 'the access key is not accepted'],
  ['InvalidClientTokenId', 'there is no such access key'],
  ['SignatureDoesNotMatch', 'the secret key does not belong to the access key'],
  ['RequestExpired', 'the clock of this machine is wrong'],
  ['ExpiredToken', 'the credentials of the role have expired'],
  ['OptInRequired', 'the account is not open for this region'],
  ['Blocked', 'the account is blocked'],
  ['PendingVerification', 'the account is still being verified'],
  ['UnauthorizedOperation', 'the credentials do not permit it (vmmanage host-setup --ec2)'],
  ['InvalidAMIID.NotFound', 'there is no such image in this region'],
  ['InvalidAMIID.Malformed', 'the image has no valid id'],
  ['InvalidAMIID.Unavailable', 'the image cannot be launched'],
  ['InvalidGroup.NotFound', 'there is no such security group'],
  ['InvalidSubnetID.NotFound', 'there is no such subnet'],
  ['InvalidKeyPair.NotFound', 'there is no such key pair'],
  ['InvalidInstanceID.NotFound', 'there is no such instance'],
  ['InstanceLimitExceeded', 'the quota of instances is used up'],
  ['VcpuLimitExceeded', 'the quota of processors is used up'],
  ['MaxSpotInstanceCountExceeded', 'the quota of spot instances is used up'],
  ['InsufficientInstanceCapacity', 'the zone has no room for an instance of this type now'],
  ['InsufficientHostCapacity', 'the zone has no room for an instance of this type now'],
  ['InsufficientFreeAddressesInSubnet', 'the subnet has no free address'],
  ['Unsupported', 'the zone has no instances of this type'],
  ['IdempotentParameterMismatch', 'this request was launched before with other options'],
  ['RequestLimitExceeded', 'too many calls at once'],
]);

export function failureOf(fault: Fault, status: number, secrets: Secrets): CloudFailure {
  const { code, message } = fault;
  const meaning = MEANINGS.get(code);
  const said = message === '' ? '' : `: ${message}`;
  const line = meaning === undefined ? `${code}${said}` : `${meaning} (${code}${said})`;
  return new CloudFailure(secrets.hide(`EC2: ${line}`), kindOf(code, status), code);
}

/** A server at fault may have done what it was asked for all the same. */
function kindOf(code: string, status: number): FailureKind {
  if (THROTTLED.includes(code)) return 'busy';
  return status >= 500 && !LASTING.includes(code) ? 'unanswered' : 'refused';
}
