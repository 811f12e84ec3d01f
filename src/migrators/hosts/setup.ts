/** What the hosts and the guest need before the guest may ask them, as docs/hosts.md has it. */
import { shellWord } from '../../core/text.ts';
import type { SetUpFor } from '../migrator.ts';
import type { HostsOptions } from './options.ts';

const KEY = '/var/lib/vmmanage/.ssh/id_ed25519';

type Asked = Pick<HostsOptions, 'ssh_key' | 'ssh_known_hosts'>;

export function setupByHosts(tool: string, options: Asked, guest: SetUpFor): readonly string[] {
  const { vm, hosts, base } = guest;
  const [first = 'HOST'] = hosts;
  const places = `--hosts ${hosts.join(',')}${base === undefined ? '' : ` --base ${base}`}`;
  return [
    ...keyLines(options),
    'By the provider, for each host, with the .pub file:',
    `  vmmanage host-setup --name ${first} | ssh root@${first} sh`,
    `  vmmanage host-setup --add ${vm} --key ${vm}.pub --tool ${tool} ${places} | ssh root@${first} sh`,
    `The hosts' own keys, which vmmanage host-setup --known-hosts prints there, go to ${options.ssh_known_hosts}.`,
  ];
}

export function setupPlain(options: Asked): readonly string[] {
  return [
    ...keyLines(options),
    `The hosts let that key in; their own keys go to ${options.ssh_known_hosts} (docs/hosts.md).`,
  ];
}

function keyLines({ ssh_key: key = KEY }: Asked): readonly string[] {
  return [
    'A key for the hosts, once, in the guest as root:',
    '  install -d -o vmmanage -g vmmanage -m 700 /var/lib/vmmanage/.ssh',
    `  runuser -u vmmanage -- ssh-keygen -t ed25519 -N '' -f ${shellWord(key)}`,
  ];
}
