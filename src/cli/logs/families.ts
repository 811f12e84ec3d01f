/**
 * Which files a name stands for: the file and those that a rotation made of it, or each of the files
 * in a folder that `vmmanage sink --split` fills.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { CliError, EXIT } from '../exit.ts';
import { type LogFile, openLog } from './log-file.ts';

/** One log: the file that is written to, and its earlier ones in no order. */
export interface Family {
  readonly path: string;
  readonly earlier: readonly string[];
}

/** Each takes some memory and a descriptor while it is read. */
const FILES_MAX = 1000;
/** `.1`, `.2.gz`, `-20090513.gz`, `.2009-05-13T16:34:40Z`: a number or a date, and how it is packed. */
const ROTATED = /^[.-]\d[\dTZ:._-]{0,40}(?:\.gz)?$/;

export async function familiesOf(path: string): Promise<Family[]> {
  const kind = await stat(path).catch((error) => Promise.reject(unopened(path, error)));
  if (!kind.isDirectory()) return [familyIn(path, await namesIn(dirname(path)))];
  const names = await namesIn(path);
  const current = names.filter((name) => !names.some((of) => isEarlier(name, of)));
  return current.map((name) => familyIn(join(path, name), names));
}

function familyIn(path: string, names: readonly string[]): Family {
  const own = names.filter((name) => isEarlier(name, basename(path)));
  return { path, earlier: own.map((name) => join(dirname(path), name)) };
}

/** Whether rotating `of` gives such a name; logrotate may put the date before the extension. */
function isEarlier(name: string, of: string): boolean {
  if (name.startsWith(of)) return ROTATED.test(name.slice(of.length));
  const extension = extname(of);
  const stem = basename(of, extension);
  const rest = name.replace(/\.gz$/, '');
  if (extension === '' || !rest.startsWith(stem) || !rest.endsWith(extension)) return false;
  return /^-\d[\dT_-]{0,40}$/.test(rest.slice(stem.length, -extension.length));
}

/** What a program hasn't finished yet. */
function isInWork(name: string): boolean {
  return name.startsWith('.') || name.endsWith('.part');
}

/** Without what is in work, and without a file that is about to go, as it is there compressed. */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) =>
    Promise.reject(unopened(folder, error)),
  );
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const packed = new Set(names.filter((name) => name.endsWith('.gz')));
  const seen = names.filter((name) => !isInWork(name) && !packed.has(`${name}.gz`)).sort();
  if (seen.length <= FILES_MAX) return seen;
  throw new CliError(
    EXIT.failed,
    `${folder} holds more than ${FILES_MAX} files: name some of them`,
  );
}

/** Opens a log, and says what can be done where that isn't possible. */
export async function opened(path: string): Promise<LogFile> {
  try {
    return await openLog(path);
  } catch (error) {
    throw unopened(path, error);
  }
}

export function unopened(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'the unit lets the group vmmanage-sink read its log: ask as root, or join it';
    return new CliError(EXIT.denied, `${path} can't be read: ${message}`, [hint]);
  }
  return new CliError(EXIT.failed, `${path} can't be read: ${message}`);
}
