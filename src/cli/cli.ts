/**
 * From an argument list to an exit status: finds the command, reads its file, runs it, and tells
 * what went wrong. A programmer's error isn't caught here: it ends the process loudly.
 */
import { Command, CommanderError } from 'commander';
import { printable } from '../core/text.ts';
import type { CliCommand } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { COMMANDS } from './registry.ts';
import { clean } from './render/clean.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

const NOTES = `
Exit status: 0 done; 1 it failed; 2 wrong usage; 69 the daemon isn't running;
75 held by a gate, try later; 77 not permitted; 78 the conf is wrong.

Examples:
  $ vmmanage check
  $ vmmanage status --watch
  $ vmmanage move --base --why "array maintenance"
  $ vmmanage help move`;

export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome: { status: number } = { status: EXIT.done };
  try {
    await build(terminal, outcome).parseAsync(understood(args), { from: 'user' });
    return outcome.status;
  } catch (error) {
    if (error instanceof CliError) return tell(error, terminal);
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw error;
  }
}

/** The thesis's names for moves (DESIGN.md §9). */
const MOVES: Readonly<Record<string, string>> = {
  'move-up': '--up',
  'move-down': '--down',
  'move-to-base': '--base',
  'move-from-home': '--away',
  'move-to-home': '--home',
};

/** Spellings that commander doesn't know: `help NAME`, `-t` as other daemons have it, `move-up`. */
function understood(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  const way = first !== undefined && Object.hasOwn(MOVES, first) ? MOVES[first] : undefined;
  if (way !== undefined) return ['move', way, ...rest];
  if (first === 'help') return helpOf(rest[0]);
  if (!first?.startsWith('-') || !args.includes('-t')) return [...args];
  return ['check', ...args.filter((arg) => arg !== '-t')];
}

/** Of a command that there is; what is none is left to be told as such. */
function helpOf(name: string | undefined): string[] {
  if (name === undefined) return ['--help'];
  return COMMANDS.some((each) => each.name === name) ? [name, '--help'] : [name];
}

function build(terminal: Terminal, outcome: { status: number }): Command {
  const program = new Command('vmmanage')
    .description('Watches a service in this VM and asks the infrastructure to move the VM.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .usage('COMMAND [OPTIONS]')
    .addHelpText('after', NOTES)
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput(outputTo(terminal))
    .showHelpAfterError('see vmmanage --help');
  for (const { name, summary } of COMMANDS) {
    program.command(name).description(summary);
  }
  return program.hook('preSubcommand', async (_, command) => {
    const entry = COMMANDS.find(({ name }) => name === command.name());
    if (entry) equip(command, await entry.load(), terminal, outcome);
  });
}

/** A command of the list becomes whole: its options, its help, and what it does. */
function equip(
  command: Command,
  module: CliCommand,
  terminal: Terminal,
  outcome: { status: number },
): void {
  command
    .showHelpAfterError(`see vmmanage ${command.name()} --help`)
    .addHelpText('after', helpText(module));
  module.describe?.(command);
  command.action(async () => {
    const call = { terminal, options: command.opts(), operands: command.args };
    outcome.status = await module.run(call);
  });
}

function helpText({ notes, examples }: CliCommand): string {
  const lines = examples.map((example) => `  $ ${example}`);
  return ['', ...(notes === undefined ? [] : [notes, '']), 'Examples:', ...lines].join('\n');
}

function outputTo(terminal: Terminal) {
  const columns = () => (terminal.width === Infinity ? 80 : terminal.width);
  return {
    writeOut: (text: string) => terminal.out(text.trimEnd()),
    writeErr: (text: string) => terminal.err(text.trimEnd()),
    outputError: (text: string, write: (text: string) => void) =>
      write(escaped(text.replace(/^error: /, 'vmmanage: '))),
    getOutHelpWidth: columns,
    getErrHelpWidth: columns,
  };
}

/** What it tells may be what a daemon or a file said. */
function tell({ status, message, hints }: CliError, terminal: Terminal): number {
  const lines = [`vmmanage: ${clean(message)}`, ...hints.map((hint) => `  ${clean(hint)}`)];
  terminal.err(lines.join('\n'));
  return status;
}

/** Commander repeats what stood on the command line; its own line breaks stay. */
function escaped(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
