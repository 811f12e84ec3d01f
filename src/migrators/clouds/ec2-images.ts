/**
 * Images of the instance that this guest is, for its clones (`image = self`): made without a reboot,
 * named by the request and tagged as the clone is, so that what is left over is found again.
 */
import { withDeadline } from '../../system/deadline.ts';
import type { Launch, Made, OwnImages } from '../clone/cloud.ts';
import * as answers from './ec2-answer.ts';
import type { Ec2Api } from './ec2-api.ts';
import { WOULD_WORK } from './ec2-faults.ts';
import * as requests from './ec2-request.ts';
import { CloudFailure } from './failure.ts';
import type { Imds } from './imds.ts';
import { ownInstance, syncDisks } from './own-machine.ts';
import type { CloudParts } from './parts.ts';

const POLL_MS = 10_000;

export class Ec2Images implements OwnImages {
  readonly #api: Ec2Api;
  readonly #imds: Imds;
  readonly #parts: CloudParts;
  readonly #timeoutMs: number;

  /** `timeoutMs`: until an image can be launched. */
  constructor(api: Ec2Api, imds: Imds, parts: CloudParts, timeoutMs: number) {
    this.#api = api;
    this.#imds = imds;
    this.#parts = parts;
    this.#timeoutMs = timeoutMs;
  }

  /** Why none could be made now, or undefined. Throws CloudFailure. */
  async problem(launch: Launch, signal: AbortSignal): Promise<string | undefined> {
    const form = requests.createImage(await this.#own(signal), launch, true);
    try {
      // A dry run has no other answer than an error.
      return await this.#api.understood(form, () => undefined, signal);
    } catch (error) {
      if (error instanceof CloudFailure && error.code === WOULD_WORK) return undefined;
      throw error;
    }
  }

  /** Idempotent by the request: an account has one image of a name. */
  make(launch: Launch, signal: AbortSignal): Promise<string> {
    const { clock, sync = syncDisks } = this.#parts;
    return withDeadline(this.#timeoutMs, signal, clock, async (bound) => {
      const own = await this.#own(bound);
      await sync(clock, bound);
      return this.#untilLaunchable(await this.#created(own, launch, bound), bound);
    });
  }

  /** A snapshot can't go before its image: images come first. */
  async list(vm: string, signal: AbortSignal): Promise<readonly Made[]> {
    const ask = requests.imagesOf(vm);
    const images = await this.#api.understood(ask, answers.imagesOf, signal);
    const more = requests.snapshotsOf(vm);
    const snapshots = await this.#api.understood(more, answers.snapshotsOf, signal);
    const own = [...images, ...snapshots].filter((each) => each.vm === vm);
    return own.map(({ id, request }) => ({ id, request }));
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    const form = id.startsWith('ami-') ? requests.deregisterImage(id) : requests.deleteSnapshot(id);
    try {
      await this.#api.understood(form, answers.isRemoved, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || !GONE.includes(error.code ?? '')) throw error;
    }
  }

  #own(signal: AbortSignal): Promise<string> {
    return ownInstance(this.#imds, 'EC2', signal);
  }

  async #created(own: string, launch: Launch, signal: AbortSignal): Promise<string> {
    try {
      const form = requests.createImage(own, launch, false);
      return await this.#api.understood(form, answers.createdImageOf, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== 'InvalidAMIName.Duplicate')
        throw error;
      const form = requests.imageOfRequest(launch.request);
      const [image] = await this.#api.understood(form, answers.imagesOf, signal);
      if (image === undefined) throw error;
      return image.id;
    }
  }

  async #untilLaunchable(id: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const image = await lookAtImage(this.#api, id, signal);
      if (image?.state === 'available') return id;
      if (image !== undefined && image.state !== 'pending') throw spoiled(this.#api, image);
      await this.#parts.clock.sleep(POLL_MS, signal);
      if (signal.aborted) {
        throw new CloudFailure(`EC2: image ${id} could not be launched in time`, 'unanswered');
      }
    }
  }
}

const NO_IMAGE = 'InvalidAMIID.NotFound';
/** One that was deregistered a moment ago is unavailable. */
const GONE: readonly string[] = [NO_IMAGE, 'InvalidAMIID.Unavailable', 'InvalidSnapshot.NotFound'];

/** Undefined where there is none of that id. */
export async function lookAtImage(
  api: Ec2Api,
  id: string,
  signal: AbortSignal,
): Promise<answers.Image | undefined> {
  try {
    const images = await api.understood(requests.describeImage(id), answers.imagesOf, signal);
    return images.find((image) => image.id === id);
  } catch (error) {
    if (error instanceof CloudFailure && error.code === NO_IMAGE) return undefined;
    throw error;
  }
}

export function spoiled(api: Ec2Api, { id, state, reason }: answers.Image): CloudFailure {
  const why = reason === undefined ? '' : `: ${reason}`;
  return new CloudFailure(api.secrets.hide(`EC2: image ${id} is ${state}${why}`), 'refused');
}
