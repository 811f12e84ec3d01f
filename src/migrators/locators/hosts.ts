/** The hosts' own words, for a migrator that doesn't ask them itself. */
import { HostClient } from '../hosts/client.ts';
import { HostsLocator } from '../hosts/locator.ts';
import { hostsOptions } from '../hosts/options.ts';
import type { LocatorKind } from './locator.ts';

const { timeout: _timeout, ...options } = hostsOptions;

export const hostsLocator: LocatorKind<typeof options> = {
  kind: 'hosts',
  help: 'Asks every host over ssh, through vmmanage-host, as xl and libvirt do anyway.',
  options,
  open: (chosen, context) => new HostsLocator(new HostClient(chosen, context), context.hosts),
};
