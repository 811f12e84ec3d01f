/** Takes results as a tenant's server would, and remembers all of them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobResult } from '../../src/wire/jobs.ts';

export class Endpoint {
  /** All that were taken, in their order; `keys` beside them, from the header. */
  readonly results: JobResult[] = [];
  readonly keys: string[] = [];
  /** What it answers next; 201 where that is empty. */
  readonly answers: number[] = [];
  /** How many came under a key that had one already, and weren't taken: by an endpoint that honours it. */
  again = 0;
  #honoursKeys = false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Endpoint> {
    const server = createServer();
    const endpoint = new Endpoint(server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const status = endpoint.answers.shift() ?? 201;
        const key = String(request.headers['idempotency-key']);
        if (status < 300) endpoint.#take(key, Buffer.concat(parts));
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  /** Begins anew. */
  forget({ honoursKeys }: { readonly honoursKeys: boolean }): void {
    for (const all of [this.results, this.keys, this.answers]) all.length = 0;
    this.again = 0;
    this.#honoursKeys = honoursKeys;
  }

  #take(key: string, result: Buffer): void {
    if (this.#honoursKeys && this.keys.includes(key)) {
      this.again += 1;
      return;
    }
    this.results.push(JSON.parse(result.toString('utf8')));
    this.keys.push(key);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/results`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
