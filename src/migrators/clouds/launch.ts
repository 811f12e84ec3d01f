/** What any cloud can take as a launch, more being refused before anything is sent; and its tags. */
import type { Launch } from '../clone/cloud.ts';
import { USER_DATA_MAX_BYTES } from '../clone/user-data.ts';

/** The tags of every clone, by which it is found again and may be ended. */
export const VM_TAG = 'vmmanage:vm';
export const REQUEST_TAG = 'vmmanage:request';
/** Of the instance that the guest is, with its name: the policy lets images be made of no other. */
export const SELF_TAG = 'vmmanage:self';

/** EC2's bounds on a client token, and on the values of tags. */
const TOKEN = /^[\x21-\x7e]{1,64}$/;
const TAG = /^[\x20-\x7e]{1,255}$/;

/** A line for people, or undefined. */
export function launchProblem({ vm, request, token, userData }: Launch): string | undefined {
  if (!TOKEN.test(token)) return 'the token of a launch is 1 to 64 ASCII characters';
  if (!TAG.test(vm)) return 'the name of the guest is no tag: 1 to 255 ASCII characters';
  if (!TAG.test(request)) return 'the request is no tag: 1 to 255 ASCII characters';
  const bytes = Buffer.byteLength(userData);
  if (bytes <= USER_DATA_MAX_BYTES) return undefined;
  return `the user-data have ${bytes} bytes, and a cloud takes ${USER_DATA_MAX_BYTES}`;
}
