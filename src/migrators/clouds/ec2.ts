/**
 * EC2, by its query API. Each call is bounded, throttled ones are tried again, and nothing is
 * launched twice: EC2 itself makes one instance of all launches with one client token. What it
 * lists may be some seconds old: an instance can be missing there right after its launch.
 */
import type { Cloud, Instance, Launch } from '../clone/cloud.ts';
import * as answers from './ec2-answer.ts';
import { Ec2Api } from './ec2-api.ts';
import { WOULD_WORK } from './ec2-faults.ts';
import { Ec2Images, lookAtImage, spoiled } from './ec2-images.ts';
import type { Ec2Options } from './ec2-options.ts';
import * as requests from './ec2-request.ts';
import { CloudFailure } from './failure.ts';
import { imds } from './imds.ts';
import { SELF } from './options.ts';
import type { CloudParts } from './parts.ts';
import { passes } from './persistence.ts';
import type { Element } from './xml.ts';

const PAGES_MAX = 40;
const GONE = 'InvalidInstanceID.NotFound';

export function ec2Cloud(options: Ec2Options, parts: CloudParts): Cloud {
  return new Ec2(options, parts);
}

class Ec2 implements Cloud {
  readonly ownImages: Ec2Images | undefined;
  readonly #options: Ec2Options;
  readonly #api: Ec2Api;

  constructor(options: Ec2Options, parts: CloudParts) {
    const metadata = imds({ clock: parts.clock, cloud: 'ec2', url: parts.metadataUrl });
    this.#options = options;
    this.#api = new Ec2Api(options, parts, metadata);
    const images = new Ec2Images(this.#api, metadata, parts, options.image_timeout);
    this.ownImages = options.image === SELF ? images : undefined;
  }

  async check(launch: Launch, signal: AbortSignal): Promise<string | undefined> {
    try {
      // What would be launched isn't there yet.
      if (this.ownImages) return await this.ownImages.problem(launch, signal);
      return (await this.#imageProblem(signal)) ?? (await this.#dryRun(launch, signal));
    } catch (error) {
      if (!(error instanceof CloudFailure)) throw error;
      return error.code === WOULD_WORK ? undefined : error.message;
    }
  }

  async launch(launch: Launch, signal: AbortSignal): Promise<Instance> {
    const form = requests.runInstances(this.#options, launch, false);
    const launched = await this.#api.understood(form, answers.launchedOf, signal);
    return instanceOf(launched);
  }

  async instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]> {
    const found: answers.Tagged[] = [];
    let next: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const form = requests.describeInstances(vm, next);
      const page = await this.#api.understood(form, answers.instancesOf, signal);
      found.push(...page.found);
      next = page.next;
      if (next === undefined) return found.filter((each) => isCloneOf(each, vm)).map(instanceOf);
    }
    throw new CloudFailure(`EC2: more than ${PAGES_MAX} pages of instances`, 'refused');
  }

  /** One that isn't known is gone, unless it was launched seconds ago: so that is tried again. */
  async terminate(id: string, signal: AbortSignal): Promise<void> {
    const form = requests.terminateInstance(id);
    const again = (failure: CloudFailure) => passes(failure) || failure.code === GONE;
    const parse = (root: Element | undefined) => answers.isTerminating(root, id) || undefined;
    try {
      await this.#api.understood(form, parse, signal, again);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== GONE || signal.aborted) throw error;
    }
  }

  /** A dry run has no other answer than an error. */
  #dryRun(launch: Launch, signal: AbortSignal): Promise<undefined> {
    const form = requests.runInstances(this.#options, launch, true);
    return this.#api.understood<undefined>(form, () => undefined, signal);
  }

  async #imageProblem(signal: AbortSignal): Promise<string | undefined> {
    const { image: id, region } = this.#options;
    const image = await lookAtImage(this.#api, id, signal);
    if (image === undefined) return `EC2: there is no image ${id} in ${region}`;
    return image.state === 'available' ? undefined : spoiled(this.#api, image).message;
  }
}

function isCloneOf({ vm, state }: answers.Tagged, wanted: string): boolean {
  return vm === wanted && state !== 'gone';
}

function instanceOf({ id, state, request, launchedMs }: answers.Tagged): Instance {
  return { id, state, request, launchedMs };
}
