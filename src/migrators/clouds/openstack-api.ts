/** The calls of OpenStack's services: bounded, page by page, and tried again where that may help. */
import { type Account, readAccount } from './clouds-yaml.ts';
import { CloudFailure } from './failure.ts';
import type { Answer } from './http.ts';
import type { OpenstackOptions } from './openstack-options.ts';
import { type Call, type Service, Session } from './openstack-session.ts';
import type { CloudParts } from './parts.ts';
import { passes, persistently } from './persistence.ts';
import { Secrets } from './secrets.ts';

/** Of a list, 5,000 entries at most. */
const PAGE = 50;
const PAGES_MAX = 100;

export class OpenstackApi {
  readonly secrets = new Secrets();
  readonly #parts: CloudParts;
  readonly #session: Session;

  constructor(options: OpenstackOptions, parts: CloudParts) {
    this.#parts = parts;
    this.#session = new Session({
      ...{ clock: parts.clock, secrets: this.secrets, timeoutMs: options.call_timeout },
      account: () => accountFor(options),
    });
  }

  /** One try. */
  call(service: Service, call: Call, signal: AbortSignal): Promise<Answer> {
    return this.#session.call(service, call, signal);
  }

  /** For calls that may be made twice. An answer that isn't understood is none. */
  understood<T>(
    service: Service,
    call: Call,
    parse: (answer: Answer) => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    return this.patiently(async () => {
      const value = parse(await this.#session.call(service, call, signal));
      if (value === undefined) throw notUnderstood(`${call.method} ${call.path.split('?')[0]}`);
      return value;
    }, signal);
  }

  patiently<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    again: (failure: CloudFailure) => boolean = passes,
  ): Promise<T> {
    const { clock, random = Math.random } = this.#parts;
    return persistently(work, { clock, random, again }, signal);
  }

  /** All entries of a list, page by page. `query` is asked for with each. */
  async pages<T extends { readonly id: string }>(
    service: Service,
    path: string,
    parse: (text: string) => readonly T[] | undefined,
    signal: AbortSignal,
    query: Readonly<Record<string, string>> = {},
  ): Promise<readonly T[]> {
    const all: T[] = [];
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const last = all.at(-1);
      const marker = last === undefined ? {} : { marker: last.id };
      const asked = new URLSearchParams({ ...query, limit: String(PAGE), ...marker });
      const call = { method: 'GET' as const, path: `${path}?${asked}` };
      const page = await this.understood(service, call, ({ text }) => parse(text), signal);
      // A server may give fewer than it was asked for: only an empty page is the end.
      if (page.length === 0) return all;
      all.push(...page);
    }
    throw refused(`more than ${PAGES_MAX} pages of ${path}`);
  }
}

async function accountFor(options: OpenstackOptions): Promise<Account> {
  const { cloud, auth_url, application_credential_id: id, region, ca } = options;
  const { application_credential_secret: secret } = options;
  if (cloud !== undefined) {
    const account = await readAccount(options.clouds_file, cloud);
    return {
      ...account,
      region: region ?? account.region,
      interface: options.interface ?? account.interface,
      ca: ca ?? account.ca,
    };
  }
  if (auth_url === undefined || id === undefined) {
    throw refused('neither cloud nor auth_url and application_credential_id are in the conf');
  }
  if (secret === undefined) throw refused('application_credential_id has no secret');
  return { authUrl: auth_url, id, secret, region, interface: options.interface, ca };
}

export function refused(text: string): CloudFailure {
  return new CloudFailure(`OpenStack: ${text}`, 'refused');
}

export function notUnderstood(what: string): CloudFailure {
  return new CloudFailure(`OpenStack: the answer to ${what} is not understood`, 'unanswered');
}
