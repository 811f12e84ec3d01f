/**
 * An EC2 of a few calls over real HTTP, which behaves as the API reference of 2016-11-15 says: it
 * checks signatures, knows no parameter that it wasn't told of, and makes one instance of all
 * launches with one client token.
 */
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';
import { type Key, signatureFault } from './sigv4.ts';

export const REGION = 'eu-north-1';
export const KEY: Key = {
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
export const IMAGE = 'ami-0123456789abcdef0';
export const GROUP = 'sg-0123456789abcdef0';
export const SUBNET = 'subnet-0123456789abcdef0';

export interface DoubleInstance {
  readonly id: string;
  readonly form: Form;
  readonly tags: Readonly<Record<string, string>>;
  readonly launched: string;
  state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  /** It isn't seen by the next calls, so many of them. */
  unseen: number;
}

export interface DoubleImage {
  readonly id: string;
  readonly name: string;
  state: string;
  reason?: string;
  /** Of whom it was made, where it is one of the account's own. */
  readonly of?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface DoubleSnapshot {
  readonly id: string;
  readonly image: string;
  readonly tags: Readonly<Record<string, string>>;
}

type Form = Readonly<Record<string, string>>;

class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export class Ec2Double extends FaultyServer {
  readonly keys: Key[] = [KEY];
  readonly instances: DoubleInstance[] = [];
  readonly images: DoubleImage[] = [{ id: IMAGE, name: 'prepared', state: 'available' }];
  readonly snapshots: DoubleSnapshot[] = [];
  /** As which an image begins. */
  imageState = 'pending';
  /** What a new image holds is what its instance has now. */
  onImage: (image: DoubleImage) => void = () => undefined;
  /** How many instances the account may have. */
  quota = 5;
  /** Actions that the key isn't permitted. */
  readonly forbidden = new Set<string>();
  /** For how many calls a new instance isn't seen (eventual consistency). */
  unseen = 0;
  pageMax = Number.POSITIVE_INFINITY;
  /** Of the next instance. */
  launchTime = () => '2026-11-21T15:00:00.000Z';
  /** Images, with the prepared one. */
  #made = 1;

  constructor() {
    super((asked) => this.#answer(asked));
  }

  static async start(): Promise<Ec2Double> {
    const double = new Ec2Double();
    await double.start();
    return double;
  }

  /** The forms that came for an action, in their order. */
  asked(action: string): Form[] {
    const forms = this.calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    return forms.filter((form) => form['Action'] === action);
  }

  /** Time passes: every instance and image gets to its next state. */
  advance(): void {
    for (const each of this.instances) {
      if (each.state === 'pending') each.state = 'running';
      else if (each.state === 'shutting-down') each.state = 'terminated';
    }
    for (const image of this.images) if (image.state === 'pending') image.state = 'available';
  }

  #answer(asked: Asked): Reply {
    try {
      return { status: 200, headers: XML, body: this.#answerTo(asked) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return faultReply(error.code, error.message, error.status);
    }
  }

  #answerTo(asked: Asked): string {
    const scope = { region: REGION, service: 'ec2', nowMs: Date.now() };
    const fault = signatureFault(asked, this.keys, scope);
    if (fault !== undefined) throw new Refusal(fault, 'was not able to validate', 403);
    const form = Object.fromEntries(new URLSearchParams(asked.body));
    const { Action: action = '', Version } = form;
    if (Version !== '2016-11-15') throw new Refusal('InvalidAction', 'no such version');
    const known = PARAMETERS[action];
    if (known === undefined) throw new Refusal('InvalidAction', 'no such action');
    const unknown = Object.keys(form).find((name) => !known.test(name) && !COMMON.test(name));
    if (unknown !== undefined) throw new Refusal('UnknownParameter', unknown);
    if (this.forbidden.has(action)) {
      const text = 'You are not authorized to perform this operation.';
      throw new Refusal('UnauthorizedOperation', text, 403);
    }
    for (const each of this.instances) if (each.unseen > 0) each.unseen -= 1;
    const inner = this.#does(action, form);
    const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/';
    return `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${xmlns}"><requestId>r-1</requestId>${inner}</${action}Response>`;
  }

  #does(action: string, form: Form): string {
    if (action === 'RunInstances') return this.#run(form);
    if (action === 'DescribeInstances') return this.#describe(form);
    if (action === 'TerminateInstances') return this.#terminate(form);
    if (action === 'CreateImage') return this.#createImage(form);
    if (action === 'DeregisterImage') return this.#deregister(form);
    if (action === 'DeleteSnapshot') return this.#deleteSnapshot(form);
    return action === 'DescribeSnapshots'
      ? this.#describeSnapshots(form)
      : this.#describeImages(form);
  }

  /** One that the guest is: no clone, and launched by nobody here. */
  addGuest(): DoubleInstance {
    const number = (this.instances.length + 1).toString(16).padStart(17, '0');
    const guest: DoubleInstance = {
      ...{ id: `i-${number}`, form: {}, tags: { 'vmmanage:self': 'nii3' } },
      ...{ launched: this.launchTime(), state: 'running', unseen: 0 },
    };
    this.instances.push(guest);
    return guest;
  }

  #run(form: Form): string {
    const same = this.instances.find((each) => each.form['ClientToken'] === form['ClientToken']);
    if (form['ClientToken'] && form['ClientToken'].length > 64) {
      throw new Refusal('InvalidParameterValue', 'ClientToken is too long');
    }
    this.#checkLaunch(form);
    if (form['DryRun'] === 'true') {
      throw new Refusal('DryRunOperation', 'Request would have succeeded, but DryRun is set', 412);
    }
    if (same && form['ClientToken'] !== undefined) {
      if (isSame(same.form, form)) return launchedXml(same);
      throw new Refusal('IdempotentParameterMismatch', 'other parameters with the same token');
    }
    const number = (this.instances.length + 1).toString(16).padStart(17, '0');
    const instance: DoubleInstance = {
      ...{ id: `i-${number}`, form, tags: tagsOf(form, 'instance') },
      ...{ launched: this.launchTime(), state: 'pending', unseen: this.unseen },
    };
    this.instances.push(instance);
    return launchedXml(instance);
  }

  #checkLaunch(form: Form): void {
    const image = form['ImageId'] ?? '';
    if (!/^ami-[0-9a-f]{8,17}$/.test(image)) throw new Refusal('InvalidAMIID.Malformed', image);
    if (!this.images.some(({ id }) => id === image)) {
      throw new Refusal('InvalidAMIID.NotFound', `The image id '[${image}]' does not exist`);
    }
    if ((form['SecurityGroupId.1'] ?? GROUP) !== GROUP)
      throw new Refusal('InvalidGroup.NotFound', '');
    if ((form['SubnetId'] ?? SUBNET) !== SUBNET) throw new Refusal('InvalidSubnetID.NotFound', '');
    const { UserData: data = '', MinCount, MaxCount } = form;
    if (MinCount !== '1' || MaxCount !== '1') throw new Refusal('MissingParameter', 'MinCount');
    const bytes = Buffer.from(data, 'base64');
    if (bytes.toString('base64') !== data) throw new Refusal('InvalidUserData.Malformed', '');
    if (bytes.length > 16 * 1024)
      throw new Refusal('InvalidParameterValue', 'User data is limited');
    const running = this.instances.filter(({ state }) => state !== 'terminated').length;
    const known = this.instances.some((each) => each.form['ClientToken'] === form['ClientToken']);
    if (running >= this.quota && !known) {
      throw new Refusal('InstanceLimitExceeded', 'You have requested more instances than allowed');
    }
  }

  #describe(form: Form): string {
    const matching = this.instances.filter(
      (each) => each.unseen === 0 && passesFilters(each, form),
    );
    const size = Math.min(Number(form['MaxResults'] ?? 1000), this.pageMax);
    const from = Number(form['NextToken'] ?? 0);
    const next = from + size < matching.length ? `<nextToken>${from + size}</nextToken>` : '';
    const sets = matching
      .slice(from, from + size)
      .map((each) => `<item><instancesSet>${instanceXml(each)}</instancesSet></item>`);
    return `<reservationSet>${sets.join('')}</reservationSet>${next}`;
  }

  #terminate(form: Form): string {
    const id = form['InstanceId.1'] ?? '';
    const instance = this.instances.find((each) => each.id === id && each.unseen === 0);
    if (!instance) {
      throw new Refusal('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    }
    if (instance.state !== 'terminated') instance.state = 'shutting-down';
    return `<instancesSet><item><instanceId>${id}</instanceId><currentState><code>32</code><name>${instance.state}</name></currentState></item></instancesSet>`;
  }

  #createImage(form: Form): string {
    const { InstanceId, Name = '' } = form;
    if (!this.instances.some(({ id }) => id === InstanceId)) {
      throw new Refusal('InvalidInstanceID.NotFound', String(InstanceId));
    }
    const same = this.images.find(({ name }) => name === Name);
    if (same) {
      throw new Refusal('InvalidAMIName.Duplicate', `AMI name ${Name} is in use by ${same.id}`);
    }
    if (form['DryRun'] === 'true') {
      throw new Refusal('DryRunOperation', 'Request would have succeeded, but DryRun is set', 412);
    }
    this.#made += 1;
    const number = this.#made.toString(16).padStart(17, '0');
    const image: DoubleImage = {
      ...{ id: `ami-${number}`, name: Name, state: this.imageState, of: InstanceId },
      tags: tagsOf(form, 'image'),
    };
    this.images.push(image);
    const tags = tagsOf(form, 'snapshot');
    this.snapshots.push({ id: `snap-${number}`, image: image.id, tags });
    this.onImage(image);
    return `<imageId>${image.id}</imageId>`;
  }

  #deregister({ ImageId: id }: Form): string {
    const at = this.images.findIndex((image) => image.id === id && image.of !== undefined);
    if (at < 0) throw new Refusal('InvalidAMIID.Unavailable', `The image ID '[${id}]' is gone`);
    this.images.splice(at, 1);
    return '<return>true</return>';
  }

  #deleteSnapshot({ SnapshotId: id }: Form): string {
    const at = this.snapshots.findIndex((snapshot) => snapshot.id === id);
    const image = this.snapshots[at]?.image;
    if (image === undefined) throw new Refusal('InvalidSnapshot.NotFound', `no ${id}`);
    if (this.images.some((each) => each.id === image)) {
      throw new Refusal('InvalidSnapshot.InUse', `The snapshot ${id} is in use by ${image}`);
    }
    this.snapshots.splice(at, 1);
    return '<return>true</return>';
  }

  #describeSnapshots(form: Form): string {
    if (form['Owner.1'] !== 'self') throw new Refusal('MissingParameter', 'Owner');
    const found = this.snapshots.filter(({ tags }) => passesFilters({ tags }, form));
    const sets = found.map(
      ({ id, tags }) =>
        `<item><snapshotId>${id}</snapshotId><status>completed</status>${tagSet(tags)}</item>`,
    );
    return `<snapshotSet>${sets.join('')}</snapshotSet>`;
  }

  #describeImages(form: Form): string {
    const wanted = form['ImageId.1'];
    const found = this.images.filter((image) =>
      wanted === undefined
        ? image.of !== undefined && passesFilters(image, form)
        : image.id === wanted,
    );
    if (wanted !== undefined && found.length === 0) {
      throw new Refusal('InvalidAMIID.NotFound', `The image id '[${wanted}]' does not exist`);
    }
    const sets = found.map(
      ({ id, name, state, reason, tags = {} }) =>
        `<item><imageId>${id}</imageId><name>${escaped(name)}</name><imageState>${state}</imageState>${
          reason
            ? `<stateReason><code>x</code><message>${escaped(reason)}</message></stateReason>`
            : ''
        }${tagSet(tags)}</item>`,
    );
    return `<imagesSet>${sets.join('')}</imagesSet>`;
  }
}

