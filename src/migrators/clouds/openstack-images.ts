/**
 * Images of OpenStack: the prepared one, and those of the server that this guest is, for its clones
 * (`image = self`), tagged as the clone is, so that what is left over is found again.
 */
import { withDeadline } from '../../system/deadline.ts';
import type { Launch, Made, OwnImages } from '../clone/cloud.ts';
import { CloudFailure } from './failure.ts';
import type { Imds } from './imds.ts';
import * as answers from './openstack-answer.ts';
import { notUnderstood, type OpenstackApi, refused } from './openstack-api.ts';
import { UUID } from './openstack-options.ts';
import { ownInstance, syncDisks } from './own-machine.ts';
import type { CloudParts } from './parts.ts';
import { REQUEST_TAG, VM_TAG } from './tags.ts';

const POLL_MS = 10_000;
const PENDING: readonly string[] = ['queued', 'saving', 'importing', 'uploading'];

export class OpenstackImages implements OwnImages {
  readonly #api: OpenstackApi;
  readonly #imds: Imds;
  readonly #parts: CloudParts;
  readonly #timeoutMs: number;

  /** `timeoutMs`: until an image can be launched. */
  constructor(api: OpenstackApi, imds: Imds, parts: CloudParts, timeoutMs: number) {
    this.#api = api;
    this.#imds = imds;
    this.#parts = parts;
    this.#timeoutMs = timeoutMs;
  }

  /** Throws CloudFailure where none could be made now. */
  async own(signal: AbortSignal): Promise<string> {
    const id = await ownInstance(this.#imds, 'OpenStack', signal);
    const call = { method: 'GET' as const, path: `/servers/${id}` };
    const parse = ({ text }: { readonly text: string }) => answers.rootOf(text);
    const root = await this.#api.understood('compute', call, parse, signal);
    // Nova would leave snapshots of its volumes at another service.
    if (root === 'volume') throw refused('image = self, but this guest boots from a volume');
    return id;
  }

  /** Idempotent by the request's tag; what a lost answer may have made twice goes with the first. */
  make(launch: Launch, signal: AbortSignal): Promise<string> {
    const { clock, sync = syncDisks } = this.#parts;
    return withDeadline(this.#timeoutMs, signal, clock, async (bound) => {
      const own = await this.own(bound);
      await sync(clock, bound);
      const create = async () =>
        (await this.#ofRequest(launch, bound)) ?? (await this.#snapshot(own, launch, bound));
      return this.#untilLaunchable(await this.#api.patiently(create, bound), bound);
    });
  }

  async list(vm: string, signal: AbortSignal): Promise<readonly Made[]> {
    const query = { visibility: 'private', [VM_TAG]: vm };
    const all = await this.#api.pages('image', '/v2/images', answers.imagesOf, signal, query);
    const own = all.filter((each) => each.vm === vm);
    return own.map(({ id, request }) => ({ id, request }));
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    try {
      const path = `/v2/images/${encodeURIComponent(id)}`;
      await this.#api.understood('image', { method: 'DELETE', path }, () => true, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== '404') throw error;
    }
  }

  /** The image of the conf: by its id or its name. Throws CloudFailure where it can't be launched. */
  async prepared(wanted: string, signal: AbortSignal): Promise<answers.Image> {
    const image = UUID.test(wanted)
      ? await this.#withId(wanted, signal)
      : await this.#named(wanted, signal);
    if (image === undefined) throw refused(`there is no image ${wanted}`);
    if (image.status !== 'active') throw this.#notActive(image);
    return image;
  }

  async #ofRequest({ vm, request }: Launch, signal: AbortSignal): Promise<string | undefined> {
    const made = (await this.list(vm, signal)).filter((each) => each.request === request);
    return made.map(({ id }) => id).toSorted()[0];
  }

  #withId(id: string, signal: AbortSignal): Promise<answers.Image | undefined> {
    const call = { method: 'GET' as const, path: `/v2/images/${id}` };
    return this.#api
      .understood('image', call, ({ text }) => answers.imageOf(text), signal)
      .catch((error: unknown) => {
        if (error instanceof CloudFailure && error.code === '404') return undefined;
        throw error;
      });
  }

  async #named(name: string, signal: AbortSignal): Promise<answers.Image | undefined> {
    const call = { method: 'GET' as const, path: `/v2/images?${new URLSearchParams({ name })}` };
    const parse = ({ text }: { readonly text: string }) => answers.imagesOf(text);
    const found = await this.#api.understood('image', call, parse, signal);
    const [first, ...others] = found.filter((image) => image.name === name);
    if (others.length > 0) throw refused(`there are several images ${name}; give an id`);
    return first;
  }

  async #snapshot(id: string, { vm, request }: Launch, signal: AbortSignal): Promise<string> {
    const metadata = { [VM_TAG]: vm, [REQUEST_TAG]: request };
    const body = { createImage: { name: `vmmanage-${request}`, metadata } };
    const call = { method: 'POST' as const, path: `/servers/${id}/action`, body };
    const answer = await this.#api.call('compute', call, signal);
    const image = answers.locatedImage(answer.header('location'));
    if (image === undefined) throw notUnderstood('createImage');
    return image;
  }

  async #untilLaunchable(id: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const image = await this.#withId(id, signal);
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
    const line = this.#api.secrets.hide(`OpenStack: image ${id} is ${status}`);
    return new CloudFailure(line, 'refused');
  }
}
