/**
 * One exchange with a cloud's API: bounded in time and size, over a connection of its own. No
 * redirection is followed and no proxy used, since either would be shown the credentials. What went
 * wrong is a CloudFailure.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { sizeText } from '../../core/option-types.ts';
import { connectionProblem, isLost, isUnreached } from '../../system/connection.ts';
import { withDeadline } from '../../system/deadline.ts';
import { CloudFailure, type FailureKind } from './failure.ts';
import type { Secrets } from './secrets.ts';

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined where it wasn't sent, or more than once. */
  header(name: string): string | undefined;
}

/** What all calls of one cloud have in common. */
export interface Wire {
  readonly clock: Clock;
  /** How long one exchange may take. */
  readonly timeoutMs: number;
  /** A file with the authorities to trust; the system's where it is undefined. */
  readonly ca: string | undefined;
  readonly secrets: Secrets;
}

/** A page of instances has some 100 KiB; XML keeps the daemon from all else while it is read. */
const ANSWER_MAX_BYTES = 2 ** 20;

/** Any status is an answer. */
export function exchange(asked: Exchange, wire: Wire, signal: AbortSignal): Promise<Answer> {
  return withDeadline(wire.timeoutMs, signal, wire.clock, async (bound) => {
    try {
      return await send(asked, wire, bound);
    } catch (error) {
      throw whyFailed(error, new URL(asked.url), wire.secrets);
    }
  });
}

async function send(asked: Exchange, { ca }: Wire, signal: AbortSignal): Promise<Answer> {
  const { default: axios } = await import('axios');
  const { method, url, headers, body } = asked;
  const answer = await axios.request<unknown>({
    ...{ method, url, signal, data: body },
    headers: { 'user-agent': 'vmmanage', 'accept-encoding': 'identity', ...headers },
    ...(await agentFor(url, ca)),
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    maxContentLength: ANSWER_MAX_BYTES,
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(text: unknown) => text],
    validateStatus: () => true,
  });
  const header = (name: string) => {
    const value: unknown = answer.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { status: answer.status, text: String(answer.data ?? ''), header };
}

/** None is kept: hours lie between two calls, and one sent over a dead connection is unanswered. */
async function agentFor(url: string, ca: string | undefined) {
  if (!url.startsWith('https:')) return { httpAgent: new Agent({ keepAlive: false }) };
  const { Agent: TlsAgent } = await import('node:https');
  const trusted = ca === undefined ? {} : { ca: await readFile(ca) };
  return { httpsAgent: new TlsAgent({ keepAlive: false, minVersion: 'TLSv1.2', ...trusted }) };
}

/** A file that isn't there, or a certificate: trying again at once won't help. */
const LASTING = /^(ENOENT|EACCES|EISDIR|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

function kindOf(code: string): FailureKind {
  if (isLost(code)) return 'unanswered';
  return isUnreached(code) ? 'busy' : 'refused';
}

function whyFailed(error: unknown, url: URL, secrets: Secrets): CloudFailure {
  const { host } = url;
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  const failure = (text: string, kind: FailureKind) => new CloudFailure(secrets.hide(text), kind);
  if (code === 'ERR_CANCELED') return failure(`no answer from ${host} in time`, 'unanswered');
  const known = connectionProblem({ code, message }, url);
  if (known !== undefined) return failure(known, kindOf(code));
  if (LASTING.test(code)) return failure(`${host}: ${message || code}`, 'refused');
  if (/maxContentLength/.test(message)) {
    return failure(`${host} answers with more than ${sizeText(ANSWER_MAX_BYTES)}`, 'unanswered');
  }
  return failure(`${host}: ${message || code}`, 'unanswered');
}
