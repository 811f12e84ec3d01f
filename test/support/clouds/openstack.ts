/**
 * Keystone, Glance and Nova of a few calls over real HTTP, which behave as their API references say
 * (Identity v3, Image v2, Compute 2.1): a token for an application credential, no key in a server
 * that Nova doesn't know, lists in pages, and no filter by metadata for who isn't an administrator.
 */
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';

export const CREDENTIAL = { id: 'd8e02d56264849a3bf976be8f1204f38', secret: 'S3cret-of-"Nova"&co' };
export const IMAGE = 'aaaaaaaa-0000-4000-8000-000000000001';
export const NETWORK = 'bbbbbbbb-0000-4000-8000-000000000001';

export interface DoubleServer {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created: string;
  status: string;
  task: string | null;
  /** It isn't in the next lists, so many of them. */
  unseen: number;
}

interface DoubleImage {
  readonly id: string;
  readonly name: string;
  readonly visibility: 'public' | 'private';
  status: string;
  /** As what the image was made with. */
  readonly properties?: Readonly<Record<string, string>>;
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class OpenstackDouble extends FaultyServer {
  readonly servers: DoubleServer[] = [];
  readonly images: DoubleImage[] = [
    { id: IMAGE, name: 'prepared', visibility: 'public', status: 'active' },
  ];
  readonly flavors = [
    { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512 },
    { id: '2', name: 'm1.small', vcpus: 2, ram: 2048 },
  ];
  readonly limits: Record<string, number> = {
    ...{ maxTotalInstances: 10, totalInstancesUsed: 0, maxTotalCores: 20, totalCoresUsed: 0 },
    ...{ maxTotalRAMSize: -1, totalRAMUsed: 0 },
  };
  readonly tokens = new Set<string>();
  /** How long a token lives. */
  lifeMs = 3_600_000;
  /** Further rows of the catalog, and changes of its addresses. */
  regions = ['RegionOne'];
  addressOf = (service: string) => `${this.url}${service}`;
  pageMax = 1000;
  /** For how many lists a new server isn't seen. */
  unseen = 0;
  /** As which an image of a server begins. */
  imageStatus = 'queued';
  /** What a new image holds is what its server has now. */
  onImage: (image: DoubleImage) => void = () => undefined;
  #made = 0;

  constructor() {
    super((asked) => this.#answer(asked));
  }

  static async start(): Promise<OpenstackDouble> {
    const double = new OpenstackDouble();
    await double.start();
    return double;
  }

  get authUrl(): string {
    return `${this.url}identity/v3`;
  }

  /** The calls of a method below a path. */
  asked(method: string, path: string): Asked[] {
    return this.calls.filter((call) => call.method === method && call.target.startsWith(path));
  }

  /** Time passes: every server and image gets to its next state. */
  advance(): void {
    for (const server of this.servers) {
      if (server.task === 'deleting') server.status = 'DELETED';
      else if (server.status === 'BUILD') server.status = 'ACTIVE';
    }
    for (const image of this.images) if (image.status === 'queued') image.status = 'active';
  }

  #answer(asked: Asked): Reply {
    try {
      return this.#answerTo(asked);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return faultReply(error.status, error.message);
    }
  }

  #answerTo(asked: Asked): Reply {
    const { method, target, headers } = asked;
    const { pathname, searchParams } = new URL(target, 'http://x');
    const call = `${method} ${pathname}`;
    if (call === 'POST /identity/v3/auth/tokens') return this.#authenticate(asked);
    if (!this.tokens.has(String(headers['x-auth-token']))) {
      throw new Refusal(401, 'The request you have made requires authentication.');
    }
    if (pathname.startsWith('/image/v2/images')) return this.#image(asked, searchParams);
    if (call === 'GET /compute/servers/detail') return this.#list(searchParams);
    if (call === 'GET /compute/flavors/detail') {
      return json(200, { flavors: this.#page(this.flavors, searchParams) });
    }
    if (call === 'GET /compute/limits') {
      return json(200, { limits: { rate: [], absolute: this.limits } });
    }
    if (call === 'POST /compute/servers') return this.#create(asked.body);
    const [, id = '', action] = /^\/compute\/servers\/([^/]+)(\/action)?$/.exec(pathname) ?? [];
    const server = this.servers.find((each) => each.id === id && each.status !== 'DELETED');
    if (server === undefined) throw new Refusal(404, `Instance ${id} could not be found.`);
    if (method === 'POST' && action) return this.#snapshot(asked.body);
    if (method === 'GET') return json(200, { server: { id, image: server.body['imageRef'] } });
    if (method !== 'DELETE') throw new Refusal(405, 'no such method');
    server.task = 'deleting';
    return { status: 204, body: '' };
  }

  #authenticate({ body }: Asked): Reply {
    const { identity } = JSON.parse(body).auth;
    const { id, secret } = identity.application_credential;
    if (identity.methods.join() !== 'application_credential') throw new Refusal(400, 'method');
    if (id !== CREDENTIAL.id || secret !== CREDENTIAL.secret) {
      throw new Refusal(401, 'The request you have made requires authentication.');
    }
    this.#made += 1;
    const token = `gAAAAAB-token-${this.#made}`;
    this.tokens.add(token);
    const catalog = ['compute', 'image'].map((type) => ({
      ...{ type, name: type },
      endpoints: this.regions.flatMap((region) =>
        ['public', 'internal'].map((each) => ({
          ...{ interface: each, region_id: region, region },
          url: each === 'public' ? this.addressOf(type) : 'https://internal.invalid/',
        })),
      ),
    }));
    const expires_at = new Date(Date.now() + this.lifeMs).toISOString();
    const reply = json(201, { token: { methods: identity.methods, expires_at, catalog } });
    return { ...reply, headers: { ...reply.headers, 'x-subject-token': token } };
  }

  #image({ method, target }: Asked, query: URLSearchParams): Reply {
    const id = new URL(target, 'http://x').pathname.split('/')[4];
    const shown = ({ properties, ...rest }: DoubleImage) => ({ ...rest, ...properties });
    if (id !== undefined) {
      const image = this.images.find((each) => each.id === id);
      if (image === undefined) throw new Refusal(404, `No image found with ID ${id}`);
      if (method === 'DELETE') {
        this.images.splice(this.images.indexOf(image), 1);
        return { status: 204, body: '' };
      }
      return json(200, shown(image));
    }
    // A filter that it doesn't know is one by a property.
    const filters = [...query].filter(([key]) => key !== 'limit' && key !== 'marker');
    const has = (image: DoubleImage, key: string) => new Map(Object.entries(shown(image))).get(key);
    const images = this.images.filter((each) =>
      filters.every(([key, value]) => has(each, key) === value),
    );
    const page = this.#page(images, query).map(shown);
    return json(200, { images: page, schema: '/v2/schemas/images' });
  }

