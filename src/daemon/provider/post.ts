/**
 * One POST to the provider, and what came of it. No redirection is followed and no proxy used, since
 * either would be shown the token; nothing of a failure but its code is passed on, for the same reason.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { Agent as TlsAgent } from 'node:https';
import type { AxiosRequestConfig } from 'axios';
import type { ProviderSettings } from '../../conf/loaded.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../system/deadline.ts';
import { oneLine } from '../../system/said.ts';
import { isNoTls } from '../../system/tls.ts';
import { refusesForGood } from '../../wire/http-status.ts';
import { READINGS_PATH } from '../../wire/provider.ts';

/** `refused`: this push will never be taken, however often it is sent. */
export type Posted =
  | { readonly result: 'taken' }
  | { readonly result: 'failed' | 'refused'; readonly problem: string };

export interface Poster {
  /** Never rejects. */
  post(body: object, signal: AbortSignal): Promise<Posted>;
  close(): void;
}

const ANSWER_MAX_BYTES = 64 * 1024;

export function openPoster(settings: ProviderSettings, clock: Clock): Poster {
  const { url, ca, timeoutMs } = settings;
  const address = `${url.replace(/\/+$/, '')}${READINGS_PATH}`;
  let agents: Promise<Agents> | undefined;
  const post = async (body: object, signal: AbortSignal): Promise<Posted> => {
    try {
      agents ??= agentsFor(ca);
      return await send(address, body, { ...(await agents), ...requestOf(settings), signal });
    } catch (error) {
      // A file that couldn't be read may be there the next time.
      await agents?.catch(() => {
        agents = undefined;
      });
      return { result: 'failed', problem: signal.aborted ? 'no answer in time' : codeOf(error) };
    }
  };
  return {
    post: (body, signal) => withDeadline(timeoutMs, signal, clock, (bound) => post(body, bound)),
    close: () => void agents?.then(destroy, () => undefined),
  };
}

interface Agents {
  readonly httpAgent: Agent;
  readonly httpsAgent: TlsAgent;
}

async function agentsFor(ca: string | undefined): Promise<Agents> {
  const { Agent: TlsAgent } = await import('node:https');
  const kept = { keepAlive: true, maxSockets: 1 };
  const trusted = ca === undefined ? {} : { ca: await readFile(ca) };
  return { httpAgent: new Agent(kept), httpsAgent: new TlsAgent({ ...kept, ...trusted }) };
}

function destroy({ httpAgent, httpsAgent }: Agents): void {
  httpAgent.destroy();
  httpsAgent.destroy();
}

function requestOf({ token = '' }: ProviderSettings): AxiosRequestConfig {
  return {
    headers: { authorization: `Bearer ${token}` },
    maxRedirects: 0,
    proxy: false,
    maxContentLength: ANSWER_MAX_BYTES,
    responseType: 'text',
    transformResponse: [(text: unknown) => text],
    validateStatus: () => true,
  };
}

async function send(address: string, body: object, request: AxiosRequestConfig): Promise<Posted> {
  const { default: axios } = await import('axios');
  const { status, data } = await axios.post<unknown>(address, body, request);
  if (status >= 200 && status < 300) return answered(String(data));
  return {
    result: refusesForGood(status) ? 'refused' : 'failed',
    problem: `HTTP status ${status}`,
  };
}

/** A page that says 200 to everything is no provider. */
function answered(body: string): Posted {
  if (body.trim() === '' || isObject(body)) return { result: 'taken' };
  return { result: 'failed', problem: `not a provider's answer: ${oneLine(body, 40)}` };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && isNoTls(error)) return 'no TLS is spoken there';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return oneLine(typeof code === 'string' ? code : 'failed');
}
