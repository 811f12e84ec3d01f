/**
 * What EC2's query API answers: parsed strictly, an answer with anything odd in it is none. Pure
 * functions of the tree that xml.ts reads.
 */
import type { Instance } from '../clone/cloud.ts';
import { REQUEST_TAG, VM_TAG } from './tags.ts';
import { child, type Element, items, textOf } from './xml.ts';

/** An instance with the guest whose clone it says to be. */
export interface Tagged extends Instance {
  readonly vm: string | undefined;
}

export interface Page<T> {
  readonly found: readonly T[];
  readonly next: string | undefined;
}

/** Whose it is, and for which request it was made. */
interface Owned {
  readonly id: string;
  readonly vm: string | undefined;
  readonly request: string | undefined;
}

export interface Image extends Owned {
  readonly state: string;
  readonly reason: string | undefined;
}

export interface Fault {
  readonly code: string;
  readonly message: string;
}

const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;
const IMAGE_ID = /^ami-[0-9a-f]{8,17}$/;
const SNAPSHOT_ID = /^snap-[0-9a-f]{8,17}$/;

/** A stopped one doesn't act, and was stopped by others: a clone ends itself for good. */
const STATES: Readonly<Record<string, Instance['state']>> = {
  pending: 'starting',
  running: 'running',
  'shutting-down': 'ending',
  stopping: 'ending',
  stopped: 'ending',
  terminated: 'gone',
};

/** The one instance of a launch. */
export function launchedOf(root: Element | undefined): Tagged | undefined {
  if (root?.name !== 'RunInstancesResponse') return undefined;
  const all = items(root, 'instancesSet').map(instanceOf);
  return all.length === 1 ? all[0] : undefined;
}

export function instancesOf(root: Element | undefined): Page<Tagged> | undefined {
  if (root?.name !== 'DescribeInstancesResponse' || !child(root, 'reservationSet')) {
    return undefined;
  }
  const found: Tagged[] = [];
  for (const each of items(root, 'reservationSet').flatMap((one) => items(one, 'instancesSet'))) {
    const instance = instanceOf(each);
    if (instance === undefined) return undefined;
    found.push(instance);
  }
  return { found, next: textOf(root, 'nextToken') };
}

/** Whether the instance is among those that will end. */
export function isTerminating(root: Element | undefined, id: string): boolean {
  return (
    root?.name === 'TerminateInstancesResponse' &&
    items(root, 'instancesSet').some((item) => textOf(item, 'instanceId') === id)
  );
}

/** Undefined where the answer is odd; none found is an empty list. */
export function imagesOf(root: Element | undefined): readonly Image[] | undefined {
  if (root?.name !== 'DescribeImagesResponse' || !child(root, 'imagesSet')) return undefined;
  const images = items(root, 'imagesSet').map(imageOf);
  return images.every((image) => image !== undefined) ? images : undefined;
}

/** As `imagesOf`. */
export function snapshotsOf(root: Element | undefined): readonly Owned[] | undefined {
  if (root?.name !== 'DescribeSnapshotsResponse' || !child(root, 'snapshotSet')) return undefined;
  const snapshots = items(root, 'snapshotSet').map((item) => {
    const id = matching(textOf(item, 'snapshotId'), SNAPSHOT_ID);
    return id === undefined ? undefined : { id, ...ownerOf(item) };
  });
  return snapshots.every((snapshot) => snapshot !== undefined) ? snapshots : undefined;
}

/** Of an image or a snapshot. */
export function isRemoved(root: Element | undefined): true | undefined {
  const known = root?.name === 'DeregisterImageResponse' || root?.name === 'DeleteSnapshotResponse';
  return known && textOf(root, 'return') === 'true' ? true : undefined;
}

export function createdImageOf(root: Element | undefined): string | undefined {
  if (root?.name !== 'CreateImageResponse') return undefined;
  return matching(textOf(root, 'imageId'), IMAGE_ID);
}

/** What EC2 refuses, in its own words. */
export function faultOf(root: Element | undefined): Fault | undefined {
  const error = root?.name === 'Response' ? child(child(root, 'Errors'), 'Error') : undefined;
  const code = matching(textOf(error, 'Code'), /^[A-Za-z][A-Za-z0-9._-]{0,99}$/);
  return code === undefined ? undefined : { code, message: textOf(error, 'Message') ?? '' };
}

function instanceOf(item: Element): Tagged | undefined {
  const id = matching(textOf(item, 'instanceId'), INSTANCE_ID);
  const name = textOf(child(item, 'instanceState'), 'name') ?? '';
  const state = Object.hasOwn(STATES, name) ? STATES[name] : undefined;
  if (id === undefined || state === undefined) return undefined;
  const launched = Date.parse(textOf(item, 'launchTime') ?? '');
  return {
    ...{ id, state },
    ...ownerOf(item),
    launchedMs: Number.isNaN(launched) ? undefined : launched,
  };
}

function imageOf(item: Element): Image | undefined {
  const id = matching(textOf(item, 'imageId'), IMAGE_ID);
  const state = textOf(item, 'imageState');
  if (id === undefined || state === undefined) return undefined;
  return { id, state, reason: textOf(child(item, 'stateReason'), 'message'), ...ownerOf(item) };
}

function ownerOf(item: Element): Omit<Owned, 'id'> {
  return { vm: tagOf(item, VM_TAG), request: tagOf(item, REQUEST_TAG) };
}

function tagOf(item: Element, key: string): string | undefined {
  return textOf(
    items(item, 'tagSet').find((tag) => textOf(tag, 'key') === key),
    'value',
  );
}

function matching(text: string | undefined, shape: RegExp): string | undefined {
  return text !== undefined && shape.test(text) ? text : undefined;
}
