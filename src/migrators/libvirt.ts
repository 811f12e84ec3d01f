/** Live migration between libvirt hosts, asked for by the guest itself. */
import { openWith, plainCaution } from './hosts/open.ts';
import { plainOptions } from './hosts/options.ts';
import { setupByHosts, setupPlain } from './hosts/setup.ts';
import { virshTool } from './hosts/virsh-tool.ts';
import type { MigratorKind } from './migrator.ts';

export const libvirt: MigratorKind<typeof plainOptions> = {
  kind: 'libvirt',
  help: 'libvirt: asks the hosts, over ssh, to migrate the guest with virsh.',
  options: plainOptions,
  caution: plainCaution,
  setup: (options, guest) =>
    options.via === 'plain' ? setupPlain(options) : setupByHosts('libvirt', options, guest),
  open: (options, context) => openWith(virshTool, options, context),
};
