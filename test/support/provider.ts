/** A provider for tests: a real HTTP server on loopback that checks each push as strictly as it may. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  parseReadingsPush,
  READINGS_PATH,
  type ReadingsPush,
  VM_PATH,
} from '../../src/wire/provider.ts';

export const TOKEN = 's3cret-token==';

export interface Provider {
  readonly url: string;
  readonly port: number;
  /** Those that were right in every way, in the order in which they came. */
  readonly pushes: ReadingsPush[];
  /** What was wrong with others. */
  readonly wrong: string[];
  /** What it says of where the guest is; undefined: it knows of none. */
  vm: object | undefined;
  /** How the next ones are answered; taken, where it is undefined. */
  answer: RequestListener | undefined;
  close(): Promise<void>;
}

export interface ProviderOptions {
  readonly port?: number;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** Gone with the running test. */
export async function startProvider({ port = 0, tls }: ProviderOptions = {}): Promise<Provider> {
  const listener: RequestListener = (request, response) => void take(request, response);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = (server as Server).address() as AddressInfo;
  const provider: Provider = {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${address.port}/base/`,
    port: address.port,
    pushes: [],
    wrong: [],
    vm: undefined,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  onTestFinished(() => provider.close());
  return provider;

  async function take(request: IncomingMessage, response: Parameters<RequestListener>[1]) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const push = parseReadingsPush(body);
    const { method, url, headers } = request;
    const call = `${method} ${url} ${headers['content-type']} ${headers.authorization}`;
    if (method === 'GET' && url === `/base${VM_PATH}` && !provider.answer) {
      const known = headers.authorization === `Bearer ${TOKEN}`;
      response.writeHead(known ? (provider.vm ? 200 : 404) : 401);
      response.end(known ? JSON.stringify(provider.vm) : '');
      return;
    }
    const right = `POST /base${READINGS_PATH} application/json Bearer ${TOKEN}`;
    if (call !== right) provider.wrong.push(call);
    else if (push === undefined) provider.wrong.push(body);
    else provider.pushes.push(push);
    if (provider.answer) provider.answer(request, response);
    else response.writeHead(204).end();
  }
}
