/** The commands of the program as its help has them, for the pages and the completion. */
import { Command } from 'commander';
import { COMMANDS } from '../../src/cli/registry.ts';

/** An operand or an option: how it is written, and its sentence. */
export interface Term {
  readonly term: string;
  readonly help: string;
}

export interface Described {
  readonly name: string;
  readonly summary: string;
  /** `[options] <file...>`. */
  readonly usage: string;
  readonly operands: readonly Term[];
  readonly options: readonly Term[];
  /** `-c`, `--conf`: what may be typed. */
  readonly flags: readonly string[];
  readonly notes: string;
  readonly examples: readonly string[];
}

export function describedCommands(): Promise<Described[]> {
  return Promise.all(COMMANDS.map(({ name }) => described(name)));
}

/** Throws where there is no such command. */
export async function described(name: string): Promise<Described> {
  const entry = COMMANDS.find((each) => each.name === name);
  if (!entry) throw new Error(`there is no command ${name}`);
  const { notes = '', examples, describe } = await entry.load();
  const command = new Command(name).helpOption('-h, --help', 'print help');
  describe?.(command);
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  return {
    ...{ name, summary: entry.summary, notes, examples, usage: command.usage() },
    operands: help.visibleArguments(command).map((each) => ({
      term: help.argumentTerm(each),
      help: help.argumentDescription(each),
    })),
    options: options.map((each) => ({
      term: help.optionTerm(each),
      help: help.optionDescription(each),
    })),
    flags: options.flatMap(({ short, long }) => [short, long].filter((each) => each !== undefined)),
  };
}
