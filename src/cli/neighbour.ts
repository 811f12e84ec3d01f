/**
 * The thesis's `move-up` and `move-down`: the next and the previous host of the list, without
 * wrapping, the base left out (DESIGN.md §9). The daemon is told a host; it judges the rest.
 */
import type { HostReport } from '../wire/control.ts';
import { CliError, EXIT } from './exit.ts';

export function neighbour(hosts: readonly HostReport[], way: 'up' | 'down'): string {
  const here = hosts.find((host) => host.here);
  if (!here) throw new CliError(EXIT.failed, 'nobody knows where the guest is: name a host');
  const list = hosts.filter(({ site, base }) => site === here.site && !base);
  const index = list.indexOf(here);
  const found = index === -1 ? undefined : list[index + (way === 'up' ? 1 : -1)];
  if (found) return found.host;
  throw new CliError(EXIT.failed, whyNone(here.host, way, index !== -1));
}

function whyNone(here: string, way: 'up' | 'down', listed: boolean): string {
  const none = `there is no host to move ${way}`;
  if (!listed) return `${here} is not in the list: ${none}`;
  const end = way === 'up' ? 'last' : 'first';
  return `VM already at best location: ${here} is the ${end} of the list, ${none}`;
}
