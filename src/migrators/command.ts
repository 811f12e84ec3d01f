/**
 * A move by commands of the tenant's own: one that moves, and one each to look and to ask whether
 * a target would do. Each is an argument array, bounded in time, never given to a shell. What they
 * print is data. An exit status is not an outcome: where the guest is, the locator says.
 */
import { join } from 'node:path';
import { durationWithin } from '../core/option-types.ts';
import { type OptionsOf, option, optional, required } from '../core/options.ts';
import {
  endMarked,
  markedProcesses,
  REQUEST_MARK,
  requestMark,
  underway,
} from '../system/marks.ts';
import { describeEnd, type Ended, refusalOf, runProgram, succeeded } from '../system/programs.ts';
import { CommandLocator } from './locators/command.ts';
import type {
  Attempt,
  Migrator,
  MigratorContext,
  MigratorKind,
  Move,
  Preflight,
  Stopper,
} from './migrator.ts';
import { fill, template } from './template.ts';

const moveTemplate = template('vm', 'from', 'to', 'request');
const time = durationWithin({ min: 1 });

const options = {
  migrate: required(moveTemplate, {
    example: '/usr/local/bin/move {vm} {from} {to}',
    help: 'Moves the guest and ends when that has ended; VMMANAGE_REQUEST, _VM, _FROM and _TO tell the same.',
  }),
  locate: optional(template('vm'), {
    example: '/usr/local/bin/where {vm}',
    help: 'Prints the host that the guest is on, or moving HOST. Without it, nobody knows.',
  }),
  preflight: optional(moveTemplate, {
    example: '/usr/local/bin/could-take {vm} {to}',
    help: 'Exits with 0 where the target could take the guest; otherwise its last line says why not.',
  }),
  timeout: option(time, '10m', { help: 'How long a move may take before it is ended.' }),
  locate_timeout: option(time, '10s', { help: 'How long a look may take.' }),
  preflight_timeout: option(time, '30s', { help: 'How long a preflight may take.' }),
};

type Options = OptionsOf<typeof options>;

export const command: MigratorKind<typeof options> = {
  kind: 'command',
  help: 'Moves and looks by commands of your own.',
  options,
  setup: () => [
    'The programs run as the user vmmanage, without a shell; try each by runuser -u vmmanage.',
  ],
  open(chosen, context) {
    const migrator = new CommandMigrator(chosen, context);
    const { locate: argv, locate_timeout: timeoutMs } = chosen;
    return {
      migrator,
      locator: new CommandLocator({ argv, timeoutMs }, context),
      stopper: migrator,
    };
  },
};

/** Between asking a move to end and ending it by force. */
const GRACE_MS = 5_000;
/** What the last move said stays here for the administrator. */
const OUTPUT_FILE = 'command-output.txt';

class CommandMigrator implements Migrator, Stopper {
  readonly #options: Options;
  readonly #context: MigratorContext;

  constructor(chosen: Options, context: MigratorContext) {
    this.#options = chosen;
    this.#context = context;
  }

  async preflight(move: Move, signal: AbortSignal): Promise<Preflight> {
    const { preflight, preflight_timeout: timeoutMs } = this.#options;
    if (preflight === undefined) return { ok: true };
    const program = { argv: fill(preflight, { ...move }), env: environment(move), timeoutMs };
    const ended = await runProgram({ ...program, signal }, this.#context.clock);
    return preflightOf(ended);
  }

  async migrate(move: Move, signal: AbortSignal): Promise<Attempt> {
    if (await underway(requestMark(move.request))) {
      return { ok: false, text: 'a command of this request is still running' };
    }
    const program = {
      argv: fill(this.#options.migrate, { ...move }),
      env: environment(move),
      timeoutMs: this.#options.timeout,
      graceMs: GRACE_MS,
      // It must go on when the daemon ends, and a pipe to nobody would end it.
      outputFile: join(this.#context.stateFolder, OUTPUT_FILE),
    };
    const ended = await runProgram({ ...program, signal }, this.#context.clock);
    return { ok: succeeded(ended), text: describeEnd(ended) };
  }

  /** The time-out holds for a command too that an earlier life of the daemon has started. */
  async underway(request: string): Promise<boolean> {
    const mark = requestMark(request);
    const begun = (await markedProcesses(mark)).map(({ begunBootMs }) => begunBootMs);
    if (begun.length === 0) return false;
    const { clock } = this.#context;
    const ageMs = clock.now().bootMs - Math.min(...begun);
    if (ageMs <= this.#options.timeout + GRACE_MS) return true;
    await this.stop(request);
    return underway(mark);
  }

  async stop(request: string): Promise<void> {
    await endMarked(requestMark(request), GRACE_MS, this.#context.clock);
  }
}

function environment({ request, vm, from, to }: Move): Record<string, string> {
  return {
    [REQUEST_MARK]: request,
    VMMANAGE_VM: vm,
    VMMANAGE_FROM: from,
    VMMANAGE_TO: to,
  };
}

export function preflightOf(ended: Ended): Preflight {
  return succeeded(ended) ? { ok: true } : { ok: false, reason: refusalOf(ended) };
}
