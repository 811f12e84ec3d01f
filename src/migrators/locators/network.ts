/**
 * The site by the network that the guest finds itself in, as the thesis did by the broadcast address
 * (`myHomeBroadcast`). It asks nobody, and knows no host.
 */
import { BlockList, isIP } from 'node:net';
import type { Word } from '../../core/locating.ts';
import type { Locator } from '../migrator.ts';
import type { KnownSite, LocatorContext, LocatorKind, OwnAddress } from './locator.ts';
import { unknown } from './said.ts';

export const networkLocator: LocatorKind<Record<never, never>> = {
  kind: 'network',
  help: "The guest's own addresses tell the site, by its broadcast or cidr.",
  options: {},
  needs: 'networks',
  open: (_, context) => new NetworkLocator(context),
};

const WHO = 'own addresses';
/** So many are told. */
const TOLD_MAX = 5;

class NetworkLocator implements Locator {
  readonly onlyWarns = true;
  readonly #context: LocatorContext;

  constructor(context: LocatorContext) {
    this.#context = context;
  }

  async locate(): Promise<Word> {
    return siteByAddress(this.#context.addresses(), this.#context.sites);
  }
}

/** `inside` where exactly one site's network holds an address of this machine. */
export function siteByAddress(own: readonly OwnAddress[], sites: readonly KnownSite[]): Word {
  const outer = own.filter(({ internal }) => !internal);
  const found = sites.flatMap((site) => {
    const match = outer.find((address) => belongs(address, site));
    return match ? [{ site: site.name, address: match.address }] : [];
  });
  const [first, second] = found;
  if (!first) return unknown(WHO, listed(outer));
  const says = found.map(({ site, address }) => `${address}, of ${site}`).join('; ');
  if (second) return unknown(WHO, says);
  return { kind: 'inside', site: first.site, answers: [{ who: WHO, says }] };
}

function belongs({ address, cidr }: OwnAddress, { broadcast, cidrs }: KnownSite): boolean {
  if (broadcast !== undefined && cidr !== null && broadcastOf(cidr) === broadcast) return true;
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return cidrs.some((range) => holds(range, address, family));
}

function holds(range: string, address: string, family: 'ipv4' | 'ipv6'): boolean {
  const [network = '', bits] = range.split('/');
  if (isIP(network) !== (family === 'ipv6' ? 6 : 4)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/** Of an IPv4 network; others have none. */
export function broadcastOf(cidr: string): string | undefined {
  const [address = '', bits] = cidr.split('/');
  if (isIP(address) !== 4 || bits === undefined) return undefined;
  const hostBits = 2 ** (32 - Number(bits));
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const last = Math.floor(number / hostBits) * hostBits + hostBits - 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
}

function listed(addresses: readonly OwnAddress[]): string {
  if (addresses.length === 0) return 'none';
  const told = addresses.slice(0, TOLD_MAX).map(({ address }) => address);
  const more = addresses.length > TOLD_MAX ? ` and ${addresses.length - TOLD_MAX} more` : '';
  return `${told.join(', ')}${more}, in no site’s network`;
}
