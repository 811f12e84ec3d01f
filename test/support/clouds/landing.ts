/** A cloud and a mailbox where clones land: an instance that runs reports, unless it is told not to. */
import { formatDocument } from '../../../src/wire/clone.ts';
import type { CloudDouble } from './double.ts';
import { type Asked, type Fault, FaultyServer } from './faulty-server.ts';

const LOOK_MS = 50;
const MANY = 50;

export class Landing {
  /** How long an instance takes from its launch to its report. */
  bootMs = 0;
  /** Instances that have reported are gone at once. */
  dies = false;
  readonly kind: CloudDouble['kind'];
  readonly #cloud: CloudDouble;
  readonly #mailbox: FaultyServer;
  readonly #documents = new Map<string, string>();
  readonly #since = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  private constructor(cloud: CloudDouble) {
    this.#cloud = cloud;
    this.kind = cloud.kind;
    this.#mailbox = new FaultyServer((asked) => this.#posted(asked));
    this.#timer = setInterval(() => this.#tend(), LOOK_MS);
  }

  static async at(cloud: CloudDouble): Promise<Landing> {
    await cloud.api.start();
    const landing = new Landing(cloud);
    await landing.#mailbox.start();
    return landing;
  }

  /** Of a [migrator]; `address` is what answers in the API's place. */
  options(address?: string): Record<string, string> {
    const api = address === undefined ? undefined : `http://${address}/`;
    const { kind: _, ...own } = this.#cloud.options('prepared', api);
    return { ...own, mailbox: this.#mailbox.url };
  }

  /** What becomes of every launch from now on. */
  launches(fault: (landing: Landing) => Fault): void {
    const { api } = this.#cloud;
    api.matches = (asked) => this.#cloud.isLaunch(asked);
    api.faults.push(...Array.from({ length: MANY }, () => fault(this)));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#cloud.api.close(), this.#mailbox.close()]);
  }

  #posted({ method, target, body }: Asked) {
    if (method === 'PUT') this.#documents.set(target, body);
    if (method === 'DELETE') this.#documents.delete(target);
    const found = this.#documents.get(target);
    return found === undefined ? { status: 404, body: '' } : { status: 200, body: found };
  }

  #tend(): void {
    this.#cloud.advance();
    for (const { id, tags, state, lose } of this.#cloud.launched) {
      if (state !== 'running') continue;
      const since = this.#since.get(id) ?? Date.now();
      this.#since.set(id, since);
      if (Date.now() - since < this.bootMs) continue;
      const [vm = '', request = ''] = [tags['vmmanage:vm'], tags['vmmanage:request']];
      const about = { what: 'reported', vm, request, instance: id, boot: 'b' } as const;
      this.#documents.set(`/${vm}.${request}.reported`, formatDocument(about));
      if (this.dies) lose();
    }
  }
}

type Words = Readonly<Record<Landing['kind'], string>>;

const BROKEN: Words = {
  ec2: '<Response><Errors><Error><Code>InternalError</Code><Message>An internal error has occurred</Message></Error></Errors><RequestID>r-1</RequestID></Response>',
  openstack: '{"computeFault":{"code":500,"message":"Unexpected API Error."}}',
  clone: '',
};

/** A server at fault, in each cloud's words. */
export function brokenLaunch({ kind }: Landing): Fault {
  return { status: 500, headers: typeOf(kind), body: BROKEN[kind] };
}

const FALSE: Words = {
  ec2: '<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet><item><instanceId>i-00000000000000bad</instanceId><instanceState><code>0</code><name>pending</name></instanceState></item></instancesSet></RunInstancesResponse>',
  openstack:
    '{"server":{"id":"cccccccc-0000-4000-8000-000000000bad","links":[],"OS-DCF:diskConfig":"MANUAL","security_groups":[]}}',
  clone: 'i-bad\n',
};

/** Says that it has launched what it hasn't. */
export function falseLaunch({ kind }: Landing): Fault {
  const status = kind === 'openstack' ? 202 : 200;
  return { status, headers: typeOf(kind), body: FALSE[kind] };
}

function typeOf(kind: Landing['kind']) {
  const types: Words = { ec2: 'text/xml', openstack: 'application/json', clone: 'text/plain' };
  return { 'content-type': types[kind] };
}
