/** A program of the tenant's own that prints where the guest is; the command migrator's `locate`, too. */
import type { Seen } from '../../core/locating.ts';
import { durationWithin } from '../../core/option-types.ts';
import { option, required } from '../../core/options.ts';
import { describeEnd, type Ended, runProgram, succeeded } from '../../system/programs.ts';
import type { Locator, MigratorContext } from '../migrator.ts';
import { fill, type Template, template } from '../template.ts';
import type { LocatorKind } from './locator.ts';
import { placeSaid, unknown } from './said.ts';

const options = {
  command: required(template('vm'), {
    example: '/usr/local/bin/where {vm}',
    help: 'Prints the host that the guest is on, or moving HOST.',
  }),
  timeout: option(durationWithin({ min: 1 }), '10s', { help: 'How long a look may take.' }),
};

export const commandLocator: LocatorKind<typeof options> = {
  kind: 'command',
  help: 'A command of your own says on which host the guest is.',
  options,
  open: ({ command: argv, timeout: timeoutMs }, context) =>
    new CommandLocator({ argv, timeoutMs }, context),
};

export interface LocateProgram {
  /** Undefined: there is none, and nobody knows. */
  readonly argv: Template | undefined;
  readonly timeoutMs: number;
}

export class CommandLocator implements Locator {
  /** The tenant's own word. */
  readonly onlyWarns = true;
  readonly #program: LocateProgram;
  readonly #context: Pick<MigratorContext, 'vm' | 'hosts' | 'clock'>;

  constructor(program: LocateProgram, context: Pick<MigratorContext, 'vm' | 'hosts' | 'clock'>) {
    this.#program = program;
    this.#context = context;
  }

  async locate(signal: AbortSignal): Promise<Seen> {
    const { argv, timeoutMs } = this.#program;
    const { vm, hosts, clock } = this.#context;
    if (argv === undefined) return unknown(WHO, 'no locate command');
    const program = { argv: fill(argv, { vm }), env: { VMMANAGE_VM: vm }, timeoutMs, signal };
    return wordOf(await runProgram(program, clock), hosts);
  }
}

/** `HOST` or `moving HOST`, and one of `hosts`; anything else is not believed. */
export function wordOf(ended: Ended, hosts: readonly string[]): Seen {
  if (!succeeded(ended)) return unknown(WHO, describeEnd(ended));
  return placeSaid(ended.stdout, hosts, WHO, 'printed');
}

const WHO = 'locate command';
