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
  const end = index === -1 ? 'not in' : way === 'up' ? 'the last of' : 'the first of';
  throw new CliError(
    EXIT.failed,
    `${here.host} is ${end} the list: there is no host to move ${way}`,
  );
}
