/**
 * One page of a web server, asked for at each reading over a connection that is kept. It carries the
 * page here; what it means is the probe's business. Its failures are answers with a reason, without
 * secrets; it never rejects. Built on node:http, since it runs once a cycle for years.
 */
import { readFile } from 'node:fs/promises';
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request,
} from 'node:http';
import type { Agent as TlsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { text as anyText, hostName, path, sizeText, sizeWithin } from '../core/option-types.ts';
import { type OptionsOf, option, optional } from '../core/options.ts';
import { connectionProblem, isLost } from '../system/connection.ts';
import { oneLine } from '../system/said.ts';
import { Backoff } from './backoff.ts';
import type { ProbeContext } from './probe.ts';

/** What every probe that reads a page has, but for the page's own address. */
export const PAGE_OPTIONS = {
  user: optional(anyText, {
    example: 'vmmanage',
    help: 'Who asks, where the page wants to know (basic authentication).',
  }),
  password: optional(anyText, { secret: true, help: 'Of the user.' }),
  host: optional(hostName, {
    example: 'www.example.org',
    help: "The site to ask for, where it isn't the address's own (the Host header, and in TLS).",
  }),
  ca: optional(path, {
    example: '/etc/ssl/certs/web-ca.pem',
    help: "Where the server's certificate comes from; the system's authorities by default.",
  }),
  max_size: option(sizeWithin({ min: 1, max: 64 * 2 ** 20 }), '1M', {
    help: 'A larger page is no reading.',
  }),
};

export type PageOptions = OptionsOf<typeof PAGE_OPTIONS>;

export interface Page {
  readonly status: number;
  /** The media type, in small letters and without its parameters; empty where none was said. */
  readonly type: string;
  /** A last line without an end is given one, unless the page may have been cut off there. */
  readonly body: string;
  /** As they came. */
  readonly bytes: Buffer;
  /** Whether the server told how long the page is: all of it is here then; else it just hung up. */
  readonly whole: boolean;
  /** From asking to the last byte. */
  readonly tookMs: number;
  readonly asked: Asked;
}

/** What was asked for. */
export interface Asked {
  /** Without what follows a `?`. */
  readonly address: string;
  readonly user: string | undefined;
}

export type PageAnswer = Page | { readonly failed: string };

export class PageReader {
  readonly #url: URL;
  readonly #options: PageOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  /** The same for each reading: a URL takes its text apart whenever a part is asked for. */
  readonly #asked: Asked;
  readonly #request: RequestOptions;
  #agent: Agent | undefined;
  #lastFailure = '';

  constructor(url: string, options: PageOptions, { clock, intervalMs }: ProbeContext) {
    this.#url = new URL(url);
    this.#options = options;
    this.#clock = clock;
    this.#backoff = new Backoff(intervalMs);
    this.#asked = { address: `${this.#url.origin}${this.#url.pathname}`, user: options.user };
    this.#request = requestOf(this.#url, options);
  }

  /** Asks once; settles when `signal` aborts at the latest. */
  async read(signal: AbortSignal): Promise<PageAnswer> {
    const beganMs = this.#clock.monotonicMs();
    if (!this.#backoff.ready(beganMs)) return { failed: this.#lastFailure };
    try {
      const page = await this.#ask(beganMs, signal);
      this.#backoff.succeeded();
      return page;
    } catch (error) {
      this.#lastFailure = whyFailed(error, this.#url);
      this.#backoff.failed(beganMs);
      return { failed: this.#lastFailure };
    }
  }

  async close(): Promise<void> {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  /** A kept connection that the server has just given up says nothing of the server: once more. */
  async #ask(beganMs: number, signal: AbortSignal): Promise<Page> {
    try {
      return await this.#askOnce(beganMs, signal);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.#askOnce(beganMs, signal);
    }
  }

  async #askOnce(beganMs: number, signal: AbortSignal): Promise<Page> {
    this.#agent ??= await makeAgent(this.#url, this.#options);
    const asking = request({ ...this.#request, agent: this.#agent });
    const answer = await exchange(asking, this.#options.max_size, signal);
    return { ...answer, tookMs: this.#clock.monotonicMs() - beganMs, asked: this.#asked };
  }
}

function requestOf(url: URL, { user, password, host }: PageOptions): RequestOptions {
  const { hostname, port, pathname, search, protocol } = url;
  return {
    protocol,
    // An IPv6 address stands in brackets in a URL alone.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    path: `${pathname}${search}`,
    // A list goes out as it stands, where Node would put an object together anew for each reading.
    headers: [
      ...['Accept', '*/*', 'User-Agent', 'vmmanage', 'Host', host ?? url.host],
      ...(user === undefined ? [] : ['Authorization', basic(user, password ?? '')]),
    ],
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const ONE_CONNECTION = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 } as const;

async function makeAgent(url: URL, { ca, host }: PageOptions): Promise<Agent | TlsAgent> {
  if (url.protocol === 'http:') return new Agent(ONE_CONNECTION);
  const { Agent: SecureAgent } = await import('node:https');
  const authorities = ca === undefined ? {} : { ca: await readAuthorities(ca) };
  const site = host ?? url.hostname;
  const named = isIP(site) === 0 ? { servername: site } : {};
  return new SecureAgent({ ...ONE_CONNECTION, ...authorities, ...named, minVersion: 'TLSv1.2' });
}

async function readAuthorities(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`ca file ${oneLine(file)} can't be read (${error.code})`);
  });
}

/** A failure whose message was written by us, for people. */
class Failure extends Error {}

class StaleConnection extends Error {}

type Received = Omit<Page, 'tookMs' | 'asked'>;

function exchange(asked: ClientRequest, maxBytes: number, signal: AbortSignal): Promise<Received> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', giveUp);
      settle();
    };
    const fail = (error: unknown) => {
      end(() => reject(error));
      asked.destroy();
    };
    const giveUp = () => fail(new Failure('no answer in time'));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const stale = asked.reusedSocket && isLost(error.code ?? '');
      fail(stale ? new StaleConnection() : error);
    });
    asked.on('response', (answer) => {
      takeBody(answer, maxBytes).then((page) => end(() => resolve(page)), fail);
    });
    asked.end();
  });
}

