/**
 * The metadata that a cloud tells each of its instances at a link-local address: EC2's with a
 * session token (IMDSv2), OpenStack's own without. Over a connection of its own that no proxy ever
 * sees, soon given up, bounded, and never rejecting. It tells what it read, and judges nothing.
 */
import { request } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../system/deadline.ts';
import { oneLine } from '../../system/said.ts';
import type { Credentials } from './ec2-sign.ts';
import { own, readJson, recordOf } from './json.ts';

/** `none`: the metadata say that there is no such thing. `failed`: nobody knows. */
export type Found<T> =
  | { readonly value: T }
  | { readonly none: string }
  | { readonly failed: string };

export interface RoleCredentials extends Credentials {
  readonly expiresMs: number;
}

export interface Imds {
  /** A changed one means: this is a clone. */
  instanceId(signal: AbortSignal): Promise<Found<string>>;
  zone(signal: AbortSignal): Promise<Found<string>>;
  /** EC2 alone: elsewhere there are none. */
  roleCredentials(signal: AbortSignal): Promise<Found<RoleCredentials>>;
}

export interface ImdsParts {
  readonly clock: Clock;
  readonly cloud: 'ec2' | 'openstack';
  /** Where they are, if not at their own address. */
  readonly url?: string | undefined;
}

const ADDRESS = 'http://169.254.169.254/';
/** Of the environment: another address, as for the tools of EC2 itself. */
export const METADATA_URL = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';
/** It is answered by the host itself, in a millisecond or never. */
const CALL_MS = 1_500;
const TOKEN_SECONDS = 300;
const ANSWER_MAX_BYTES = 64 * 1024;

export function imds({
  clock,
  cloud,
  url = process.env[METADATA_URL] ?? ADDRESS,
}: ImdsParts): Imds {
  const ask = (asked: Asked, signal: AbortSignal) =>
    withDeadline(CALL_MS, signal, clock, (bound) => send(new URL(asked.path, url), asked, bound));
  return cloud === 'ec2' ? new Ec2Metadata(ask, clock) : new OpenstackMetadata(ask);
}

interface Asked {
  readonly path: string;
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
}

type Answered = Found<string> & { readonly status?: number };
type Ask = (asked: Asked, signal: AbortSignal) => Promise<Answered>;

class Ec2Metadata implements Imds {
  readonly #ask: Ask;
  readonly #clock: Clock;
  #token: { readonly value: string; readonly untilMs: number } | undefined;

  constructor(ask: Ask, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  instanceId(signal: AbortSignal): Promise<Found<string>> {
    return this.#read('meta-data/instance-id', word(/^i-[0-9a-f]{8,17}$/), signal);
  }

  zone(signal: AbortSignal): Promise<Found<string>> {
    return this.#read('meta-data/placement/availability-zone', word(ZONE), signal);
  }

  async roleCredentials(signal: AbortSignal): Promise<Found<RoleCredentials>> {
    const folder = 'meta-data/iam/security-credentials/';
    const role = await this.#read(folder, word(/^[\w+=,.@-]{1,64}$/), signal);
    if (!('value' in role)) return role;
    return this.#read(`${folder}${role.value}`, roleCredentialsOf, signal);
  }

  /** A token is asked for once, and again where it is no longer taken. */
  async #read<T>(
    path: string,
    parse: (text: string) => T | undefined,
    signal: AbortSignal,
  ): Promise<Found<T>> {
    const answer = await this.#withToken(path, signal);
    if (answer.status !== 401) return parsed(answer, parse, path);
    this.#token = undefined;
    return parsed(await this.#withToken(path, signal), parse, path);
  }

  async #withToken(path: string, signal: AbortSignal): Promise<Answered> {
    const token = await this.#freshToken(signal);
    if ('failed' in token) return token;
    if ('none' in token) return { failed: 'instance metadata: no session tokens (IMDSv2) here' };
    const headers = { 'x-aws-ec2-metadata-token': token.value };
    return this.#ask({ path: `latest/${path}`, headers }, signal);
  }

