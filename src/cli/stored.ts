/** What the daemon stored, for the commands that read its files: it need not run. */

import type { Command } from 'commander';
import type { Recorded } from '../daemon/journal.ts';
import type { ConfOption } from './command.ts';
import { withConf } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { confFolder } from './places.ts';
import { clean } from './render/clean.ts';
import type { Terminal } from './terminal.ts';

export interface StoredOptions extends ConfOption {
  readonly state?: string;
}

export function withStored(command: Command): Command {
  return withConf(command).option(
    '--state <folder>',
    "where the journal is (default: the conf's [vm] state)",
  );
}

export function stateFolder({ state, conf }: StoredOptions): Promise<string> {
  return state === undefined ? confFolder('state', conf ?? []) : Promise.resolve(state);
}

/** The journal's records, oldest first; lines that can't be used are told. */
export async function readRecords(
  folder: string,
  terminal: Pick<Terminal, 'err'>,
): Promise<readonly Recorded[]> {
  const { readJournal } = await import('../daemon/journal.ts');
  try {
    const { records, warnings, lastSeq } = await readJournal(folder);
    if (lastSeq === 0 && warnings.length === 0) {
      throw new CliError(EXIT.failed, `there is no journal in ${folder}`);
    }
    for (const warning of warnings) terminal.err(`vmmanage: ${clean(warning)}`);
    return records;
  } catch (error) {
    throw unreadable(error, folder);
  }
}

/** The error for a folder that can't be read; a programmer's error stays what it is. */
export function unreadable(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new CliError(
    denied ? EXIT.denied : EXIT.failed,
    `the journal in ${folder} can't be read: ${denied ? 'permission denied' : code}`,
  );
}
