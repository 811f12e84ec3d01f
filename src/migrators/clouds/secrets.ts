/**
 * Keeps secrets out of what people read. A server may repeat in an error what it was sent, in
 * whatever way it was written there.
 */
import { oneLine } from '../../system/said.ts';

const HIDDEN = '(secret)';

export class Secrets {
  readonly #known = new Map<string, readonly string[]>();

  /** From now on it is hidden, in place of the one of that name before; an empty one is none. */
  set(name: string, secret: string | undefined): void {
    this.#known.set(name, secret ? formsOf(secret) : []);
  }

  /** One line of `text`. Hidden before it is cut, so that no half of a secret is left. */
  hide(text: string): string {
    // Longer ones first: a secret may hold another.
    const known = [...this.#known.values()].flat().sort((one, other) => other.length - one.length);
    return oneLine(known.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text));
  }
}

/** As it is, and as JSON, an URL, a form, XML and base64 (which Basic and user-data use) write it. */
function formsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(Buffer.from(secret).toString());
  const inForm = new URLSearchParams({ s: secret }).toString().slice(2);
  const inXml = secret.replace(/[&<>"']/g, (one) => `&${XML_NAMES[one]};`);
  return [secret, inJson, inUrl, inForm, inXml, Buffer.from(secret).toString('base64')];
}

const XML_NAMES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};
