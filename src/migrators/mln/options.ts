/** What the conf says of MLN, through the hosts' program or directly. */
import {
  bad,
  choice,
  durationWithin,
  good,
  path,
  pattern,
  yesNo,
} from '../../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional } from '../../core/options.ts';
import { hostsOptions } from '../hosts/options.ts';
import { type Template, template } from '../template.ts';

/** Who tells where the guest is, with via = direct. */
export type Asked =
  | { readonly kind: 'hosts' }
  | { readonly kind: 'command'; readonly argv: Template };

const locateCommand = template('vm');

export const asked: OptionType<Asked> = {
  name: 'hosts, or a command with {vm}',
  parse(text) {
    if (text === 'hosts') return good({ kind: 'hosts' });
    const argv = locateCommand.parse(text);
    return argv.ok ? good({ kind: 'command', argv: argv.value }) : bad(argv.problem);
  },
};

const time = durationWithin({ min: 1000, max: 3_600_000 });

export const mlnOptions = {
  via: option(choice('vmmanage-host', 'direct'), 'vmmanage-host', {
    help: "direct: this guest runs mln itself, and has the project's password. All keys up to mln_timeout are for that.",
  }),
  folder: optional(path, {
    example: '/etc/vmmanage/projects',
    help: 'Where the project of each target is, as in the thesis: nii3.2.mln is for VM nii3 at host 2.',
  }),
  template: optional(path, {
    example: '/etc/vmmanage/nii3.mln',
    help: 'A project that is sent with another service_host, for hosts that have none in folder.',
  }),
  project_vm: optional(pattern(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/, 'the name of a VM'), {
    example: 'nii3',
    help: "The guest's name in the project (host nii3) and in the names of files; its own by default.",
  }),
  daemon: option(choice('target', 'source'), 'target', {
    help: "Whose MLN daemon is asked. Only the target's moves live.",
  }),
  cold: option(yesNo, 'no', { help: 'Starts the guest anew at its target (mln -S).' }),
  locate: optional(asked, {
    example: '/usr/local/bin/where {vm}',
    help: 'Who tells where the guest is: a command that prints the host, or hosts, which asks vmmanage-host of each.',
  }),
  mln_timeout: option(time, '60s', { help: 'How long mln may take to hand a project over.' }),
  ...hostsOptions,
};

export type MlnOptions = OptionsOf<typeof mlnOptions>;