  #list(query: URLSearchParams): Reply {
    for (const server of this.servers) if (server.unseen > 0) server.unseen -= 1;
    const seen = this.servers.filter(({ status, unseen }) => status !== 'DELETED' && unseen === 0);
    const servers = this.#page(seen, query).map(
      ({ id, status, task, metadata, created, body }) => ({
        ...{ id, status, metadata, created, name: body['name'], 'OS-EXT-STS:task_state': task },
      }),
    );
    return json(200, { servers });
  }

  #page<T extends { readonly id: string }>(all: readonly T[], query: URLSearchParams): T[] {
    const marker = query.get('marker');
    const from = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
    if (marker !== null && from === 0) throw new Refusal(400, `marker [${marker}] not found`);
    const size = Math.min(Number(query.get('limit') ?? this.pageMax), this.pageMax);
    return all.slice(from, from + size);
  }

  #create(body: string): Reply {
    const { server } = JSON.parse(body);
    const unknown = Object.keys(server).find((key) => !KEYS.includes(key));
    if (unknown) throw new Refusal(400, `Additional properties are not allowed ('${unknown}')`);
    if (!this.images.some(({ id }) => id === server.imageRef)) {
      throw new Refusal(400, `Can not find requested image ${server.imageRef}`);
    }
    if (!this.flavors.some(({ id }) => id === server.flavorRef)) {
      throw new Refusal(400, 'Flavor could not be found.');
    }
    if (server.networks?.some(({ uuid }: { uuid: string }) => uuid !== NETWORK)) {
      throw new Refusal(400, 'Network could not be found.');
    }
    for (const [key, value] of Object.entries(server.metadata)) {
      const fits = /^[a-zA-Z0-9-_:. ]{1,255}$/.test(key) && String(value).length <= 255;
      if (!fits) throw new Refusal(400, 'Invalid input for field/attribute metadata');
    }
    const data = Buffer.from(server.user_data, 'base64');
    if (data.toString('base64') !== server.user_data) throw new Refusal(400, 'user_data');
    if (this.servers.length >= (this.limits['maxTotalInstances'] ?? 0)) {
      throw new Refusal(403, 'Quota exceeded for instances: Requested 1, but already used 10');
    }
    return json(202, { server: { id: this.add(server).id, links: [], adminPass: 'MVk5HPrazHcG' } });
  }

  /** A server as Nova makes it of such a body. */
  add(body: {
    readonly name?: string;
    readonly imageRef?: unknown;
    readonly metadata: Record<string, string>;
  }): DoubleServer {
    const number = String(this.servers.length + 1).padStart(12, '0');
    const server: DoubleServer = {
      ...{ id: `cccccccc-0000-4000-8000-${number}`, body: { ...body }, metadata: body.metadata },
      created: `2026-11-21T15:00:${String(this.servers.length % 60).padStart(2, '0')}Z`,
      ...{ status: 'BUILD', task: 'scheduling', unseen: this.unseen },
    };
    this.servers.push(server);
    return server;
  }

  #snapshot(body: string): Reply {
    const { name, metadata: properties } = JSON.parse(body).createImage;
    const id = `aaaaaaaa-0000-4000-8000-${String(this.images.length + 1).padStart(12, '0')}`;
    const { imageStatus: status } = this;
    const image: DoubleImage = { id, name, visibility: 'private', status, properties };
    this.images.push(image);
    this.onImage(image);
    return { status: 202, headers: { location: `${this.url}image/images/${id}` }, body: '' };
  }
}

const KEYS = [
  ...['name', 'imageRef', 'flavorRef', 'user_data', 'metadata', 'networks', 'security_groups'],
  ...['key_name', 'availability_zone'],
];

const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  409: 'conflictingRequest',
};

/** How Nova refuses something; Keystone calls it `error`. */
export function faultReply(status: number, message: string): Reply {
  return json(status, { [NAMES[status] ?? 'error']: { code: status, message } });
}

function json(status: number, value: unknown): Reply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify(value) };
}