async function takeBody(answer: IncomingMessage, maxBytes: number): Promise<Received> {
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new Failure(
      `the page is encoded (${oneLine(encoding, 40)}), though nobody asked for that`,
    );
  }
  const bytes = await allBytes(answer, maxBytes);
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const { 'content-length': length, 'transfer-encoding': transfer } = answer.headers;
  const whole = length !== undefined || transfer === 'chunked';
  const text = bytes.toString('utf8');
  const body = whole && !text.endsWith('\n') ? `${text}\n` : text;
  return { status: answer.statusCode ?? 0, type, body, bytes, whole };
}

/** By events: an async iterator costs several times as much, and a page is read every interval. */
function allBytes(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > maxBytes) reject(new Failure(`the page is larger than ${sizeText(maxBytes)}`));
      else parts.push(part);
    });
    answer.on('end', () => resolve(Buffer.concat(parts)));
    answer.on('error', reject);
  });
}

/** Why the page of an answer that isn't a success is none; undefined for one that is. */
export function refusal({ status, asked }: Pick<Page, 'status' | 'asked'>): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  return `the server answers ${status}${hint(status, asked)}`;
}

function hint(status: number, { address, user }: Asked): string {
  if (status === 404) return `: there is no page ${oneLine(address)}`;
  if (status === 401 && user !== undefined) {
    return `: it doesn't accept user ${oneLine(user, 40)} with this password`;
  }
  return HINTS.get(status) ?? '';
}

const RAW_LINES = 50;
const RAW_CHARACTERS = 8_000;

/** The beginning of a page, for people. */
export function rawLines(body: string): string {
  const lines = body.slice(0, RAW_CHARACTERS).trimEnd().split('\n', RAW_LINES);
  return lines.map((line) => oneLine(line)).join('\n');
}

/** The same below what the server said of it. */
export function rawPage({ status, type, body }: Pick<Page, 'status' | 'type' | 'body'>): string {
  return `${status} ${oneLine(type)}\n${rawLines(body)}`.trimEnd();
}

const HINTS: ReadonlyMap<number, string> = new Map([
  [401, ': it asks who you are (user, password)'],
  [403, ": it isn't allowed (see the server's rules for this page)"],
  ...[301, 302, 303, 307, 308].map(
    (status) => [status, ': the page is elsewhere, and redirections are not followed'] as const,
  ),
]);

/** A sentence for people. */
function whyFailed(error: unknown, url: URL): string {
  if (error instanceof Failure) return error.message;
  const { host } = url;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = connectionProblem({ code, message }, url);
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return `${host} doesn't speak HTTP: ${oneLine(message)}`;
  return `${host}: ${oneLine(message || code || String(error))}`;
}
