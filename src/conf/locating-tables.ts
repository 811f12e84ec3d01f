/** The options by which a conf says who tells where the guest is: tables.ts lists them. */
import { address4, network } from '../core/option-addresses.ts';
import { listOf } from '../core/option-shapes.ts';
import { pattern } from '../core/option-types.ts';
import { type OptionsTable, optional, required } from '../core/options.ts';

export const name = pattern(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/, 'a name');

/** Of a site. */
export const LOCATING = {
  broadcast: optional(address4, {
    example: '192.0.2.255',
    help: 'The broadcast address that the guest has here, for the locator network.',
  }),
  cidr: optional(listOf(network, 'list of networks'), {
    example: '192.0.2.0/24, 2001:db8::/32',
    help: "The networks of this site, for the locator network: the guest's addresses here.",
  }),
  locator: optional(listOf(name, 'list of names'), {
    example: 'file',
    help: 'Which [locator]s are asked besides the migrator; all that there are by default.',
  }),
} satisfies OptionsTable;

export const LOCATOR = {
  kind: required(name, { example: 'network', help: 'The kind of locator, below.' }),
} satisfies OptionsTable;
