/** What stands in the confs of the guest and of its hosts: times so short that the whole takes minutes. */
import type { Hypervisor } from './hypervisors.ts';
import { DOMAIN } from './hypervisors.ts';
import type { Rig } from './rig.ts';

export const VM = 'shop';
export const SINK_PORT = 31_000;
export const LOAD_FILE = '/run/load';
export const CONF_FILE = '/etc/vmmanage/vmmanage.conf';
export const KEY_FILE = '/etc/vmmanage/key';
export const KNOWN_HOSTS_FILE = '/etc/vmmanage/known_hosts';
export const HOST_USER = 'vmmanage-host';

/** Readings: what makes the guest suffer, what makes it idle, and what does neither. */
export const LOADS = { suffering: 90, calm: 30, idle: 3 } as const;

/** Two hosts to go round, or, since there are but two, one of them and the other as its base. */
export type Array2 = 'both' | 'base';

const ARRAYS: Readonly<Record<Array2, string>> = {
  both: `[array]
hosts = host1, host2

[policy load]
kind      = threshold-aware
suffering = > 50 for 2`,
  base: `[array]
hosts = host2
base  = host1

[policy load]
kind      = base-aware
suffering = > 50 for 2
idle      = < 10 for 3`,
};

export function guestConf(rig: Rig, { tool }: Hypervisor, array: Array2): string {
  return `[vm]
name = ${VM}

${ARRAYS[array]}

[host host1]
address = ${rig.address(1)}
[host host2]
address = ${rig.address(2)}

[probe load]
kind     = command
command  = cat ${LOAD_FILE}
interval = 3s

[migrator]
kind            = ${tool}
ssh_key         = ${KEY_FILE}
ssh_known_hosts = ${KNOWN_HOSTS_FILE}
ask_timeout     = 45s
timeout         = 8m

[constraints]
settle          = 2s
cooldown        = 4s
cooldown_growth = 1
back_and_forth  = off
retry           = 5s
cooldown_max    = 10s
bar             = 10s
max_moves       = off
all_tried       = off
look            = 2s
look_max        = 5s

[log]
sink = tcp://${rig.lan}.1:${SINK_PORT}
`;
}

/** What the provider permits this guest. */
export function vmsConf(rig: Rig, { tool }: Hypervisor): string {
  return `[${VM}]
domain = ${DOMAIN}
tool = ${tool}
hosts = host1, host2
min_stay = 0
address.host1 = ${rig.address(1)}
address.host2 = ${rig.address(2)}

[other]
domain = other
tool = ${tool}
hosts = host1, host2
`;
}

export function hostConf(host: string): string {
  return `name = ${host}\nask_timeout = 20\n`;
}

/** As docs/providers.md has it: the guests' account may run one command for each of them. */
export function sudoers(program: string): string {
  return `Defaults:${HOST_USER} env_keep += "SSH_ORIGINAL_COMMAND SSH_CONNECTION"
${HOST_USER} ALL=(root) NOPASSWD: ${program} --vm ${VM}
`;
}
