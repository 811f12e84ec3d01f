/**
 * A server over real HTTP that fails on demand, in the ways in which networks and clouds do. The
 * doubles of the clouds stand on it.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** With its query, as it came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `hang`: not done, never answered. `reset`: not done, the connection cut. `lost`: done, and the
 * connection cut before the answer. `cut`: done, and half of the answer sent. A reply: said instead
 * of being done.
 */
export type Fault = 'hang' | 'reset' | 'lost' | 'cut' | Reply | ((asked: Asked) => Reply);

export class FaultyServer {
  /** What happens to the next calls that `matches` them; the others are answered as they should be. */
  readonly faults: Fault[] = [];
  matches: (asked: Asked) => boolean = () => true;
  readonly calls: Asked[] = [];
  readonly #server: Server;
  readonly #answer: (asked: Asked) => Reply;

  constructor(answer: (asked: Asked) => Reply) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url: target = '', headers } = request;
        this.#take({ method, target, headers, body: Buffer.concat(parts).toString() }, response);
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #take(asked: Asked, response: ServerResponse): void {
    this.calls.push(asked);
    const fault = this.matches(asked) ? this.faults.shift() : undefined;
    if (fault === 'hang') return;
    if (fault === 'reset') return void response.destroy();
    if (typeof fault === 'function') return say(response, fault(asked));
    if (typeof fault === 'object') return say(response, fault);
    const reply = this.#answer(asked);
    if (fault === undefined) return say(response, reply);
    if (fault === 'lost') return void response.destroy();
    response.writeHead(reply.status, { 'content-length': Buffer.byteLength(reply.body) });
    response.write(reply.body.slice(0, reply.body.length / 2), () => response.destroy());
  }
}

function say(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, headers).end(body);
}
