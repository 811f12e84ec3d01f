/**
 * The program's entry, started by bin/vmmanage. It only ties the command line to the process: arguments in, exit status
 * out.
 */
import { runCli } from './cli.ts';
import { processTerminal } from './terminal.ts';

const status = await runCli(process.argv.slice(2), processTerminal());
process.exitCode = status;
// All that was printed goes out first; then nothing that was left open keeps a finished command.
process.stdout.write('', () => process.exit(status));
