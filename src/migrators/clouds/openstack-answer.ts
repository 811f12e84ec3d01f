/**
 * What Keystone, Glance and Nova answer, taken apart strictly: an answer with anything odd in it is
 * none. Pure.
 */
import type { Instance } from '../clone/cloud.ts';
import { listAt, numberAt, own, readJson, recordOf, textAt } from './json.ts';
import { UUID } from './openstack-options.ts';
import { REQUEST_TAG, VM_TAG } from './tags.ts';

export interface Server extends Instance {
  readonly vm: string | undefined;
}

export interface Image {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: string;
  /** Whose it is, and for which request it was made, where it is an image of a guest for its clone. */
  readonly vm: string | undefined;
  readonly request: string | undefined;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly cores: number;
  readonly memoryMb: number;
}

export interface Endpoint {
  readonly service: string;
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

export interface Token {
  readonly expiresMs: number;
  readonly endpoints: readonly Endpoint[];
}

export function tokenOf(text: string): Token | undefined {
  const token = own(readJson(text), 'token');
  const expiresMs = Date.parse(textAt(token, 'expires_at') ?? '');
  const catalog = listAt(token, 'catalog', endpointsOf);
  if (Number.isNaN(expiresMs) || catalog === undefined) return undefined;
  return { expiresMs, endpoints: catalog.flat() };
}

function endpointsOf(service: unknown): readonly Endpoint[] | undefined {
  const type = textAt(service, 'type');
  if (type === undefined) return undefined;
  return listAt(service, 'endpoints', (each) => {
    const kind = textAt(each, 'interface');
    const region = textAt(each, 'region_id') ?? textAt(each, 'region') ?? '';
    const url = textAt(each, 'url');
    if (kind === undefined || url === undefined) return undefined;
    return { service: type, interface: kind, region, url };
  });
}

/** A page of servers. */
export function serversOf(text: string): readonly Server[] | undefined {
  return listAt(readJson(text), 'servers', serverOf);
}

/** What a server boots from. One of a volume has an empty text for its image. */
export function rootOf(text: string): 'image' | 'volume' | undefined {
  const server = own(readJson(text), 'server');
  if (uuidAt(server, 'id') === undefined) return undefined;
  const image = own(server, 'image');
  if (image === '' || image === null) return 'volume';
  return recordOf(image) === undefined ? undefined : 'image';
}

/** The id of a server that was just created. */
export function createdOf(text: string): string | undefined {
  return uuidAt(own(readJson(text), 'server'), 'id');
}

export function imageOf(text: string): Image | undefined {
  return asImage(readJson(text));
}

export function imagesOf(text: string): readonly Image[] | undefined {
  return listAt(readJson(text), 'images', asImage);
}

export function flavorsOf(text: string): readonly Flavor[] | undefined {
  return listAt(readJson(text), 'flavors', (each) => {
    const [id, name] = [textAt(each, 'id'), textAt(each, 'name')];
    const [cores, memoryMb] = [numberAt(each, 'vcpus'), numberAt(each, 'ram')];
    if (id === undefined || name === undefined) return undefined;
    return cores === undefined || memoryMb === undefined
      ? undefined
      : { id, name, cores, memoryMb };
  });
}

/** What is left of the project's quota; without a bound where it has none, or doesn't say. */
export interface Left {
  readonly servers: number;
  readonly cores: number;
  readonly memoryMb: number;
}

export function leftOf(text: string): Left | undefined {
  const absolute = own(own(readJson(text), 'limits'), 'absolute');
  if (recordOf(absolute) === undefined) return undefined;
  const left = (most: string, used: string) => {
    const bound = numberAt(absolute, most) ?? -1;
    return bound < 0 ? Number.POSITIVE_INFINITY : bound - (numberAt(absolute, used) ?? 0);
  };
  return {
    servers: left('maxTotalInstances', 'totalInstancesUsed'),
    cores: left('maxTotalCores', 'totalCoresUsed'),
    memoryMb: left('maxTotalRAMSize', 'totalRAMUsed'),
  };
}

/** `{"forbidden": {"code": 403, "message": "…"}}`, as all three refuse something; else nothing. */
export function messageOf(text: string): string {
  const [inner] = Object.values(recordOf(readJson(text)) ?? {});
  return textAt(inner, 'message') ?? '';
}

/** The image that a `Location: …/images/ID` names. */
export function locatedImage(location: string | undefined): string | undefined {
  const id = /\/images\/([0-9a-f-]{36})\/?$/.exec(location ?? '')?.[1];
  return id !== undefined && UUID.test(id) ? id : undefined;
}

function serverOf(value: unknown): Server | undefined {
  const id = uuidAt(value, 'id');
  const status = textAt(value, 'status');
  const metadata = own(value, 'metadata');
  if (id === undefined || status === undefined || recordOf(metadata) === undefined)
    return undefined;
  const created = Date.parse(textAt(value, 'created') ?? '');
  return {
    ...{ id, state: stateOf(status, textAt(value, 'OS-EXT-STS:task_state')) },
    vm: textAt(metadata, VM_TAG),
    request: textAt(metadata, REQUEST_TAG),
    launchedMs: Number.isNaN(created) ? undefined : created,
  };
}

/** One of these doesn't act, and stays until it is deleted: a server that powers off is kept. */
const RESTING: readonly string[] = ['SHUTOFF', 'ERROR', 'SOFT_DELETED', 'SUSPENDED', 'PAUSED'];
const SHELVED: readonly string[] = ['SHELVED', 'SHELVED_OFFLOADED'];

function stateOf(status: string, task: string | undefined): Instance['state'] {
  if (status === 'DELETED') return 'gone';
  if (task === 'deleting' || task === 'soft-deleting') return 'ending';
  if ([...RESTING, ...SHELVED].includes(status)) return 'ending';
  return status === 'BUILD' ? 'starting' : 'running';
}

function asImage(value: unknown): Image | undefined {
  const id = uuidAt(value, 'id');
  const status = textAt(value, 'status');
  if (id === undefined || status === undefined) return undefined;
  return {
    ...{ id, name: textAt(value, 'name'), status },
    vm: textAt(value, VM_TAG),
    request: textAt(value, REQUEST_TAG),
  };
}

function uuidAt(value: unknown, key: string): string | undefined {
  const text = textAt(value, key);
  return text !== undefined && UUID.test(text) ? text : undefined;
}
