/** A clone at an OpenStack cloud, asked with an application credential. */

import { lazyCloud } from './clone/lazy-cloud.ts';
import { CLONE_OPTIONS, cloneCaution, cloneConflict } from './clone/options.ts';
import { openClone } from './clone/site.ts';
import { OPENSTACK_OPTIONS, openstackConflict } from './clouds/openstack-options.ts';
import { SELF } from './clouds/options.ts';
import type { MigratorKind } from './migrator.ts';

const options = { ...OPENSTACK_OPTIONS, ...CLONE_OPTIONS };

export const openstack: MigratorKind<typeof options> = {
  kind: 'openstack',
  help: 'A clone of the guest at an OpenStack cloud; the guest at home rests meanwhile.',
  options,
  conflict: (chosen) => openstackConflict(chosen) ?? cloneConflict(chosen),
  caution: cloneCaution,
  setup: () => ['docs/clone.md says what to prepare: an image, a mailbox, and who may ask.'],
  open(chosen, context) {
    const { clock } = context;
    const load = async () => {
      const { openstackCloud } = await import('./clouds/openstack.ts');
      return openstackCloud(chosen, { clock });
    };
    return openClone(lazyCloud(load, chosen.image === SELF), chosen, context);
  },
};