  async #freshToken(signal: AbortSignal): Promise<Found<string>> {
    if (this.#token && this.#clock.monotonicMs() < this.#token.untilMs) return this.#token;
    const beganMs = this.#clock.monotonicMs();
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) };
    const answer = await this.#ask({ path: 'latest/api/token', method: 'PUT', headers }, signal);
    const token = parsed(answer, word(/^[A-Za-z0-9_=+/-]{1,512}$/), 'api/token');
    if ('value' in token) {
      this.#token = { ...token, untilMs: beganMs + (TOKEN_SECONDS / 2) * 1000 };
    }
    return token;
  }
}

class OpenstackMetadata implements Imds {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  instanceId(signal: AbortSignal): Promise<Found<string>> {
    return this.#read('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, signal);
  }

  zone(signal: AbortSignal): Promise<Found<string>> {
    return this.#read('availability_zone', ZONE, signal);
  }

  async roleCredentials(): Promise<Found<never>> {
    return { none: 'OpenStack gives instances no role' };
  }

  async #read(key: string, shape: RegExp, signal: AbortSignal): Promise<Found<string>> {
    const path = 'openstack/latest/meta_data.json';
    const parse = (text: string) => matching(own(readJson(text), key), shape);
    return parsed(await this.#ask({ path }, signal), parse, path);
  }
}

const ZONE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

function parsed<T>(
  answer: Found<string>,
  parse: (text: string) => T | undefined,
  path: string,
): Found<T> {
  if ('none' in answer) return { none: answer.none };
  if ('failed' in answer) return { failed: answer.failed };
  const value = parse(answer.value);
  return value === undefined ? { failed: `${path}: not understood` } : { value };
}

/** Never settles but by `signal`, an answer or a failure. */
function send(
  url: URL,
  { method = 'GET', headers = {} }: Asked,
  signal: AbortSignal,
): ReturnType<Ask> {
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ failed: oneLine(`instance metadata: ${why}`) });
    // No agent: neither a proxy of the environment nor a connection of somebody else's.
    const asked = request(url, { method, headers, agent: false, signal }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > ANSWER_MAX_BYTES) asked.destroy(new Error('answers with far too much'));
        else chunks.push(chunk);
      });
      answer.on('end', () => resolve({ ...said(status, chunks), status }));
      answer.on('error', ({ message }) => fail(signal.aborted ? NO_ANSWER : message));
    });
    asked.on('error', ({ message }) => fail(signal.aborted ? NO_ANSWER : message));
    asked.end();
  });
}

const NO_ANSWER = 'no answer in time';

function said(status: number, chunks: readonly Buffer[]): Found<string> {
  if (status === 200) return { value: Buffer.concat(chunks).toString('utf8').trim() };
  if (status === 404) return { none: 'the instance metadata have no such entry' };
  return { failed: `instance metadata: HTTP status ${status}` };
}

function word(shape: RegExp): (text: string) => string | undefined {
  return (text) => matching(text, shape);
}

function matching(value: unknown, shape: RegExp): string | undefined {
  return typeof value === 'string' && shape.test(value) ? value : undefined;
}

export function roleCredentialsOf(text: string): RoleCredentials | undefined {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = recordOf(readJson(text)) ?? {};
  const accessKey = matching(AccessKeyId, /^[A-Z0-9]{16,128}$/);
  const secretKey = matching(SecretAccessKey, SECRET);
  const sessionToken = matching(Token, SECRET);
  const expiresMs = timeOf(Expiration);
  if (accessKey === undefined || secretKey === undefined) return undefined;
  if (sessionToken === undefined || expiresMs === undefined) return undefined;
  return { accessKey, secretKey, sessionToken, expiresMs };
}

/** Fit for a header. */
const SECRET = /^[\x21-\x7e]{8,8192}$/;

/** As EC2 writes it: in UTC, to the second. */
function timeOf(value: unknown): number | undefined {
  const text = matching(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
