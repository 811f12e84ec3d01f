/**
 * What a command sees of the world around it: where it prints, in which zone and colours, the
 * clock, and whether somebody wants it to end. Tests hand in their own. It decides nothing, and
 * only `processTerminal` touches the process.
 */
import { fstatSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { systemClock } from '../system/clock.ts';
import type { Prompt } from './prompt.ts';

export interface Terminal {
  /** Prints lines to standard output; the last newline is added. */
  out(text: string): void;
  /** Prints lines to standard error. */
  err(text: string): void;
  /** Standard output as it is, for what redraws itself; only where `tty`. */
  write(text: string): void;
  /** Much to print, as it is: resolves when standard output takes more, or nobody reads it. */
  print(text: string): Promise<void>;
  /** The inode of the file that standard output goes to: who reads files must not read that one. */
  readonly outputInode: number | undefined;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Shows a line on standard error in place of the one before, where that is a terminal. */
  progress(line: string): void;
  /** Asks the person at the terminal; undefined where nobody sits there. Whoever opens it closes it. */
  prompt(): Promise<Prompt | undefined>;
  /** What starts this program again, but for its command. */
  readonly program: readonly string[];
  readonly tty: boolean;
  readonly colour: boolean;
  /** Columns; `Infinity` where nothing needs to be broken, as in a pipe. */
  readonly width: number;
  /** A luxon zone: `system`, `Europe/Oslo`. */
  readonly zone: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborts when the user or the system asks the command to end. From then on it has to listen. */
  interrupted(): AbortSignal;
  /** Calls back on each of these signals, until the function it returns is called. */
  onSignals(signals: readonly NodeJS.Signals[], then: Handler): () => void;
}

type Handler = (signal: NodeJS.Signals) => void;

const NARROWEST = 40;

/** The real one. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const tty = stdout.isTTY === true;
  const readerGone = new AbortController();
  let clock: Clock | undefined;
  for (const stream of [stdout, stderr]) stream.on('error', ignoreGoneReader(readerGone));
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    write: (text) => void stdout.write(text),
    print: (text) => new Promise((resolve) => stdout.write(text, () => resolve())),
    get outputInode() {
      const kind = fstatSync(stdout.fd);
      return kind.isFile() ? kind.ino : undefined;
    },
    get input() {
      return process.stdin;
    },
    progress: (line) => {
      if (stderr.isTTY) stderr.write(`\r${line}\x1b[K`);
    },
    async prompt() {
      const { stdin } = process;
      if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
      return (await import('./prompt.ts')).openPrompt(stdin, stderr);
    },
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    tty,
    colour: wantsColour(tty, env),
    get width() {
      return tty ? Math.max(NARROWEST, stdout.columns || 80) : Infinity;
    },
    zone: 'system',
    env,
    get clock() {
      clock ??= systemClock();
      return clock;
    },
    interrupted: () => AbortSignal.any([readerGone.signal, interrupted()]),
    onSignals,
  };
}

/** Only on a terminal that can, and never against NO_COLOR (no-color.org: set, and not empty). */
export function wantsColour(tty: boolean, env: Terminal['env']): boolean {
  return tty && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** `vmmanage history | head` is no error: nothing more is printed, and what lasts may end. */
function ignoreGoneReader(gone: AbortController): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== 'EPIPE') throw error;
    gone.abort();
  };
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  const off = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => {
    off();
    controller.abort();
  });
  return controller.signal;
}

function onSignals(signals: readonly NodeJS.Signals[], then: Handler): () => void {
  for (const signal of signals) process.on(signal, then);
  return () => {
    for (const signal of signals) process.removeListener(signal, then);
  };
}
