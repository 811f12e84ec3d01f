/** Stands between a guest and a web server, lets through what is asked, and disturbs what a test says. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of a question: it and its answer are let through; the connection breaks before the
 * server hears of it, or when it has done what was asked; the server never hears of it and this
 * status is the answer.
 */
export type Fate = 'pass' | 'break' | 'break after' | number;

export type Disturb = (
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
) => Fate | Promise<Fate>;

export class Between {
  /** What was asked and answered, such as `GET /builds 200`. */
  readonly seen: string[] = [];
  disturb: Disturb = () => 'pass';
  readonly #server: Server;
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer(async (asked, answer) => {
      const { method = '', url = '' } = asked;
      const fate = await this.disturb(method, url, asked.headers);
      if (fate === 'break') return void asked.socket.destroy();
      if (typeof fate === 'number') {
        this.seen.push(`${method} ${url} ${fate}`);
        return void answer.writeHead(fate, { 'content-length': 0 }).end();
      }
      const passed = this.#pass(asked);
      passed.on('response', (given) => {
        this.seen.push(`${method} ${url} ${given.statusCode}`);
        if (fate === 'break after') return void asked.socket.destroy();
        answer.writeHead(given.statusCode ?? 0, given.headers);
        given.pipe(answer);
      });
      passed.on('error', () => asked.socket.destroy());
    });
  }

  static async start(target: string): Promise<Between> {
    const between = new Between(target);
    await new Promise<void>((resolve) => between.#server.listen(0, '127.0.0.1', resolve));
    return between;
  }

  url(page: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${page}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(asked: IncomingMessage) {
    const { hostname, port, host } = this.#target;
    const { destination } = asked.headers;
    const headers: OutgoingHttpHeaders = { ...asked.headers, host };
    if (typeof destination === 'string') {
      // A server renames on itself only.
      headers['destination'] = `${this.#target.origin}${new URL(destination).pathname}`;
    }
    const { method, url: path } = asked;
    return asked.pipe(request({ hostname, port, method, path, headers, agent: false }));
  }
}
