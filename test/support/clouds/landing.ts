/** A cloud and a mailbox where clones land: an instance that runs reports, unless it is told not to. */
import { formatDocument } from '../../../src/wire/clone.ts';
import { Ec2Double, IMAGE, KEY, REGION } from './ec2.ts';
import { type Asked, type Fault, FaultyServer } from './faulty-server.ts';
import { CREDENTIAL, type OpenstackDouble } from './openstack.ts';

const LOOK_MS = 50;
const MANY = 50;

export class Landing {
  /** How long an instance takes from its launch to its report. */
  bootMs = 0;
  /** Instances that have reported are gone at once. */
  dies = false;
  readonly kind: 'ec2' | 'openstack';
  readonly #cloud: Ec2Double | OpenstackDouble;
  readonly #mailbox: FaultyServer;
  readonly #documents = new Map<string, string>();
  readonly #since = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  private constructor(cloud: Ec2Double | OpenstackDouble) {
    this.#cloud = cloud;
    this.kind = cloud instanceof Ec2Double ? 'ec2' : 'openstack';
    this.#mailbox = new FaultyServer((asked) => this.#posted(asked));
    this.#timer = setInterval(() => this.#tend(), LOOK_MS);
  }

  static async at(cloud: Ec2Double | OpenstackDouble): Promise<Landing> {
    await cloud.start();
    const landing = new Landing(cloud);
    await landing.#mailbox.start();
    return landing;
  }

  /** Of a [migrator]; `address` is what answers in the API's place. */
  options(address?: string): Record<string, string> {
    const api = address === undefined ? this.#cloud.url : `http://${address}/`;
    const own: Record<string, string> =
      this.kind === 'ec2'
        ? {
            ...{ endpoint: api, region: REGION, image: IMAGE, access_key: KEY.accessKey },
            secret_key: KEY.secretKey,
          }
        : {
            ...{ auth_url: `${api}identity/v3`, image: 'prepared', flavor: 'm1.small' },
            application_credential_id: CREDENTIAL.id,
            application_credential_secret: CREDENTIAL.secret,
          };
    return { ...own, mailbox: this.#mailbox.url };
  }

  /** What becomes of every launch from now on. */
  launches(fault: (landing: Landing) => Fault): void {
    this.#cloud.matches = ({ method, target, body }) =>
      this.kind === 'ec2'
        ? /Action=RunInstances/.test(body) && !/DryRun/.test(body)
        : method === 'POST' && target === '/compute/servers';
    this.#cloud.faults.push(...Array.from({ length: MANY }, () => fault(this)));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#cloud.close(), this.#mailbox.close()]);
  }

  #posted({ method, target, body }: Asked) {
    if (method === 'PUT') this.#documents.set(target, body);
    if (method === 'DELETE') this.#documents.delete(target);
    const found = this.#documents.get(target);
    return found === undefined ? { status: 404, body: '' } : { status: 200, body: found };
  }

  #tend(): void {
    this.#cloud.advance();
    for (const { id, vm, request, end } of this.#up()) {
      const since = this.#since.get(id) ?? Date.now();
      this.#since.set(id, since);
      if (Date.now() - since < this.bootMs) continue;
      const about = { what: 'reported', vm, request, instance: id, boot: 'b' } as const;
      this.#documents.set(`/${vm}.${request}.reported`, formatDocument(about));
      if (this.dies) end();
    }
  }

  #up() {
    if (this.#cloud instanceof Ec2Double) {
      const running = this.#cloud.instances.filter(({ state }) => state === 'running');
      return running.map((instance) => ({
        ...tagged(instance.id, instance.tags),
        end: () => {
          instance.state = 'terminated';
        },
      }));
    }
    const running = this.#cloud.servers.filter(({ status }) => status === 'ACTIVE');
    return running.map((server) => ({
      ...tagged(server.id, server.metadata),
      end: () => {
        server.status = 'DELETED';
      },
    }));
  }
}

function tagged(id: string, tags: Readonly<Record<string, string>>) {
  return { id, vm: tags['vmmanage:vm'] ?? '', request: tags['vmmanage:request'] ?? '' };
}

/** A server at fault, in each cloud's words. */
export function brokenLaunch({ kind }: Landing): Fault {
  const body =
    kind === 'ec2'
      ? '<Response><Errors><Error><Code>InternalError</Code><Message>An internal error has occurred</Message></Error></Errors><RequestID>r-1</RequestID></Response>'
      : '{"computeFault":{"code":500,"message":"Unexpected API Error."}}';
  return { status: 500, headers: typeOf(kind), body };
}

/** Says that it has launched what it hasn't. */
export function falseLaunch({ kind }: Landing): Fault {
  const body =
    kind === 'ec2'
      ? '<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><instancesSet><item><instanceId>i-00000000000000bad</instanceId><instanceState><code>0</code><name>pending</name></instanceState></item></instancesSet></RunInstancesResponse>'
      : '{"server":{"id":"cccccccc-0000-4000-8000-000000000bad","links":[],"OS-DCF:diskConfig":"MANUAL","security_groups":[]}}';
  return { status: kind === 'ec2' ? 200 : 202, headers: typeOf(kind), body };
}

function typeOf(kind: Landing['kind']) {
  return { 'content-type': kind === 'ec2' ? 'text/xml' : 'application/json' };
}
