/** A clone at any cloud that has a command line: launched, listed and ended by commands of the tenant's own. */
import { COMMAND_OPTIONS, CommandCloud } from './clone/commands.ts';
import { CLONE_OPTIONS, cloneCaution, cloneConflict } from './clone/options.ts';
import { openClone } from './clone/site.ts';
import type { MigratorKind } from './migrator.ts';

const options = { ...COMMAND_OPTIONS, ...CLONE_OPTIONS };

export const clone: MigratorKind<typeof options> = {
  kind: 'clone',
  help: 'A clone of the guest at a cloud that commands of your own ask; the guest at home rests meanwhile.',
  options,
  conflict: cloneConflict,
  caution: cloneCaution,
  setup: () => ['docs/clone.md says what to prepare: an image, a mailbox, and who may ask.'],
  open(chosen, context) {
    return openClone(new CommandCloud(chosen, context), chosen, context);
  },
};