const XML = { 'content-type': 'text/xml;charset=UTF-8' };
const COMMON = /^(Action|Version|DryRun)$/;
const PARAMETERS: Readonly<Record<string, RegExp>> = {
  RunInstances:
    /^(ImageId|InstanceType|MinCount|MaxCount|ClientToken|InstanceInitiatedShutdownBehavior|MetadataOptions\.(HttpEndpoint|HttpTokens)|SecurityGroupId\.\d+|SubnetId|KeyName|IamInstanceProfile\.(Name|Arn)|InstanceMarketOptions\.MarketType|UserData|TagSpecification\.\d+\.(ResourceType|Tag\.\d+\.(Key|Value)))$/,
  DescribeInstances: /^(Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken|InstanceId\.\d+)$/,
  TerminateInstances: /^InstanceId\.\d+$/,
  CreateImage:
    /^(InstanceId|Name|NoReboot|Description|TagSpecification\.\d+\.(ResourceType|Tag\.\d+\.(Key|Value)))$/,
  DeregisterImage: /^ImageId$/,
  DeleteSnapshot: /^SnapshotId$/,
  DescribeSnapshots: /^(SnapshotId\.\d+|Owner\.\d+|Filter\.\d+\.(Name|Value\.\d+))$/,
  DescribeImages: /^(ImageId\.\d+|Owner\.\d+|Filter\.\d+\.(Name|Value\.\d+))$/,
};

