/**
 * Exit statuses of the command line (DESIGN.md §9) and the one error that ends a command on
 * purpose. Nothing here prints: cli.ts does, once.
 */

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** As sysexits.h numbers them. */
  noDaemon: 69,
  held: 75,
  denied: 77,
  conf: 78,
  /** What shells report of a program that Ctrl-C ended. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** The command can't go on, for a reason that its user can act on. */
export class CliError extends Error {
  /** One of `EXIT`, but where a program that we ran has its own. */
  readonly status: number;
  /** Further lines: what is wrong in detail, or what to do. */
  readonly hints: readonly string[];

  constructor(status: number, message: string, hints: readonly string[] = []) {
    super(message);
    this.name = 'CliError';
    this.status = status;
    this.hints = hints;
  }
}
