/**
 * OpenStack, by Nova and Glance. Nova has no token that makes two launches one, so a server with the
 * request's tag is looked for before one is created, and after an answer that was lost. What is left:
 * a creation that Nova begins only after the last of these looks, some 15 s after its answer was
 * lost, is seen by nobody until the next look; then the older of two is the clone and the other is
 * deleted. A server that powers off stays, and is `ending` until it is deleted.
 */
import { withDeadline } from '../../system/deadline.ts';
import type { Cloud, Instance, Launch } from '../clone/cloud.ts';
import { type Account, readAccount } from './clouds-yaml.ts';
import { CloudFailure } from './failure.ts';
import type { Answer } from './http.ts';
import { launchProblem, REQUEST_TAG, VM_TAG } from './launch.ts';
import * as answers from './openstack-answer.ts';
import { type OpenstackOptions, UUID } from './openstack-options.ts';
import { type Call, type Service, Session } from './openstack-session.ts';
import type { CloudParts } from './parts.ts';
import { passes, persistently } from './persistence.ts';
import { Secrets } from './secrets.ts';

/** All servers of the project are looked at, 5,000 at most. */
const PAGE = 50;
const PAGES_MAX = 100;
const POLL_MS = 10_000;
/** Between the looks for a server whose creation wasn't answered. */
const LOOKS_MS: readonly number[] = [0, 1_000, 2_000, 4_000, 8_000];
const IMAGE_NAME = /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const NAME_MAX = 200;

export function openstackCloud(options: OpenstackOptions, parts: CloudParts): Cloud {
  return new Openstack(options, parts);
}

class Openstack implements Cloud {
  readonly #options: OpenstackOptions;
  readonly #parts: CloudParts;
  readonly #secrets = new Secrets();
  readonly #session: Session;

