/** Every kind of migrator, by hand: a test holds this list against the files of the folder. */
import { clone } from './clone.ts';
import { command } from './command.ts';
import { ec2 } from './ec2.ts';
import { libvirt } from './libvirt.ts';
import { local } from './local.ts';
import type { MigratorKind } from './migrator.ts';
import { mln } from './mln.ts';
import { openstack } from './openstack.ts';
import { xl } from './xl.ts';

export const migratorKinds: readonly MigratorKind[] = [
  ...[local, xl, libvirt, mln, command],
  ...[ec2, openstack, clone],
];
