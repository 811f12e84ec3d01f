/** Takes results as a tenant's server would, and remembers all of them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobResult } from '../../src/wire/jobs.ts';

export class Endpoint {
  /** All that came, in their order; `keys` beside them, from the header. */
  readonly results: JobResult[] = [];
  readonly keys: string[] = [];
  /** What it answers next; 201 where that is empty. */
  readonly answers: number[] = [];
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
        if (status < 300) {
          endpoint.results.push(JSON.parse(Buffer.concat(parts).toString('utf8')));
          endpoint.keys.push(String(request.headers['idempotency-key']));
        }
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/results`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
