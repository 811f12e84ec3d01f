/** What the conf says of asking hosts, for every kind of migrator that does. */
import { choice, durationWithin, integer, path, pattern } from '../../core/option-types.ts';
import { type OptionsOf, option, optional } from '../../core/options.ts';
import type { SshServer } from '../../system/ssh.ts';

const DAY_MS = 86_400_000;

/** Whoever asks `vmmanage-host`. */
export const hostsOptions = {
  ssh_user: optional(pattern(/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/, 'a user'), {
    example: 'vmmanage-host',
    help: 'Whom the hosts let in; vmmanage-host by default, root with via = plain.',
  }),
  ssh_port: option(integer({ min: 1, max: 65_535 }), '22', { help: 'Where their sshd listens.' }),
  ssh_key: optional(path, {
    example: '/var/lib/vmmanage/.ssh/id_ed25519',
    help: 'The key for it; those of the daemon’s user by default.',
  }),
  ssh_known_hosts: option(path, '/etc/vmmanage/known_hosts', {
    help: "The file that holds the hosts' own keys. A host whose key is not there is not asked.",
  }),
  timeout: option(durationWithin({ min: 1000, max: DAY_MS }), '10m', {
    help: 'How long a move may take before it is asked to stop.',
  }),
  ask_timeout: option(durationWithin({ min: 1000, max: 600_000 }), '10s', {
    help: 'How long one question to a host may take.',
  }),
};

/** Whoever may also go without it. */
export const plainOptions = {
  domain: optional(pattern(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'the name of a domain'), {
    example: 'db7',
    help: "The hypervisor's name for this guest, for via = plain; the guest's by default.",
  }),
  via: option(choice('vmmanage-host', 'plain'), 'vmmanage-host', {
    help: 'plain: the tool itself over ssh, for labs; the guest may then do anything on the hosts.',
  }),
  ...hostsOptions,
};

export type HostsOptions = OptionsOf<typeof hostsOptions>;
export type PlainOptions = OptionsOf<typeof plainOptions>;
export type SshOptions = Omit<HostsOptions, 'timeout'>;

const FORCED = 'vmmanage-host';
/** A host that stops answering in mid-call is given up after two of these. */
const ALIVE_S = 5;

export function serverOf(options: SshOptions, address: string, user = FORCED): SshServer {
  const { ssh_user = user, ssh_port, ssh_key, ssh_known_hosts, ask_timeout } = options;
  // An IPv6 address has more than one colon.
  const [, host = address, port] = /^([^:]+):(\d{1,5})$/.exec(address) ?? [];
  return {
    account: `${ssh_user}@${host}`,
    port: port === undefined ? ssh_port : Number(port),
    key: ssh_key,
    knownHosts: ssh_known_hosts,
    // A little less than the whole, so that ssh itself says what was wrong.
    connectSeconds: Math.max(1, Math.floor(ask_timeout / 1000) - 1),
    aliveSeconds: ALIVE_S,
  };
}
