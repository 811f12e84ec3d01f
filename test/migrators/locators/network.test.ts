/** The site by addresses: those of captured interfaces, and those of this machine. */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { KnownSite } from '../../../src/migrators/locators/locator.ts';
import {
  broadcastOf,
  networkLocator,
  siteByAddress,
} from '../../../src/migrators/locators/network.ts';
import { contextWith, NEVER, told } from './context.ts';

const own = (cidr: string, internal = false) => ({
  address: cidr.split('/')[0] ?? '',
  cidr,
  internal,
});

const OSLO: KnownSite = { name: 'oslo', broadcast: '128.39.73.255', cidrs: ['2001:700::/32'] };
const AWS: KnownSite = { name: 'aws', cidrs: ['10.0.0.0/8', '172.31.0.0/16'] };

describe('the guest is', () => {
  it.each<[string, readonly string[], string]>([
    ['where its broadcast address is the site’s', ['128.39.73.7/24'], 'inside oslo'],
    ['not where only the address is near', ['128.39.73.7/22'], 'unknown'],
    ['where its address lies in the site’s network', ['10.200.0.1/24'], 'inside aws'],
    ['where its IPv6 address does', ['fe80::1/64', '2001:700:1::9/64'], 'inside oslo'],
    ['where one of several addresses does', ['192.168.1.1/24', '172.31.5.5/20'], 'inside aws'],
    ['at no site for certain with addresses of two', ['128.39.73.7/24', '10.0.0.1/8'], 'unknown'],
    ['at no site with an address of none', ['192.0.2.1/24'], 'unknown'],
    ['at no site without an address', [], 'unknown'],
  ])('%s', (_, addresses, expected) => {
    const word = siteByAddress(
      addresses.map((cidr) => own(cidr)),
      [OSLO, AWS],
    );
    expect(told(word)[0]).toBe(expected);
  });

  it('not where only its own loop is', () => {
    const loop: KnownSite = { name: 'oslo', cidrs: ['127.0.0.0/8'] };
    expect(siteByAddress([own('127.0.0.1/8', true)], [loop])).toMatchObject({ kind: 'unknown' });
  });
});

it('says by which address, and which it has where none tells', () => {
  const says = (...cidrs: string[]) =>
    told(
      siteByAddress(
        cidrs.map((c) => own(c)),
        [OSLO, AWS],
      ),
    )[1];
  expect(says('10.1.2.3/8')).toBe('own addresses: 10.1.2.3, of aws');
  expect(says('128.39.73.7/24', '10.1.2.3/8')).toBe(
    'own addresses: 128.39.73.7, of oslo; 10.1.2.3, of aws',
  );
  const many = Array.from({ length: 7 }, (_, i) => `192.0.2.${i}/24`);
  expect(says(...many)).toMatch(/192\.0\.2\.4 and 2 more, in no site’s network$/);
  expect(says()).toBe('own addresses: none');
});

it.each([
  ['192.0.2.7/24', '192.0.2.255'],
  ['192.0.2.7/25', '192.0.2.127'],
  ['192.0.2.200/25', '192.0.2.255'],
  ['10.1.2.3/8', '10.255.255.255'],
  ['10.1.2.3/0', '255.255.255.255'],
  ['10.1.2.3/31', '10.1.2.3'],
  ['10.1.2.3/32', '10.1.2.3'],
  ['fe80::1/64', undefined],
  ['10.1.2.3', undefined],
])('the broadcast address of %s is %s', (cidr, expected) => {
  expect(broadcastOf(cidr)).toBe(expected);
});

it('knows this very machine by one of its addresses', async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const inner = addresses.find(({ family }) => family === 'IPv4');
  const cidrs = [`${inner?.address}/32`];
  // Some test machines have no other address than their loop.
  const outer = addresses.map((each) => ({ ...each, internal: false }));
  const context = contextWith({ addresses: () => outer, sites: [{ name: 'here', cidrs }] });
  const word = await networkLocator.open({}, context).locate(NEVER);
  expect(told(word)).toEqual(['inside here', `own addresses: ${inner?.address}, of here`]);
});
