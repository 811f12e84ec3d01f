/** Live migration between Xen hosts, asked for by the guest itself. */
import { openWith, plainCaution } from './hosts/open.ts';
import { plainOptions } from './hosts/options.ts';
import { setupByHosts, setupPlain } from './hosts/setup.ts';
import { xlTool } from './hosts/xl-tool.ts';
import type { MigratorKind } from './migrator.ts';

export const xl: MigratorKind<typeof plainOptions> = {
  kind: 'xl',
  help: 'Xen: asks the hosts, over ssh, to migrate the guest with xl.',
  options: plainOptions,
  caution: plainCaution,
  setup: (options, guest) =>
    options.via === 'plain' ? setupPlain(options) : setupByHosts('xl', options, guest),
  open: (options, context) => openWith(xlTool, options, context),
};
