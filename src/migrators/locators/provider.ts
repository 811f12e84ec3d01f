/** The provider's word: `GET /v1/vm` at the address of [provider] (DESIGN.md §12). */
import type { Word } from '../../core/locating.ts';
import { oneLine } from '../../system/said.ts';
import { parseVm, type VmAnswer } from '../../wire/provider.ts';
import type { Locator } from '../migrator.ts';
import type { LocatorContext, LocatorKind } from './locator.ts';
import { unknown } from './said.ts';

export const providerLocator: LocatorKind<Record<never, never>> = {
  kind: 'provider',
  help: 'Asks the provider of [provider] (GET /v1/vm).',
  options: {},
  needs: 'provider',
  open: (_, context) => new ProviderLocator(context),
};

const WHO = 'provider';

class ProviderLocator implements Locator {
  readonly asks = 'the provider';
  readonly #context: LocatorContext;

  constructor(context: LocatorContext) {
    this.#context = context;
  }

  async locate(signal: AbortSignal): Promise<Word> {
    const said = await this.#context.askProvider?.(signal);
    if (said === undefined) return unknown(WHO, 'no [provider] in the conf');
    if ('problem' in said) return unknown(WHO, said.problem);
    const answer = parseVm(said.body);
    if (!answer) return unknown(WHO, `not a provider's answer: ${oneLine(said.body, 40)}`);
    return wordOf(answer, this.#context);
  }
}

/** A host must be one of the conf's, and the guest this one. */
export function wordOf(
  { name, site, host, since }: VmAnswer,
  { vm, hosts, sites }: Pick<LocatorContext, 'vm' | 'hosts' | 'sites'>,
): Word {
  if (name !== vm) return unknown(WHO, `speaks of another guest: ${oneLine(name)}`);
  if (host === null) {
    const known = sites.some((each) => each.name === site);
    const answers = [{ who: WHO, says: `${oneLine(site)}, no host` }];
    return known ? { kind: 'inside', site, answers } : { kind: 'unknown', answers };
  }
  if (!hosts.includes(host)) return unknown(WHO, `not a host of the conf: ${oneLine(host)}`);
  const says = since === undefined ? host : `${host} since ${since}`;
  return { kind: 'at', host, answers: [{ who: WHO, says }] };
}
