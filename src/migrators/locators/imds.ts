/**
 * The site by the metadata that a cloud tells its instances: where they answer, and the zone is one of
 * the site's, the guest is there. Silence says nothing, and no host is known.
 */
import type { Word } from '../../core/locating.ts';
import { httpUrl, listOf } from '../../core/option-shapes.ts';
import { choice, pattern } from '../../core/option-types.ts';
import { option, optional } from '../../core/options.ts';
import { type Imds, imds } from '../clouds/imds.ts';
import type { Locator } from '../migrator.ts';
import type { LocatorContext, LocatorKind } from './locator.ts';
import { unknown } from './said.ts';

const zoneName = pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'the name of a zone');

const options = {
  cloud: option(choice('ec2', 'openstack'), 'ec2', { help: 'Whose metadata they are.' }),
  zones: optional(listOf(zoneName, 'list of zones'), {
    example: 'eu-north-1a, eu-north-1b',
    help: 'The zones of the site that asks it; any by default.',
  }),
  endpoint: optional(httpUrl, {
    example: 'http://169.254.169.254/',
    help: "Where the metadata are; the clouds' own address by default.",
  }),
};

export const imdsLocator: LocatorKind<typeof options> = {
  kind: 'imds',
  help: "The instance metadata of EC2 or OpenStack tell that the guest is at the cloud's site.",
  options,
  needs: 'one site',
  open({ cloud, zones, endpoint: url }, context) {
    const { clock } = context;
    const metadata = imds({ clock, cloud, ...(url === undefined ? {} : { url }) });
    return new ImdsLocator(metadata, zones, context);
  },
};

const WHO = 'instance metadata';

class ImdsLocator implements Locator {
  readonly onlyWarns = true;
  readonly #metadata: Imds;
  readonly #zones: readonly string[] | undefined;
  readonly #context: LocatorContext;

  constructor(metadata: Imds, zones: readonly string[] | undefined, context: LocatorContext) {
    this.#metadata = metadata;
    this.#zones = zones;
    this.#context = context;
  }

  async locate(signal: AbortSignal): Promise<Word> {
    const zone = await this.#metadata.zone(signal);
    if (!('value' in zone)) return unknown(WHO, 'failed' in zone ? zone.failed : zone.none);
    const { sites } = this.#context;
    const [site, another] = sites;
    if (!site || another) return unknown(WHO, `zone ${zone.value}; ${sites.length} sites ask`);
    if (this.#zones && !this.#zones.includes(zone.value)) {
      return unknown(WHO, `zone ${zone.value}, none of ${site.name}`);
    }
    const says = `zone ${zone.value}, of ${site.name}`;
    return { kind: 'inside', site: site.name, answers: [{ who: WHO, says }] };
  }
}
