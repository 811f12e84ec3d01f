/** A cloud in memory, and a mailbox that answers over HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type {
  Cloud,
  Instance,
  Launch,
  Made,
  OwnImages,
} from '../../../src/migrators/clone/cloud.ts';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';

export class MemoryCloud implements Cloud {
  readonly launches: Launch[] = [];
  readonly all = new Map<string, Instance>();
  /** Why it can't be asked, while it can't. */
  failure: string | undefined;
  against: string | undefined;
  /** The ids of those that can't be ended. */
  readonly stubborn = new Set<string>();

  /** Set where clones start from images of the guest. */
  ownImages: MemoryImages | undefined;

  async check(): Promise<string | undefined> {
    this.#ask();
    return this.against;
  }

  async launch(launch: Launch): Promise<Instance> {
    this.#ask();
    this.launches.push(launch);
    const id = `i-${launch.token}`;
    const { request } = launch;
    const instance: Instance = { id, state: 'running', request, launchedMs: undefined };
    if (!this.all.has(id)) this.all.set(id, instance);
    return instance;
  }

  async instances(): Promise<readonly Instance[]> {
    this.#ask();
    return [...this.all.values()];
  }

  async terminate(id: string): Promise<void> {
    this.#ask();
    if (this.stubborn.has(id)) throw new CloudFailure(`${id} is protected`, 'refused');
    this.become(id, 'gone');
  }

  become(id: string, state: Instance['state']): void {
    const instance = this.all.get(id);
    if (instance) this.all.set(id, { ...instance, state });
  }

  #ask(): void {
    if (this.failure !== undefined) throw new CloudFailure(this.failure, 'refused');
  }
}

export class MemoryImages implements OwnImages {
  readonly made: Made[] = [];
  readonly stubborn = new Set<string>();
  failure: string | undefined;

  async make({ request }: Launch): Promise<string> {
    if (this.failure !== undefined) throw new CloudFailure(this.failure, 'refused');
    const id = `ami-${request}`;
    if (!this.made.some((each) => each.id === id)) {
      this.made.push({ id, request }, { id: `snap-${request}`, request });
    }
    return id;
  }

  async list(): Promise<readonly Made[]> {
    return [...this.made];
  }

  async remove(id: string): Promise<void> {
    if (this.stubborn.has(id)) throw new CloudFailure(`${id} is in use`, 'refused');
    this.made.splice(0, this.made.length, ...this.made.filter((each) => each.id !== id));
  }
}

/** Keeps what is put; `status` is what it answers instead, while it is set. */
export class MemoryMailbox {
  readonly documents = new Map<string, string>();
  readonly tokens = new Set<string | undefined>();
  status: number | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<MemoryMailbox> {
    const server = createServer();
    const mailbox = new MemoryMailbox(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const name = decodeURIComponent((request.url ?? '').slice('/box/'.length));
        mailbox.tokens.add(request.headers.authorization);
        if (mailbox.status !== undefined) return void response.writeHead(mailbox.status).end();
        if (request.method === 'PUT') {
          mailbox.documents.set(name, Buffer.concat(parts).toString('utf8'));
          return void response.writeHead(201).end();
        }
        if (request.method === 'DELETE') {
          const known = mailbox.documents.delete(name);
          return void response.writeHead(known ? 204 : 404).end();
        }
        const found = mailbox.documents.get(name);
        response.writeHead(found === undefined ? 404 : 200).end(found);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return mailbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/box`;
  }
}
