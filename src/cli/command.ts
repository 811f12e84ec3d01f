/**
 * What a command of the command line is: one file in commands/, read only when it runs or its
 * help is asked for. A command asks, and prints what it was told; it never decides.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { duration } from '../core/option-types.ts';
import type { OptionType } from '../core/options.ts';
import { printable } from '../core/text.ts';
import type { ExitStatus } from './exit.ts';
import type { Terminal } from './terminal.ts';

export interface Call<O> {
  readonly terminal: Terminal;
  readonly options: O;
  readonly operands: readonly string[];
}

export interface CliCommand<O = unknown> {
  /** Whole command lines, shown under `--help`. */
  readonly examples: readonly [string, ...string[]];
  /** More than a sentence, shown before the examples. */
  readonly notes?: string;
  /** Declares operands and options. */
  describe?(command: Command): void;
  /** Settles with the exit status: ours, or that of a program that it ran. */
  run(call: Call<O>): Promise<ExitStatus | number>;
}

/** The options of every command that talks to the daemon. */
export interface DaemonOptions {
  readonly runtime?: string;
}

export interface JsonOption {
  readonly json?: true;
}

export interface ConfOption {
  readonly conf?: readonly string[];
}

export function withRuntime(command: Command): Command {
  return command.option(
    '--runtime <folder>',
    "where the daemon's sockets are (default: $VMMANAGE_RUNTIME, or as the conf says)",
  );
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON');
}

export function withConf(command: Command): Command {
  return command.option(
    '-c, --conf <file>',
    'a conf file; may be given several times (default: /etc/vmmanage/vmmanage.conf and conf.d)',
    (file: string, before: readonly string[] = []) => [...before, file],
  );
}

/** An option's argument, written as in the conf. */
export function typed<T>(type: OptionType<T>): (text: string) => T {
  return (text) => {
    const parsed = type.parse(text);
    if (parsed.ok) return parsed.value;
    throw new InvalidArgumentError(printable(parsed.problem));
  };
}

/** `45`, `45s`, `5m`, `2h`; milliseconds, more than none. */
export function span(text: string): number {
  const ms = typed(duration)(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('must be more than none.');
}
