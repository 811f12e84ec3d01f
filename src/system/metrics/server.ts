/**
 * Serves the page of metrics, and whether all is well where that is asked for: GET /metrics, GET /healthz
 * and nothing else, to whoever reaches the address, since there is no authentication. An address that
 * can't be had is tried for again; who serves it goes on.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { type ListenAddress, listenText } from '../../core/option-addresses.ts';
import { Backoff } from '../backoff.ts';
import { closeServer } from '../close-server.ts';
import { listenAt } from '../unix-socket.ts';
import type { Page } from './page.ts';

/** Where it says how it fares. */
export interface MetricsLog {
  info(message: string, fields: Readonly<Record<string, string>>): void;
  error(message: string, fields: Readonly<Record<string, string>>): void;
}

export interface MetricsParts {
  readonly clock: Clock;
  readonly log: MetricsLog;
  page(): Promise<Page>;
  /** Why not all is well, undefined where it is. Without it there is no /healthz. */
  readonly trouble?: () => string | undefined;
}

/** As `look.sock`: who may look may read the numbers. */
const GROUP = 'vmmanage';
/** More than that many scrapers are none. */
const CONNECTIONS_MAX = 20;
/** A request and its answer; a scraper that reads more slowly has given up itself. */
const TIMEOUT_MS = 10_000;
/** A connection is kept between two scrapes, of which there is one a minute by default. */
const KEEP_ALIVE_MS = 90_000;
const RETRY = { firstMs: 1000, maxMs: 60_000 };

export class MetricsServer {
  /** Why the page isn't served where the conf says, while it isn't. */
  problem: string | undefined;
  readonly #parts: MetricsParts;
  #address: ListenAddress | undefined;
  #ending = new AbortController();
  #serving: Promise<void> = Promise.resolve();

  constructor(parts: MetricsParts) {
    this.#parts = parts;
  }

  /** Where to serve from now on. Resolves when it is tried, not when it works. */
  async use(address: ListenAddress | undefined): Promise<void> {
    if (JSON.stringify(address) === JSON.stringify(this.#address)) return;
    await this.end();
    this.#address = address;
    if (address === undefined) return;
    this.#ending = new AbortController();
    const tried = new Promise<void>((resolve) => {
      this.#serving = this.#serve(address, this.#ending.signal, resolve);
    });
    await tried;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#serving;
    this.problem = undefined;
    this.#address = undefined;
  }

  /** Until `signal` aborts. */
  async #serve(address: ListenAddress, signal: AbortSignal, tried: () => void): Promise<void> {
    const { clock } = this.#parts;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      const server = this.#makeServer();
      const problem = await listen(server, address);
      this.#tell(address, problem);
      tried();
      if (problem === undefined) {
        await untilAborted(signal);
        return closeServer(server);
      }
      await clock.sleep(backoff.nextMs(), signal);
    }
  }

  /** Once when it begins to fail, and once when it works again. */
  #tell(address: ListenAddress, problem: string | undefined): void {
    const { log } = this.#parts;
    const where = { listen: listenText(address) };
    if (problem === undefined) log.info('serving metrics', where);
    else if (this.problem === undefined)
      log.error("metrics can't be served", { ...where, problem });
    this.problem = problem && `metrics can't be served at ${where.listen}: ${problem}`;
  }

  #makeServer(): Server {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.maxConnections = CONNECTIONS_MAX;
    server.requestTimeout = TIMEOUT_MS;
    server.headersTimeout = TIMEOUT_MS;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.timeout = TIMEOUT_MS;
    return server;
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?');
    const { trouble } = this.#parts;
    if (method === 'GET' && path === '/healthz' && trouble) return sendHealth(response, trouble());
    if (method !== 'GET' || path !== '/metrics') {
      const here = trouble ? 'GET /metrics and GET /healthz are' : 'GET /metrics is';
      // What is still to come of the request isn't read.
      return send(response, 404, `only ${here} here\n`, { connection: 'close' });
    }
    try {
      const { type, text } = await this.#parts.page();
      send(response, 200, text, { 'content-type': type });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#parts.log.error("the page of metrics can't be made", { problem });
      send(response, 500, "the page can't be made; the log says why\n");
    }
  }
}

function sendHealth(response: ServerResponse, trouble: string | undefined): void {
  if (trouble === undefined) send(response, 200, 'ok\n');
  else send(response, 503, `${trouble}\n`);
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...plain, ...headers }).end(text);
}

/** What keeps it from listening; undefined: nothing. */
async function listen(server: Server, address: ListenAddress): Promise<string | undefined> {
  try {
    if ('path' in address) await listenAt(server, address.path, GROUP);
    else await listenOnPort(server, address);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function listenOnPort(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Kept: an error that comes later must not end the process.
    server.on('error', reject);
    server.listen(address, resolve);
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