/** How EC2 refuses something. */
export function faultReply(code: string, message: string, status = 400): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error></Errors><RequestID>r-1</RequestID></Response>`;
  return { status, headers: XML, body };
}

export const THROTTLED = faultReply('RequestLimitExceeded', 'Request limit exceeded.', 503);

function isSame(one: Form, other: Form): boolean {
  const text = (form: Form) => JSON.stringify(Object.entries(form).sort());
  return text(one) === text(other);
}

function tagsOf(form: Form, resource: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let i = 1; form[`TagSpecification.${i}.ResourceType`] !== undefined; i += 1) {
    const prefix = `TagSpecification.${i}`;
    if (form[`${prefix}.ResourceType`] !== resource) continue;
    for (let j = 1; form[`${prefix}.Tag.${j}.Key`] !== undefined; j += 1) {
      tags[form[`${prefix}.Tag.${j}.Key`] ?? ''] = form[`${prefix}.Tag.${j}.Value`] ?? '';
    }
  }
  return tags;
}

/** A filter is by tag, by name or by an instance's state. */
interface Filtered {
  readonly tags?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly state?: string;
}

function passesFilters(each: Filtered, form: Form): boolean {
  for (let i = 1; form[`Filter.${i}.Name`] !== undefined; i += 1) {
    const name = form[`Filter.${i}.Name`] ?? '';
    const values = Object.entries(form)
      .filter(([key]) => key.startsWith(`Filter.${i}.Value.`))
      .map(([, value]) => value);
    const plain = name === 'name' ? each.name : each.state;
    const actual = name.startsWith('tag:') ? each.tags?.[name.slice(4)] : plain;
    if (!values.some((value) => actual !== undefined && wildcard(value).test(actual))) return false;
  }
  return true;
}

/** `*` and `?` as EC2's filters take them, and `\` before one that is meant. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\[*?\\]|[*?]|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '*') return '.*';
    return found === '?' ? '.' : `\\${found.at(-1)}`;
  });
  return new RegExp(`^${source}$`);
}

function launchedXml(instance: DoubleInstance): string {
  return `<reservationId>r-1</reservationId><instancesSet>${instanceXml(instance)}</instancesSet>`;
}

function instanceXml({ id, state, launched, tags }: DoubleInstance): string {
  return `<item><instanceId>${id}</instanceId><instanceState><code>0</code><name>${state}</name></instanceState><launchTime>${launched}</launchTime><groupSet><item><groupId>${GROUP}</groupId></item></groupSet>${tagSet(tags)}</item>`;
}

function tagSet(tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags).map(
    ([key, value]) => `<item><key>${escaped(key)}</key><value>${escaped(value)}</value></item>`,
  );
  return `<tagSet>${set.join('')}</tagSet>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] ?? one);
}
