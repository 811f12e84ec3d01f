/** A clone at Amazon EC2, or at another cloud that speaks its query API. */
import { shellWord } from '../core/text.ts';
import { lazyCloud } from './clone/lazy-cloud.ts';
import { CLONE_OPTIONS, cloneCaution, cloneConflict } from './clone/options.ts';
import { openClone } from './clone/site.ts';
import { EC2_OPTIONS, ec2Conflict } from './clouds/ec2-options.ts';
import { SELF } from './clouds/options.ts';
import type { MigratorKind } from './migrator.ts';

const options = { ...EC2_OPTIONS, ...CLONE_OPTIONS };

export const ec2: MigratorKind<typeof options> = {
  kind: 'ec2',
  help: 'A clone of the guest at EC2; the guest at home rests meanwhile.',
  options,
  conflict: (chosen) => ec2Conflict(chosen) ?? cloneConflict(chosen),
  caution: cloneCaution,
  setup: (_, { file }) => [
    'What IAM is to permit, for the account of the cloud (docs/clone.md has the rest):',
    `  vmmanage host-setup --ec2 -c ${shellWord(file)}`,
  ],
  open(chosen, context) {
    const { clock } = context;
    const load = async () => {
      const { ec2Cloud } = await import('./clouds/ec2.ts');
      return ec2Cloud(chosen, { clock });
    };
    return openClone(lazyCloud(load, chosen.image === SELF), chosen, context);
  },
};
