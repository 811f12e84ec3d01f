/**
 * EC2, by its query API. Each call is bounded, throttled ones are tried again, and nothing is
 * launched twice: EC2 itself makes one instance of all launches with one client token. What it
 * lists may be some seconds old: an instance can be missing there right after its launch.
 */
import { withDeadline } from '../../system/deadline.ts';
import type { Cloud, Instance, Launch } from '../clone/cloud.ts';
import * as answers from './ec2-answer.ts';
import { type Asker, askerOf } from './ec2-credentials.ts';
import { failureOf, WOULD_WORK } from './ec2-faults.ts';
import { type Ec2Options, ec2Endpoint } from './ec2-options.ts';
import * as requests from './ec2-request.ts';
import { signed } from './ec2-sign.ts';
import { CloudFailure } from './failure.ts';
import { exchange, type Wire } from './http.ts';
import { imds } from './imds.ts';
import { launchProblem } from './launch.ts';
import type { CloudParts } from './parts.ts';
import { passes, persistently } from './persistence.ts';
import { Secrets } from './secrets.ts';
import { type Element, readXml } from './xml.ts';

const PAGES_MAX = 40;
const POLL_MS = 10_000;
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
const GONE = 'InvalidInstanceID.NotFound';
const IMAGE_NAME = /^[A-Za-z0-9()[\] ./'@_-]{3,128}$/;

export function ec2Cloud(options: Ec2Options, parts: CloudParts): Cloud {
  return new Ec2(options, parts);
}

class Ec2 implements Cloud {
  readonly #options: Ec2Options;
  readonly #parts: CloudParts;
  readonly #wire: Wire;
  readonly #asker: Asker;

  constructor(options: Ec2Options, parts: CloudParts) {
    const { clock, metadataUrl } = parts;
    const secrets = new Secrets();
    const metadata = { clock, cloud: 'ec2' as const };
    this.#options = options;
    this.#parts = parts;
    this.#wire = { clock, timeoutMs: options.call_timeout, ca: options.ca, secrets };
    this.#asker = askerOf(options, {
      ...{ clock, secrets },
      imds: imds(metadataUrl === undefined ? metadata : { ...metadata, url: metadataUrl }),
    });
  }

  async check(launch: Launch, signal: AbortSignal): Promise<string | undefined> {
    try {
      const problem = launchProblem(launch) ?? (await this.#imageProblem(signal));
      if (problem !== undefined) return problem;
      // A dry run has no other answer than an error.
      const form = requests.runInstances(this.#options, launch, true);
      return await this.#understood(form, () => undefined, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure)) throw error;
      return error.code === WOULD_WORK ? undefined : error.message;
    }
  }

  async launch(launch: Launch, signal: AbortSignal): Promise<Instance> {
    const problem = launchProblem(launch);
    if (problem !== undefined) throw new CloudFailure(problem, 'refused');
    const form = requests.runInstances(this.#options, launch, false);
    const launched = await this.#understood(form, answers.launchedOf, signal);
    return instanceOf(launched);
  }

  async instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]> {
    const found: answers.Tagged[] = [];
    let next: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const form = requests.describeInstances(vm, next);
      const page = await this.#understood(form, answers.instancesOf, signal);
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
      await this.#understood(form, parse, signal, again);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== GONE || signal.aborted) throw error;
    }
  }

  /** Idempotent by the name: an account has one image of that name. */
  async image(id: string, name: string, signal: AbortSignal): Promise<string> {
    if (!IMAGE_NAME.test(name)) {
      throw new CloudFailure(`EC2: no name for an image: ${JSON.stringify(name)}`, 'refused');
    }
    const { image_timeout: timeoutMs } = this.#options;
    return withDeadline(timeoutMs, signal, this.#parts.clock, async (bound) =>
      this.#untilLaunchable(await this.#createdImage(id, name, bound), bound),
    );
  }

  async #createdImage(id: string, name: string, signal: AbortSignal): Promise<string> {
    try {
      const form = requests.createImage(id, name);
      return await this.#understood(form, answers.createdImageOf, signal);
    } catch (error) {
      if (!(error instanceof CloudFailure) || error.code !== 'InvalidAMIName.Duplicate')
        throw error;
      const form = requests.imageNamed(name);
      const [image] = await this.#understood(form, answers.imagesOf, signal);
      if (image === undefined) throw error;
      return image.id;
    }
  }

  async #untilLaunchable(id: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const image = await this.#look(id, signal);
      if (image?.state === 'available') return id;
      if (image !== undefined && image.state !== 'pending') throw this.#spoiled(image);
      await this.#parts.clock.sleep(POLL_MS, signal);
      if (signal.aborted) {
        throw new CloudFailure(`EC2: image ${id} could not be launched in time`, 'unanswered');
      }
    }
  }

  #spoiled({ id, state, reason }: answers.Image): CloudFailure {
    const why = reason === undefined ? '' : `: ${reason}`;
    const line = this.#wire.secrets.hide(`EC2: image ${id} is ${state}${why}`);
    return new CloudFailure(line, 'refused');
  }

  async #imageProblem(signal: AbortSignal): Promise<string | undefined> {
    const { image: id, region } = this.#options;
    const image = await this.#look(id, signal);
    if (image === undefined) return `EC2: there is no image ${id} in ${region}`;
    return image.state === 'available' ? undefined : this.#spoiled(image).message;
  }

  /** Undefined where there is none of that id. */
  async #look(id: string, signal: AbortSignal): Promise<answers.Image | undefined> {
    try {
      const images = await this.#understood(requests.describeImage(id), answers.imagesOf, signal);
      return images.find((image) => image.id === id);
    } catch (error) {
      if (error instanceof CloudFailure && error.code === 'InvalidAMIID.NotFound') return undefined;
      throw error;
    }
  }

  /** An answer that isn't understood is none: what was asked for may have been done. */
  #understood<T>(
    form: requests.Form,
    parse: (root: Element | undefined) => T | undefined,
    signal: AbortSignal,
    again = passes,
  ): Promise<T> {
    const work = async () => {
      const value = parse(await this.#call(form, signal));
      if (value !== undefined) return value;
      throw new CloudFailure(
        `EC2: the answer to ${form['Action']} is not understood`,
        'unanswered',
      );
    };
    const { clock, random = Math.random } = this.#parts;
    return persistently(work, { clock, random, again }, signal);
  }

  /** What EC2 answers where it did what it was asked for. */
  async #call(form: requests.Form, signal: AbortSignal): Promise<Element | undefined> {
    const { region } = this.#options;
    const wallMs = this.#parts.clock.now().wallMs;
    const asked = {
      method: 'POST' as const,
      url: ec2Endpoint(this.#options),
      headers: { 'content-type': FORM },
      body: requests.formBody(form),
    };
    const credentials = await this.#asker.credentials(signal);
    const call = await signed(asked, credentials, { region, service: 'ec2', wallMs });
    const { status, text } = await exchange(call, this.#wire, signal);
    const root = await readXml(text);
    if (status === 200) return root;
    const fault = answers.faultOf(root);
    if (fault !== undefined) throw failureOf(fault, status, this.#wire.secrets);
    const kind = status >= 500 ? 'unanswered' : status === 429 ? 'busy' : 'refused';
    throw new CloudFailure(`EC2: HTTP status ${status} from ${new URL(asked.url).host}`, kind);
  }
}

function isCloneOf({ vm, state }: answers.Tagged, wanted: string): boolean {
  return vm === wanted && state !== 'gone';
}

function instanceOf({ id, state, request, launchedMs }: answers.Tagged): Instance {
  return { id, state, request, launchedMs };
}
