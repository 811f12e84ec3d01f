/** Which files a command line names: files as they are, and of a folder its `*.test`, sorted. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from '../exit.ts';

const ENDING = '.test';

export function scenarioFiles(operands: readonly string[]): string[] {
  return operands.flatMap((operand) => (isFolder(operand) ? inFolder(operand) : [operand]));
}

/** What isn't there is told when it is read. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A folder without any is a mistake: nothing would be tested, and pass. */
function inFolder(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  if (names.length > 0) return names.sort().map((name) => join(folder, name));
  throw new CliError(EXIT.usage, `${folder} holds no *${ENDING} file`);
}
