/**
 * The mailbox of home and its clones: a folder of a web server that takes PUT and GET, a WebDAV or
 * an object store. Each document is put whole and read whole, and taken away when its request is over. It never rejects, and decides nothing.
 */
import { exchange, statusText } from '../../system/exchange.ts';
import {
  DOCUMENT_MAX_BYTES,
  formatDocument,
  type Posted,
  parsePosted,
  WHATS,
  type What,
} from '../../wire/clone.ts';
import type { MailboxOptions } from './options.ts';

/** `failed`: nobody can say what it holds, or whether it is there. */
export type Read<W extends What> =
  | { readonly document: Extract<Posted, { what: W }> }
  | { readonly none: string }
  | { readonly failed: string };

/** What is answered where the conf names none. */
const NONE = 'the conf gives none (mailbox)';

/** What an answer to a PUT or a DELETE may hold: nobody reads it. */
const ANSWER_MAX_BYTES = 64 * 1024;

export class Mailbox {
  readonly #url: string;
  readonly #options: MailboxOptions;

  /** `url` is the folder's, where it isn't the one of the options; empty: there is none. */
  constructor(options: MailboxOptions, url: string = options.mailbox ?? '') {
    this.#options = options;
    this.#url = url;
  }

  get url(): string {
    return this.#url;
  }

  /** Says why it couldn't be put; it may be there all the same. */
  async put(document: Posted, signal: AbortSignal): Promise<string | undefined> {
    if (this.#url === '') return NONE;
    const body = formatDocument(document);
    if (Buffer.byteLength(body) > DOCUMENT_MAX_BYTES) return 'the document is too long';
    const asked = {
      ...({ method: 'PUT', url: this.#at(document), body, maxBytes: ANSWER_MAX_BYTES } as const),
      ...{ access: this.#access(), headers: { 'content-type': 'application/json' } },
    };
    const answer = await exchange(asked, signal);
    if ('failed' in answer) return answer.failed;
    return answer.status >= 200 && answer.status < 300
      ? undefined
      : statusText(answer.status, this.#access());
  }

  async get<W extends What>(
    what: W,
    about: { readonly vm: string; readonly request: string },
    signal: AbortSignal,
  ): Promise<Read<W>> {
    if (this.#url === '') return { failed: NONE };
    const { vm, request } = about;
    const url = this.#at({ vm, request, what });
    const maxBytes = DOCUMENT_MAX_BYTES;
    const answer = await exchange({ method: 'GET', url, maxBytes, access: this.#access() }, signal);
    if ('failed' in answer) return answer;
    if (answer.status === 404) return { none: `no ${what}` };
    if (answer.status !== 200) return { failed: statusText(answer.status, this.#access()) };
    const document = parsePosted(answer.body.toString('utf8'), what, { vm, request });
    return document ? { document } : { failed: `${what} isn't understood: another version?` };
  }

  /** Takes away what a request has left there. False where another try may help. */
  async clear(
    about: { readonly vm: string; readonly request: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const cleared = WHATS.map(async (what) => {
      const url = this.#at({ ...about, what });
      const access = this.#access();
      const asked = { method: 'DELETE', url, maxBytes: ANSWER_MAX_BYTES, access } as const;
      const answer = await exchange(asked, signal);
      return !('failed' in answer) && answer.status < 500;
    });
    return (await Promise.all(cleared)).every((done) => done);
  }

  #at({ vm, request, what }: { vm: string; request: string; what: string }): string {
    const folder = this.#url.endsWith('/') ? this.#url : `${this.#url}/`;
    return new URL(encodeURIComponent(`${vm}.${request}.${what}`), folder).href;
  }

  #access() {
    const { mailbox_user: user, mailbox_password: password } = this.#options;
    const { mailbox_token: token, mailbox_ca: ca } = this.#options;
    return { user, password, token, ca };
  }
}
