/**
 * What may stand on the command line of `vmmanage host-setup`: names, hosts, folders, keys of vms.conf. All of it goes into
 * a script that root runs, so nothing is let through that isn't of a known shape.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { type ConfOption, withConf } from '../command.ts';

/** As vmmanage-host takes names of guests, domains and hosts. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** useradd(8). */
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,31}$/;
const PATH = /^\/[A-Za-z0-9._+@:,/-]{0,1023}$/;
/** Printable, with nothing that a shell's quote or awk's escapes would mind. */
const SETTING = /^[A-Za-z0-9+:/._@?=&{}, -]{1,300}$/;
const ADDRESS = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9._-]{0,252}))(?::(\d{1,5}))?$/;
const BARE_IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/;

/** Keys of vms.conf that have no option of their own. */
const SETTABLE = [
  ...['timeout', 'admit', 'uri', 'migrate_uri', 'hypervisor', 'migrate', 'locate', 'cancel'],
  ...['mln_folder', 'mln_template', 'mln_daemon', 'mln_cold', 'mln_timeout'],
];

export function name(text: string): string {
  return matching(NAME, text, 'expected a name of letters, digits, “.”, “_” and “-”.');
}

export function names(text: string): string {
  return text
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .map(name)
    .join(', ');
}

export function account(text: string): string {
  return matching(ACCOUNT, text, 'expected the name of an account, as vmmanage-host.');
}

export function path(text: string): string {
  const whole = matching(PATH, text, 'expected a path that begins with “/”, without blanks.');
  if (whole.split('/').includes('..')) throw new InvalidArgumentError('no “..”, please.');
  return whole.replace(/\/+$/, '');
}

export function seconds(text: string): string {
  return matching(/^\d{1,9}$/, text, 'expected seconds, as 60.');
}

/** `KEY=VALUE` of vms.conf; gathered, with those before it. */
export function setting(text: string, before: readonly string[] = []): readonly string[] {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = SETTABLE.includes(key) || (key.startsWith('address.') && NAME.test(key.slice(8)));
  if (!known) {
    throw new InvalidArgumentError(
      `expected KEY=VALUE, KEY one of ${SETTABLE.join(', ')}, address.HOST.`,
    );
  }
  return [...before, `${key}=${matching(SETTING, value.trim(), 'no such value is possible.')}`];
}

/** A name or address by which guests ask for the host, as known_hosts has it: `xen1`, `[xen1]:2222`. */
export function knownName(text: string): string {
  if (BARE_IPV6.test(text)) return text.toLowerCase();
  const match = ADDRESS.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) {
    throw new InvalidArgumentError(
      `“${text}”: expected HOST or HOST:PORT, as xen1 or 192.0.2.11:2222.`,
    );
  }
  const port = Number(match[3] ?? 22);
  if (port < 1 || port > 65_535) throw new InvalidArgumentError(`${port} is no port.`);
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function matching(shape: RegExp, text: string, expected: string): string {
  if (shape.test(text)) return text;
  throw new InvalidArgumentError(expected);
}

export interface Options extends ConfOption {
  readonly add?: string;
  readonly revoke?: string;
  readonly list?: true;
  readonly audit?: true;
  readonly knownHosts?: true;
  readonly ec2?: true;
  readonly awsAccount?: string;
  readonly key?: string;
  readonly replaceKey?: true;
  readonly tool?: string;
  readonly domain?: string;
  readonly hosts?: string;
  readonly base?: string;
  readonly minStay?: string;
  readonly separate?: string;
  readonly set?: readonly string[];
  readonly name?: string;
  readonly account: string;
  readonly root?: string;
  readonly sshdConfig?: string;
  readonly apply?: true;
  readonly print?: true;
  readonly json?: true;
}

export function declare(command: Command): void {
  withConf(command)
    .argument('[names...]', 'with --known-hosts: by which names guests ask for this host')
    .option('--add <vm>', 'let a guest in, or change what it may do', name)
    .option('--revoke <vm>', 'take all of it back', name)
    .option('--list', 'the guests, what each may do, and the fingerprint of its key')
    .option('--audit', 'look for mistakes; exit status 1: there are some')
    .option('--known-hosts', "this host's own public keys, for the guests' known_hosts")
    .option('--ec2', "the IAM policy for the clones of the guest with this conf, for AWS's console")
    .option('--aws-account <id>', 'with --ec2: the account that it is for', awsAccount)
    .option('--key <file>', "with --add: the guest's public key, a .pub file")
    .option('--replace-key', 'with --add: in place of the one it has')
    .option('--tool <tool>', 'with --add: xl, libvirt, mln or command', tool)
    .option('--domain <name>', "with --add: the hypervisor's name for it", name)
    .option('--hosts <list>', 'with --add: where it may go', names)
    .option('--base <host>', 'with --add: the cheap host, where it may go, too', name)
    .option('--min-stay <seconds>', 'with --add: how long it stays where it came', seconds)
    .option('--separate <list>', 'with --add: domains that it must not run beside', names)
    .option('--set <key=value>', 'with --add: another key of vms.conf; several times', setting)
    .option('--name <host>', "this host's name in the guests' confs (default: its own)", name)
    .option('--account <name>', 'who guests log in as; may be root', account, 'vmmanage-host')
    .option('--root <folder>', 'the folder of another system: an image, a chroot', path)
    .option('--sshd-config <file>', 'of the sshd that guests reach, where it is another', path)
    .option('--apply', 'do it on this machine, rather than print the script')
    .option('--print', 'print the script of --list, --audit or --known-hosts, too')
    .option('--json', 'with --list or --audit: print JSON');
}

function awsAccount(text: string): string {
  return matching(/^\d{12}$/, text, 'expected the twelve digits of an account.');
}

function tool(text: string): string {
  return matching(/^(?:xl|libvirt|mln|command)$/, text, 'expected xl, libvirt, mln or command.');
}
