/**
 * Calls of OpenStack's services by who holds an application credential: Keystone gives a token and
 * says where the services are. A token is kept until it ends or isn't taken any more.
 */
import type { Clock } from '../../core/clock.ts';
import type { Account } from './clouds-yaml.ts';
import { CloudFailure, type FailureKind } from './failure.ts';
import { type Answer, type Exchange, exchange, type Wire } from './http.ts';
import { messageOf, type Token, tokenOf } from './openstack-answer.ts';
import { isPrivate } from './options.ts';
import type { Secrets } from './secrets.ts';

export type Service = 'compute' | 'image';

export interface Call {
  readonly method: Exchange['method'];
  /** Below the service's address. */
  readonly path: string;
  readonly body?: unknown;
}

export interface SessionParts {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly timeoutMs: number;
  /** Read when the first call is made, and again until it could be. */
  account(): Promise<Account>;
}

interface Open {
  readonly account: Account;
  readonly secret: string;
  readonly token: Token;
}

const EARLY_MS = 60_000;
const JSON_TYPE = 'application/json';

export class Session {
  readonly #parts: SessionParts;
  #open: Open | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** A successful answer; anything else is a CloudFailure, whose code is the status. */
  async call(service: Service, call: Call, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#ask(service, call, signal);
    if (answer.status !== 401) return this.#successful(service, answer);
    this.#open = undefined;
    return this.#successful(service, await this.#ask(service, call, signal));
  }

  async #ask(service: Service, { method, path, body }: Call, signal: AbortSignal): Promise<Answer> {
    const { account, secret, token } = await this.#opened(signal);
    const asked = {
      ...{ method, url: `${addressOf(service, token, account)}${path}` },
      headers: { 'x-auth-token': secret, accept: JSON_TYPE, 'content-type': JSON_TYPE },
    };
    const whole = body === undefined ? asked : { ...asked, body: JSON.stringify(body) };
    return exchange(whole, this.#wire(account), signal);
  }

  async #opened(signal: AbortSignal): Promise<Open> {
    const { wallMs } = this.#parts.clock.now();
    if (this.#open === undefined || wallMs > this.#open.token.expiresMs - EARLY_MS) {
      const account = await this.#parts.account();
      this.#parts.secrets.set('credential', account.secret);
      this.#open = await this.#authenticated(account, signal);
    }
    return this.#open;
  }

  async #authenticated(account: Account, signal: AbortSignal): Promise<Open> {
    const { id, secret } = account;
    const identity = {
      methods: ['application_credential'],
      application_credential: { id, secret },
    };
    const asked = {
      ...{ method: 'POST' as const, url: tokensUrl(account.authUrl) },
      headers: { accept: JSON_TYPE, 'content-type': JSON_TYPE },
      body: JSON.stringify({ auth: { identity } }),
    };
    const answer = this.#successful('Keystone', await exchange(asked, this.#wire(account), signal));
    const token = tokenOf(answer.text);
    const given = answer.header('x-subject-token');
    if (token === undefined || given === undefined || !/^[\x21-\x7e]{1,8192}$/.test(given)) {
      throw new CloudFailure("OpenStack: Keystone's answer is not understood", 'unanswered');
    }
    this.#parts.secrets.set('token', given);
    return { account, secret: given, token };
  }

  #wire({ ca }: Account): Wire {
    const { clock, secrets, timeoutMs } = this.#parts;
    return { clock, secrets, timeoutMs, ca };
  }

  #successful(service: Service | 'Keystone', answer: Answer): Answer {
    const { status, text } = answer;
    if (status >= 200 && status < 300) return answer;
    const meaning = MEANINGS.get(`${service} ${status}`) ?? `HTTP status ${status}`;
    const message = messageOf(text);
    const line = `OpenStack (${service}): ${meaning}${message === '' ? '' : `: ${message}`}`;
    throw new CloudFailure(this.#parts.secrets.hide(line), kindOf(status), String(status));
  }
}

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['Keystone 401', 'the application credential is not accepted'],
  ['Keystone 404', 'no Keystone of version 3 is there'],
  ['compute 401', 'the token is not accepted'],
  ['compute 403', 'it is not permitted, or beyond the quota'],
  ['compute 429', 'too many calls at once'],
  ['image 401', 'the token is not accepted'],
]);

/** 413 is what 429 was called in Nova's first years. */
function kindOf(status: number): FailureKind {
  if (status === 429 || status === 413) return 'busy';
  return status >= 500 ? 'unanswered' : 'refused';
}

function tokensUrl(authUrl: string): string {
  const base = privately(authUrl, 'auth_url').replace(/\/+$/, '');
  return `${base.endsWith('/v3') ? base : `${base}/v3`}/auth/tokens`;
}

/** Where the service is, by the catalog. Glance's version is ours to add, and stands there or not. */
function addressOf(service: Service, { endpoints }: Token, account: Account): string {
  const kind = account.interface ?? 'public';
  const found = endpoints.filter(
    (each) =>
      each.service === service &&
      each.interface === kind &&
      (account.region === undefined || each.region === account.region),
  );
  const [first] = found;
  const where = account.region === undefined ? '' : ` in region ${account.region}`;
  if (first === undefined) {
    throw new CloudFailure(`OpenStack: no ${kind} ${service} service${where}`, 'refused');
  }
  if (found.some(({ region }) => region !== first.region)) {
    throw new CloudFailure('OpenStack: there are several regions; give region =', 'refused');
  }
  const url = privately(first.url, `the ${kind} address of the ${service} service`);
  return url.replace(service === 'image' ? /(\/v2(\.\d+)?)?\/*$/ : /\/+$/, '');
}

/** The token opens the project: it isn't sent where others can read it. */
function privately(text: string, what: string): string {
  if (!URL.canParse(text)) throw new CloudFailure(`OpenStack: ${what} is no URL`, 'refused');
  if (isPrivate(new URL(text))) return text;
  throw new CloudFailure(`OpenStack: ${what} would be called in the open, not by https`, 'refused');
}