  constructor(options: OpenstackOptions, parts: CloudParts) {
    this.#options = options;
    this.#parts = parts;
    this.#session = new Session({
      ...{ clock: parts.clock, secrets: this.#secrets, timeoutMs: options.call_timeout },
      account: () => accountFor(options),
    });
  }

  async check(launch: Launch, signal: AbortSignal): Promise<string | undefined> {
    try {
      const problem = launchProblem(launch);
      if (problem !== undefined) return problem;
      await this.#image(signal);
      return roomProblem(await this.#flavor(signal), await this.#left(signal));
    } catch (error) {
      if (error instanceof CloudFailure) return error.message;
      throw error;
    }
  }

  async launch(launch: Launch, signal: AbortSignal): Promise<Instance> {
    const problem = launchProblem(launch);
    if (problem !== undefined) throw new CloudFailure(problem, 'refused');
    const earlier = await this.#launched(launch, signal);
    if (earlier !== undefined) return earlier;
    const [image, flavor] = [await this.#image(signal), await this.#flavor(signal)];
    try {
      const body = serverBody(this.#options, launch, { image: image.id, flavor: flavor.id });
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
      await this.#understood('compute', { method: 'DELETE', path }, () => true, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== '404') throw error;
    }
  }

  /** Idempotent by the name, which has to be the request's own. */
  async image(id: string, name: string, signal: AbortSignal): Promise<string> {
    if (!IMAGE_NAME.test(name)) {
      const shown = JSON.stringify(name);
      throw new CloudFailure(`OpenStack: no name for an image: ${shown}`, 'refused');
    }
    const { image_timeout: timeoutMs } = this.#options;
    return withDeadline(timeoutMs, signal, this.#parts.clock, async (bound) => {
      const snapshot = async () =>
        (await this.#imageNamed(name, 'private', bound))?.id ??
        (await this.#snapshot(id, name, bound));
      return this.#untilLaunchable(await this.#patiently(snapshot, bound), bound);
    });
  }

  /** Only what surely wasn't done is tried again: a second try might make a second server. */
  #created(body: unknown, signal: AbortSignal): Promise<string> {
    const create = async () => {
      const call = { method: 'POST' as const, path: '/servers', body };
      const id = answers.createdOf((await this.#session.call('compute', call, signal)).text);
      if (id !== undefined) return id;
      throw notUnderstood('POST /servers');
    };
    return this.#patiently(create, signal, ({ kind }) => kind === 'busy');
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
    const all = await this.#pages('/servers/detail', answers.serversOf, signal);
    return all.filter((server) => server.vm === vm && server.state !== 'gone');
  }

  async #image(signal: AbortSignal): Promise<answers.Image> {
    const { image: wanted } = this.#options;
    const image = UUID.test(wanted)
      ? await this.#imageWithId(wanted, signal)
      : await this.#imageNamed(wanted, undefined, signal);
    if (image === undefined) throw refused(`there is no image ${wanted}`);
    if (image.status !== 'active') throw this.#notActive(image);
    return image;
  }

  #imageWithId(id: string, signal: AbortSignal): Promise<answers.Image | undefined> {
    const call = { method: 'GET' as const, path: `/v2/images/${id}` };
    return this.#understood('image', call, ({ text }) => answers.imageOf(text), signal).catch(
      (error: unknown) => {
        if (error instanceof CloudFailure && error.code === '404') return undefined;
        throw error;
      },
    );
  }

  async #imageNamed(
    name: string,
    visibility: 'private' | undefined,
    signal: AbortSignal,
  ): Promise<answers.Image | undefined> {
    const query = new URLSearchParams({ name, ...(visibility ? { visibility } : {}) });
    const call = { method: 'GET' as const, path: `/v2/images?${query}` };
    const parse = ({ text }: Answer) => answers.imagesOf(text);
    const found = await this.#understood('image', call, parse, signal);
    const [first, ...others] = found.filter((image) => image.name === name);
    if (others.length > 0) throw refused(`there are several images ${name}; give an id`);
    return first;
  }

  async #flavor(signal: AbortSignal): Promise<answers.Flavor> {
    const { flavor: wanted } = this.#options;
    const all = await this.#pages('/flavors/detail', answers.flavorsOf, signal);
    const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
    if (found === undefined) throw refused(`there is no flavor ${wanted}`);
    return found;
  }

  #left(signal: AbortSignal): Promise<answers.Left> {
    const call = { method: 'GET' as const, path: '/limits' };
    return this.#understood('compute', call, ({ text }) => answers.leftOf(text), signal);
  }

  async #snapshot(id: string, name: string, signal: AbortSignal): Promise<string> {
    const path = `/servers/${encodeURIComponent(id)}/action`;
    const call = { method: 'POST' as const, path, body: { createImage: { name } } };
    const answer = await this.#session.call('compute', call, signal);
    const image = answers.locatedImage(answer.header('location'));
    if (image === undefined) throw notUnderstood('createImage');
    return image;
  }

  async #untilLaunchable(id: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const image = await this.#imageWithId(id, signal);
      if (image?.status === 'active') return id;
      const coming = image === undefined || PENDING.includes(image.status);
      if (!coming) throw this.#notActive(image);
      await this.#parts.clock.sleep(POLL_MS, signal);
      if (signal.aborted) {
        const line = `OpenStack: image ${id} could not be launched in time`;
        throw new CloudFailure(line, 'unanswered');
      }
    }
  }

  #notActive({ id, status }: answers.Image): CloudFailure {
    const line = this.#secrets.hide(`OpenStack: image ${id} is ${status}`);
    return new CloudFailure(line, 'refused');
  }

  /** All entries of a list of Nova's, page by page. */
  async #pages<T extends { readonly id: string }>(
    path: string,
    parse: (text: string) => readonly T[] | undefined,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const all: T[] = [];
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const last = all.at(-1);
      const marker = last === undefined ? {} : { marker: last.id };
      const query = new URLSearchParams({ limit: String(PAGE), ...marker });
      const call = { method: 'GET' as const, path: `${path}?${query}` };
      const page = await this.#understood('compute', call, ({ text }) => parse(text), signal);
      // A server may give fewer than it was asked for: only an empty page is the end.
      if (page.length === 0) return all;
      all.push(...page);
    }
    throw refused(`more than ${PAGES_MAX} pages of ${path}`);
  }

  /** For calls that may be made twice. An answer that isn't understood is none. */
  #understood<T>(
    service: Service,
    call: Call,
    parse: (answer: Answer) => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#patiently(async () => {
      const value = parse(await this.#session.call(service, call, signal));
      if (value === undefined) throw notUnderstood(`${call.method} ${call.path.split('?')[0]}`);
      return value;
    }, signal);
  }

  #patiently<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    again: (failure: CloudFailure) => boolean = passes,
  ): Promise<T> {
    const { clock, random = Math.random } = this.#parts;
    return persistently(work, { clock, random, again }, signal);
  }
}

const PENDING: readonly string[] = ['queued', 'saving', 'importing', 'uploading'];

async function accountFor(options: OpenstackOptions): Promise<Account> {
  const { cloud, auth_url, application_credential_id: id, region, ca } = options;
  const { application_credential_secret: secret } = options;
  if (cloud !== undefined) {
    const account = await readAccount(options.clouds_file, cloud);
    return {
      ...account,
      region: region ?? account.region,
      interface: options.interface ?? account.interface,
      ca: ca ?? account.ca,
    };
  }
  if (auth_url === undefined || id === undefined) {
    throw refused('neither cloud nor auth_url and application_credential_id are in the conf');
  }
  if (secret === undefined) throw refused('application_credential_id has no secret');
  return { authUrl: auth_url, id, secret, region, interface: options.interface, ca };
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

function refused(text: string): CloudFailure {
  return new CloudFailure(`OpenStack: ${text}`, 'refused');
}

function notUnderstood(what: string): CloudFailure {
  return new CloudFailure(`OpenStack: the answer to ${what} is not understood`, 'unanswered');
}
