/** The calls of EC2's query API: signed, bounded, and tried again where that may help. */

import * as answers from './ec2-answer.ts';
import { type Asker, askerOf } from './ec2-credentials.ts';
import { failureOf } from './ec2-faults.ts';
import { type Ec2Options, ec2Endpoint } from './ec2-options.ts';
import { type Form, formBody } from './ec2-request.ts';
import { signed } from './ec2-sign.ts';
import { CloudFailure } from './failure.ts';
import { exchange, type Wire } from './http.ts';
import type { Imds } from './imds.ts';
import type { CloudParts } from './parts.ts';
import { passes, persistently } from './persistence.ts';
import { Secrets } from './secrets.ts';
import { type Element, readXml } from './xml.ts';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

export class Ec2Api {
  readonly secrets = new Secrets();
  readonly #options: Ec2Options;
  readonly #parts: CloudParts;
  readonly #wire: Wire;
  readonly #asker: Asker;

  constructor(options: Ec2Options, parts: CloudParts, imds: Imds) {
    const { clock } = parts;
    const { secrets } = this;
    this.#options = options;
    this.#parts = parts;
    this.#wire = { clock, timeoutMs: options.call_timeout, ca: options.ca, secrets };
    this.#asker = askerOf(options, { clock, secrets, imds });
  }

  /** An answer that isn't understood is none: what was asked for may have been done. */
  understood<T>(
    form: Form,
    parse: (root: Element | undefined) => T | undefined,
    signal: AbortSignal,
    again = passes,
  ): Promise<T> {
    const work = async () => {
      const value = parse(await this.#call(form, signal));
      if (value !== undefined) return value;
      throw new CloudFailure(
        `EC2: the answer to ${form['Action']} is not understood`,
        'unanswered',
      );
    };
    const { clock, random = Math.random } = this.#parts;
    return persistently(work, { clock, random, again }, signal);
  }

  /** What EC2 answers where it did what it was asked for. */
  async #call(form: Form, signal: AbortSignal): Promise<Element | undefined> {
    const { region } = this.#options;
    const wallMs = this.#parts.clock.now().wallMs;
    const asked = {
      method: 'POST' as const,
      url: ec2Endpoint(this.#options),
      headers: { 'content-type': FORM },
      body: formBody(form),
    };
    const credentials = await this.#asker.credentials(signal);
    const call = await signed(asked, credentials, { region, service: 'ec2', wallMs });
    const { status, text } = await exchange(call, this.#wire, signal);
    const root = await readXml(text);
    if (status === 200) return root;
    const fault = answers.faultOf(root);
    if (fault !== undefined) throw failureOf(fault, status, this.secrets);
    const kind = status >= 500 ? 'unanswered' : status === 429 ? 'busy' : 'refused';
    throw new CloudFailure(`EC2: HTTP status ${status} from ${new URL(asked.url).host}`, kind);
  }
}
