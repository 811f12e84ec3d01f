/** The value of `--html`: standard output has text of its own. */
export function pageFile(text: string): string {
  if (text !== '-') return text;
  throw new InvalidArgumentError('name a file for the page.');
}

/** Writes a page of `--html`, and says where. */
import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { CliError, EXIT } from './exit.ts';
import { clean } from './render/clean.ts';
import type { Terminal } from './terminal.ts';

export async function writePage(path: string, html: string, terminal: Terminal): Promise<void> {
  try {
    await writeFile(path, html);
  } catch (error) {
    throw new CliError(EXIT.failed, `${path} can't be written: ${(error as Error).message}`);
  }
  terminal.err(`wrote ${clean(path)}`);
}
