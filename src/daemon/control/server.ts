/**
 * The two control sockets: HTTP over unix sockets, one to look and one to act (DESIGN.md §9). Who
 * may do which is the sockets' owner, group and mode; here is only transport: sizes, times, JSON.
 */
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { closeServer } from '../../system/close-server.ts';
import { listenAt } from '../../system/unix-socket.ts';
import { ACT_SOCKET, type ErrorAnswer, LOOK_SOCKET } from '../../wire/control.ts';

export interface Call {
  readonly path: string;
  /** The parsed JSON body; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** For an answer that stays open: runs when the caller has gone. */
  onGone(then: () => void): void;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
  /** The head is sent now, the connection stays until the caller closes it. */
  readonly stay?: true;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** Handlers by `METHOD /path`; a path that ends in `/*` takes one more word. */
export type Routes = Readonly<Record<string, Handler>>;

export interface ControlOptions {
  readonly folder: string;
  readonly look: Routes;
  readonly act: Routes;
  /** A handler that throws is a programmer's error; it is told here. */
  failed(error: unknown): void;
}

const BODY_MAX_BYTES = 64 * 1024;
const LOOK_GROUP = 'vmmanage';
const ACT_GROUP = 'vmmanage-admin';

export interface Control {
  close(): Promise<void>;
}

export async function openControl(options: ControlOptions): Promise<Control> {
  await mkdir(options.folder, { recursive: true, mode: 0o755 });
  const { look, act, failed } = options;
  // The one to look comes last: whoever is answered there can act too.
  const servers = [
    await listen(join(options.folder, ACT_SOCKET), ACT_GROUP, { ...look, ...act }, failed),
    await listen(join(options.folder, LOOK_SOCKET), LOOK_GROUP, look, failed),
  ];
  return {
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

async function listen(
  path: string,
  group: string,
  routes: Routes,
  failed: ControlOptions['failed'],
): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request, response, routes).catch((error: unknown) => {
      failed(error);
      response.destroy();
    });
  });
  server.requestTimeout = 30_000;
  server.maxConnections = 100;
  await listenAt(server, path, group);
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?');
  const handler = find(routes, request.method ?? 'GET', path);
  if (!handler) return send(response, notFound(request, path));
  const body = await readBody(request);
  if (typeof body === 'string') return send(response, problem(400, body));
  const onGone = (then: () => void) => void response.on('close', then);
  send(response, await handler({ path, body, onGone }));
}

function find(routes: Routes, method: string, path: string): Handler | undefined {
  const open = `${method} ${path.slice(0, path.lastIndexOf('/'))}/*`;
  return routes[`${method} ${path}`] ?? routes[open];
}

function notFound(request: IncomingMessage, path: string): Answer {
  const acting = request.method === 'POST' ? ` (${ACT_SOCKET} takes what acts)` : '';
  return problem(404, `no ${request.method} ${path} here${acting}`);
}

export function problem(status: number, error: string, more: Partial<ErrorAnswer> = {}): Answer {
  return { status, body: { error, ...more } satisfies ErrorAnswer };
}

/** The body, or what is wrong with it. */
async function readBody(request: IncomingMessage): Promise<Call['body'] | string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BODY_MAX_BYTES) return `the body is longer than ${BODY_MAX_BYTES} bytes`;
      chunks.push(chunk);
    }
  } catch {
    return 'the body was not sent whole';
  }
  return parseBody(Buffer.concat(chunks).toString('utf8'));
}

function parseBody(text: string): Call['body'] | string {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Call['body']) : 'the body must be a JSON object';
  } catch {
    return 'the body must be a JSON object';
  }
}

function send(response: ServerResponse, { status, body, stay }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  const text = `${JSON.stringify(body)}\n`;
  if (!stay) return void response.end(text);
  response.write(text);
}
