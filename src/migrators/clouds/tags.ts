/** By which tags clouds know clones, and what belongs to them: they are found again by them, and may be ended. */
export const VM_TAG = 'vmmanage:vm';
export const REQUEST_TAG = 'vmmanage:request';
/** Of the instance that the guest is, with its name: the policy lets images be made of no other. */
export const SELF_TAG = 'vmmanage:self';
