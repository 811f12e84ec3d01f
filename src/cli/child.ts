/**
 * Runs a program in our place: our input and output are its own, signals go on to it, and its
 * status becomes ours. An argument array, never a shell.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CliError } from './exit.ts';
import type { Terminal } from './terminal.ts';

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** A terminal's own go to every process of the foreground, so the child has had them already. */
const OF_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

/** As env(1), nice(1) and nohup(1) have it. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
/** As shells have it: so much, and the signal's number. */
const BY_SIGNAL = 128;

export async function runChild(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [program = '', ...args] = argv;
  let child: ChildProcess | undefined;
  const offs = [
    terminal.onSignals(FORWARDED, (signal) => child?.kill(signal)),
    terminal.onSignals(OF_TERMINAL, (signal) => {
      if (!terminal.tty) child?.kill(signal);
    }),
  ];
  try {
    child = spawn(program, args, { stdio: 'inherit' });
    return await statusOf(child, program);
  } finally {
    for (const off of offs) off();
  }
}

function statusOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also where a signal couldn't be sent; then it runs on.
      if (child.pid === undefined) reject(notStarted(error, program));
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? BY_SIGNAL + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function notStarted({ code, message }: NodeJS.ErrnoException, program: string): CliError {
  if (code === 'ENOENT') return new CliError(NOT_FOUND, `no such program: ${program}`);
  return new CliError(NOT_RUNNABLE, `${program} can't be run: ${message}`);
}
