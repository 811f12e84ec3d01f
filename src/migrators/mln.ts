/**
 * MLN (Manage Large Networks), with which the thesis's guests moved: asked for through the hosts' program, or by
 * an mln of the guest's own.
 */
import { HostClient } from './hosts/client.ts';
import { HostsLocator } from './hosts/locator.ts';
import { openByHosts } from './hosts/open.ts';
import { setupByHosts } from './hosts/setup.ts';
import { CommandLocator } from './locators/command.ts';
import type { Locator, MigratorContext, MigratorKind, OpenedMigrator } from './migrator.ts';
import { MlnDirect } from './mln/direct.ts';
import { type MlnOptions, mlnOptions } from './mln/options.ts';
import { fileName, projectVm } from './mln/projects.ts';

export const mln: MigratorKind<typeof mlnOptions> = {
  kind: 'mln',
  help: 'MLN: asks the hosts, over ssh, to have the guest moved by mln, or runs mln itself.',
  options: mlnOptions,
  conflict({ via, folder, template }) {
    if (via !== 'direct' || folder !== undefined || template !== undefined) return undefined;
    return { key: 'via', problem: 'direct needs a folder of projects, or a template' };
  },
  caution({ via, locate }) {
    if (via !== 'direct') return undefined;
    const blind = locate
      ? ''
      : '; without locate nobody can tell where the guest is, so no move is ever confirmed';
    return `via = direct hands the project's password to this guest${blind}`;
  },
  setup(options, guest) {
    if (options.via !== 'direct') return setupByHosts('mln', options, guest);
    return ['The projects, readable by vmmanage alone, and the program mln: docs/hosts.md#mln.'];
  },
  open(options, context) {
    const opened =
      options.via === 'direct' ? direct(options, context) : openByHosts(options, context);
    return named(opened, projectVm(options, context));
  },
};

function direct(options: MlnOptions, context: MigratorContext): OpenedMigrator {
  const locator = locatorOf(options, context);
  const migrator = new MlnDirect(options, context, options.locate ? locator : undefined);
  return { migrator, locator, stopper: migrator };
}

function locatorOf(options: MlnOptions, context: MigratorContext): Locator {
  const { locate, ask_timeout: timeoutMs } = options;
  if (locate?.kind === 'hosts') {
    return new HostsLocator(new HostClient(options, context), context.hosts);
  }
  return new CommandLocator({ argv: locate?.argv, timeoutMs }, context);
}

/** The thesis's log names the project that is in force after a move: `Now using nii3.2.mln`. */
function named({ migrator, ...opened }: OpenedMigrator, vm: string): OpenedMigrator {
  return {
    ...opened,
    migrator: {
      preflight: (move, signal) => migrator.preflight(move, signal),
      underway: (request) => migrator.underway(request),
      async migrate(move, signal, tell) {
        const attempt = await migrator.migrate(move, signal, tell);
        return attempt.ok ? { ...attempt, using: fileName(vm, move.to) } : attempt;
      },
    },
  };
}
