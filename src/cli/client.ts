/**
 * Asks the daemon over its control sockets, and turns every way in which that can go wrong into
 * the exit status and the sentence for it. Answers come back as they were sent: what prints them
 * escapes them (render/clean.ts).
 */
import { join } from 'node:path';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { ACT_SOCKET, LOOK_SOCKET } from '../wire/control.ts';
import { isError } from './answers.ts';
import { CliError, EXIT, type ExitStatus } from './exit.ts';
import type { Guard } from './shape.ts';

export interface Client {
  /** GET on the socket to look. */
  look<T>(path: string, guard: Guard<T>, signal?: AbortSignal): Promise<T>;
  /** POST on the socket to act. */
  act<T>(path: string, body: object, guard: Guard<T>, signal?: AbortSignal): Promise<T>;
}

export interface ClientOptions {
  /** The daemon's runtime folder. */
  readonly folder: string;
  readonly timeoutMs?: number;
}

/** Longer than a look at the hosts may take. */
const TIMEOUT_MS = 60_000;
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

export function openClient({ folder, timeoutMs = TIMEOUT_MS }: ClientOptions): Client {
  let http: Promise<AxiosInstance> | undefined;
  const ask: Ask = async (socket, request) => {
    http ??= instance(timeoutMs);
    const { method, path, body, signal } = request;
    const more = { ...(body ? { data: body } : {}), ...(signal ? { signal } : {}) };
    try {
      const socketPath = join(folder, socket);
      return await (await http).request({ method, url: path, socketPath, ...more });
    } catch (error) {
      throw unreachable(error, folder, socket, timeoutMs);
    }
  };
  /** Whoever may act is answered there what others are told at the socket to look. */
  const look = (request: Request) =>
    ask(LOOK_SOCKET, request).catch((error: unknown) => {
      if (!(error instanceof CliError) || error.status !== EXIT.denied) throw error;
      // Where that isn't permitted either, the socket to look is what is missed.
      return ask(ACT_SOCKET, request).catch(() => Promise.reject(error));
    });
  return {
    look: async (path, guard, signal) =>
      understood(await look({ method: 'GET', path, ...given(signal) }), guard),
    act: async (path, body, guard, signal) =>
      understood(await ask(ACT_SOCKET, { method: 'POST', path, body, ...given(signal) }), guard),
  };
}

type Ask = (socket: string, request: Request) => Promise<AxiosResponse<unknown>>;

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

function given(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}

async function instance(timeoutMs: number): Promise<AxiosInstance> {
  const { default: axios } = await import('axios');
  return axios.create({
    baseURL: 'http://vmmanage',
    timeout: timeoutMs,
    maxContentLength: ANSWER_MAX_BYTES,
    maxRedirects: 0,
    // A proxy of the environment must never see what is meant for a socket.
    proxy: false,
    responseType: 'text',
    transformResponse: [parsed],
    validateStatus: () => true,
  });
}

/** Undefined where it isn't JSON: no guard takes that. */
function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function understood<T>({ status, data }: AxiosResponse<unknown>, guard: Guard<T>): T {
  if (status >= 400) throw refused(status, data);
  if (guard(data)) return data;
  throw new CliError(EXIT.failed, "the daemon's answer isn't understood", [
    'is the daemon another version? see vmmanage version, and restart it',
  ]);
}

const STATUSES: Readonly<Record<number, ExitStatus>> = {
  400: EXIT.usage,
  401: EXIT.denied,
  403: EXIT.denied,
  409: EXIT.held,
};

/** What an answer of 400 or more means. */
export function refused(status: number, data: unknown): CliError {
  const exit = STATUSES[status] ?? EXIT.failed;
  if (!isError(data)) return new CliError(exit, `the daemon answered with status ${status}`);
  const { error, change, problems = [] } = data;
  const wrongConf = problems.length > 0;
  const hints = [...problems, ...(change === undefined ? [] : [`to change it: ${change}`])];
  return new CliError(wrongConf ? EXIT.conf : exit, error, hints);
}

/** Why a socket can't be asked. */
export function unreachable(
  error: unknown,
  folder: string,
  socket: string,
  timeoutMs: number,
): CliError {
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  switch (code) {
    case 'ENOENT':
      return noDaemon(`no socket in ${folder}`);
    // What a killed daemon leaves.
    case 'ECONNREFUSED':
      return noDaemon(`nothing answers at ${join(folder, socket)}`);
    case 'EACCES':
    case 'EPERM':
      return new CliError(EXIT.denied, `not permitted: ${join(folder, socket)}`, [
        `root and members of the group ${groupOf(socket)} may`,
      ]);
    case 'ECONNABORTED':
    case 'ETIMEDOUT':
      return new CliError(EXIT.failed, `the daemon doesn't answer (${timeoutMs / 1000} s)`);
    case 'ERR_CANCELED':
      return new CliError(EXIT.interrupted, 'interrupted');
    case 'ECONNRESET':
      return new CliError(EXIT.noDaemon, 'the daemon ended while it was asked');
    default:
      return new CliError(EXIT.failed, `the daemon can't be asked: ${message}`);
  }
}

function noDaemon(why: string): CliError {
  const hints = ['start it: systemctl start vmmanage'];
  return new CliError(EXIT.noDaemon, `the daemon isn't running (${why})`, hints);
}

function groupOf(socket: string): string {
  return socket === ACT_SOCKET ? 'vmmanage-admin' : 'vmmanage';
}
