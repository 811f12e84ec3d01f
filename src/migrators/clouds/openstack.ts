/**
 * OpenStack, by Nova and Glance. Nova has no token that makes two launches one, so a server with the
 * request's tag is looked for before one is created, and after an answer that was lost. What is left:
 * a creation that Nova begins only after the last of these looks, some 15 s after its answer was
 * lost, makes a second server. A hand-over names the one that acts; the other rests until the request
 * is over, or deleted where the launch is asked for again. A server that powers off stays, and is `ending` until it is deleted.
 */
import type { Cloud, Instance, Launch } from '../clone/cloud.ts';
import { CloudFailure } from './failure.ts';
import { imds } from './imds.ts';
import * as answers from './openstack-answer.ts';
import { notUnderstood, OpenstackApi, refused } from './openstack-api.ts';
import { OpenstackImages } from './openstack-images.ts';
import type { OpenstackOptions } from './openstack-options.ts';
import { SELF } from './options.ts';
import type { CloudParts } from './parts.ts';
import { REQUEST_TAG, VM_TAG } from './tags.ts';

/** Between the looks for a server whose creation wasn't answered. */
const LOOKS_MS: readonly number[] = [0, 1_000, 2_000, 4_000, 8_000];
const NAME_MAX = 200;

export function openstackCloud(options: OpenstackOptions, parts: CloudParts): Cloud {
  return new Openstack(options, parts);
}

class Openstack implements Cloud {
  readonly ownImages: OpenstackImages | undefined;
  readonly #options: OpenstackOptions;
  readonly #parts: CloudParts;
  readonly #api: OpenstackApi;
  readonly #images: OpenstackImages;

  constructor(options: OpenstackOptions, parts: CloudParts) {
    const { clock, metadataUrl: url } = parts;
    const metadata = imds({ clock, cloud: 'openstack', url });
    this.#options = options;
    this.#parts = parts;
    this.#api = new OpenstackApi(options, parts);
    this.#images = new OpenstackImages(this.#api, metadata, parts, options.image_timeout);
    this.ownImages = options.image === SELF ? this.#images : undefined;
  }

  async check(_launch: Launch, signal: AbortSignal): Promise<string | undefined> {
    try {
      if (this.ownImages) await this.ownImages.own(signal);
      else await this.#images.prepared(this.#options.image, signal);
      return roomProblem(await this.#flavor(signal), await this.#left(signal));
    } catch (error) {
      if (error instanceof CloudFailure) return error.message;
      throw error;
    }
  }

  async launch(launch: Launch, signal: AbortSignal): Promise<Instance> {
    const earlier = await this.#launched(launch, signal);
    if (earlier !== undefined) return earlier;
    const image = launch.image ?? (await this.#images.prepared(this.#options.image, signal)).id;
    const flavor = (await this.#flavor(signal)).id;
    try {
      const body = serverBody(this.#options, launch, { image, flavor });
      const id = await this.#created(body, signal);
      const launchedMs = this.#parts.clock.now().wallMs;
      return { id, state: 'starting', request: launch.request, launchedMs };
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.kind !== 'unanswered') throw error;
      return await this.#lookedFor(launch, signal, error);
    }
  }

  async instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]> {
    return (await this.#serversOf(vm, signal)).map(instanceOf);
  }

  async terminate(id: string, signal: AbortSignal): Promise<void> {
    try {
      const path = `/servers/${encodeURIComponent(id)}`;
      await this.#api.understood('compute', { method: 'DELETE', path }, () => true, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== '404') throw error;
    }
  }

  /** Only what surely wasn't done is tried again: a second try might make a second server. */
  #created(body: unknown, signal: AbortSignal): Promise<string> {
    const create = async () => {
      const call = { method: 'POST' as const, path: '/servers', body };
      const id = answers.createdOf((await this.#api.call('compute', call, signal)).text);
      if (id !== undefined) return id;
      throw notUnderstood('POST /servers');
    };
    return this.#api.patiently(create, signal, ({ kind }) => kind === 'busy');
  }

  async #lookedFor(launch: Launch, signal: AbortSignal, why: CloudFailure): Promise<Instance> {
    for (const waitMs of LOOKS_MS) {
      await this.#parts.clock.sleep(waitMs, signal);
      if (signal.aborted) break;
      const found = await this.#launched(launch, signal);
      if (found !== undefined) return found;
    }
    throw why;
  }

  /** The server of a request: the oldest, where several were created; the others are deleted. */
  async #launched({ vm, request }: Launch, signal: AbortSignal): Promise<Instance | undefined> {
    const servers = await this.#serversOf(vm, signal);
    const [first, ...others] = servers.filter((each) => each.request === request).sort(byWorth);
    for (const { id } of others) await this.terminate(id, signal);
    return first && instanceOf(first);
  }

  /** Nova drops a filter by metadata that no administrator sends: what is ours is told here. */
  async #serversOf(vm: string, signal: AbortSignal): Promise<readonly answers.Server[]> {
    const all = await this.#api.pages('compute', '/servers/detail', answers.serversOf, signal);
    return all.filter((server) => server.vm === vm && server.state !== 'gone');
  }

  async #flavor(signal: AbortSignal): Promise<answers.Flavor> {
    const { flavor: wanted } = this.#options;
    const all = await this.#api.pages('compute', '/flavors/detail', answers.flavorsOf, signal);
    const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
    if (found === undefined) throw refused(`there is no flavor ${wanted}`);
    return found;
  }

  #left(signal: AbortSignal): Promise<answers.Left> {
    const call = { method: 'GET' as const, path: '/limits' };
    return this.#api.understood('compute', call, ({ text }) => answers.leftOf(text), signal);
  }
}

function roomProblem(flavor: answers.Flavor, left: answers.Left): string | undefined {
  if (left.servers < 1) return 'OpenStack: the quota of servers is used up';
  if (left.cores < flavor.cores) return 'OpenStack: the quota of processors has no room';
  return left.memoryMb < flavor.memoryMb ? 'OpenStack: the quota of memory has no room' : undefined;
}

/** What Nova is sent for a server (API 2.1). */
function serverBody(
  options: OpenstackOptions,
  { vm, request, userData }: Launch,
  { image, flavor }: { readonly image: string; readonly flavor: string },
): unknown {
  const { networks, security_groups: groups, key_name, zone } = options;
  const server = {
    ...{ name: `vmmanage-${vm}`.slice(0, NAME_MAX), imageRef: image, flavorRef: flavor },
    user_data: Buffer.from(userData).toString('base64'),
    metadata: { [VM_TAG]: vm, [REQUEST_TAG]: request },
    // JSON leaves out what is undefined.
    networks: networks?.map((uuid) => ({ uuid })),
    security_groups: groups?.map((name) => ({ name })),
    ...{ key_name, availability_zone: zone },
  };
  return { server };
}

/** One that acts or will comes before one that doesn't. */
function byWorth(one: answers.Server, other: answers.Server): number {
  const resting = Number(one.state === 'ending') - Number(other.state === 'ending');
  return resting !== 0 ? resting : byAge(one, other);
}

function byAge(one: answers.Server, other: answers.Server): number {
  const ms = (one.launchedMs ?? 0) - (other.launchedMs ?? 0);
  return ms !== 0 ? ms : one.id.localeCompare(other.id, 'en');
}

function instanceOf({ id, state, request, launchedMs }: answers.Server): Instance {
  return { id, state, request, launchedMs };
}
