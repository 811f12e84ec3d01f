/**
 * One exchange over HTTP, with a queue's server, the taker of its results or a clone's mailbox: bounded
 * in time and size, no redirect followed, no compression taken. It never rejects: what went wrong is an
 * answer with a reason, without secrets. The package is read only where the conf needs it.
 */
import { readFile } from 'node:fs/promises';
import { connectionProblem } from './connection.ts';
import { oneLine } from './said.ts';

export interface Exchange {
  readonly method: 'DELETE' | 'GET' | 'MOVE' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes: number;
  readonly access: Access;
}

/** Who asks, and whose certificates are trusted. */
export interface Access {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly ca?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** The media type, in small letters and without its parameters; empty where none was said. */
  readonly type: string;
  /** What `if-none-match` asks about: whether the body is still the same. */
  readonly etag?: string;
  readonly body: Buffer;
  /** Why the body may not be what the server has, or not all of it. */
  readonly doubt?: string;
}

export async function exchange(
  { method, url, headers = {}, body, maxBytes, access }: Exchange,
  signal: AbortSignal,
): Promise<Answer | { readonly failed: string }> {
  try {
    const { default: axios } = await import('axios');
    const { user, password = '', token } = access;
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await axios.request<Buffer>({
      ...{ method, url, signal, data: body },
      headers: { 'user-agent': 'vmmanage', 'accept-encoding': 'identity', ...bearer, ...headers },
      ...(user === undefined ? {} : { auth: { username: user, password } }),
      ...(await secure(url, access.ca)),
      responseType: 'arraybuffer',
      decompress: false,
      maxRedirects: 0,
      // Passwords, tokens and results go to where the conf says, whatever http_proxy may be set to.
      proxy: false,
      maxContentLength: maxBytes,
      maxBodyLength: Number.POSITIVE_INFINITY,
      validateStatus: () => true,
    });
    return { status: answer.status, ...described(answer.headers), body: answer.data };
  } catch (error) {
    return { failed: whyFailed(error, new URL(url)) };
  }
}

type Headers = Readonly<Record<string, unknown>>;

function described(headers: Headers): Pick<Answer, 'type' | 'etag' | 'doubt'> {
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  const etag = headers['etag'];
  const doubt = doubtOf(headers);
  return {
    type: type.trim().toLowerCase(),
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

/** A server that doesn't tell how much comes just hangs up, be it at the end or in the middle. */
function doubtOf(headers: Headers): string | undefined {
  const encoding = String(headers['content-encoding'] ?? 'identity');
  if (encoding !== 'identity') return `it is encoded (${oneLine(encoding, 40)}), unasked`;
  const told =
    headers['content-length'] !== undefined || headers['transfer-encoding'] === 'chunked';
  return told ? undefined : "the server doesn't tell its length, so it may not be whole";
}

async function secure(url: string, ca: string | undefined) {
  if (ca === undefined || !url.startsWith('https:')) return {};
  const { Agent } = await import('node:https');
  return { httpsAgent: new Agent({ ca: await readFile(ca), minVersion: 'TLSv1.2' }) };
}

/** A sentence for people. */
function whyFailed(error: unknown, url: URL): string {
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  if (code === 'ERR_CANCELED') return `no answer from ${url.host} in time`;
  const known = connectionProblem({ code, message }, url);
  return known ?? `${url.host}: ${oneLine(message || code)}`;
}

/** What a status that isn't the one hoped for means to who has asked with this, for people. */
export function statusText(status: number, access: Access): string {
  return `the server answers ${status}${hint(status, access)}`;
}

function hint(status: number, { user, token }: Access): string {
  if (status === 401 && token !== undefined) return ": it doesn't accept this token";
  if (status === 401 && user !== undefined) {
    return `: it doesn't accept user ${oneLine(user, 40)} with this password`;
  }
  return HINTS.get(status) ?? '';
}

const HINTS: ReadonlyMap<number, string> = new Map([
  [401, ': it asks who you are (a user with a password, or a token)'],
  [403, ": it isn't allowed (see the server's rules for this page)"],
  [405, ": it doesn't know how to (is WebDAV on there?)"],
  [423, ': it is locked'],
]);
