/** A server on the two control sockets in a folder of its own, that answers what a test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ACT_SOCKET, LOOK_SOCKET } from '../../../src/wire/control.ts';
import { tempFolder } from '../../support/temp.ts';

/** A status and a body; a text is sent as it is. A function answers by itself. */
export type Answer =
  | { readonly status?: number; readonly body: unknown }
  | ((request: IncomingMessage, response: ServerResponse, body: string) => void);

export interface Asked {
  readonly socket: string;
  readonly call: string;
  readonly body: unknown;
}

export interface FakeDaemon {
  readonly folder: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** Answers by `METHOD /path`; a list gives one answer after the other, the last for ever. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[]>>;

export async function fakeDaemon(answers: Answers, folder = tempFolder()): Promise<FakeDaemon> {
  const asked: Asked[] = [];
  const counts = new Map<string, number>();
  const answerTo = (call: string): Answer => {
    const found = answers[call] ?? { status: 404, body: { error: `no ${call} here` } };
    if (!Array.isArray(found)) return found as Answer;
    const n = counts.get(call) ?? 0;
    counts.set(call, n + 1);
    return found[Math.min(n, found.length - 1)];
  };
  const servers = await Promise.all(
    [LOOK_SOCKET, ACT_SOCKET].map((socket) =>
      serve(join(folder, socket), (request, response, body) => {
        const call = `${request.method} ${request.url}`;
        asked.push({ socket, call, body: body === '' ? undefined : JSON.parse(body) });
        reply(answerTo(call), request, response, body);
      }),
    ),
  );
  const stop = async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  };
  onTestFinished(stop);
  return { folder, asked, stop };
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

function serve(path: string, handler: Handler): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => handler(request, response, body));
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

function reply(answer: Answer, request: IncomingMessage, response: ServerResponse, body: string) {
  if (typeof answer === 'function') return answer(request, response, body);
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}

/** Answers an inhibition as the daemon does: the head at once, the end never. */
export function holding(): { readonly held: ReadonlySet<ServerResponse>; readonly answer: Answer } {
  const held = new Set<ServerResponse>();
  const answer: Answer = (_, response) => {
    held.add(response);
    response.on('close', () => held.delete(response));
    response.writeHead(200).write('{"id":"x"}\n');
  };
  return { held, answer };
}
