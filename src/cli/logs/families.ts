/**
 * Which files a name stands for: the file and those that a rotation made of it, or each of the files
 * in a folder that `vmmanage sink --split` fills.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError, EXIT } from '../exit.ts';
import { type LogFile, openLog } from './log-file.ts';

/** One log: the file that is written to, and its earlier ones in no order. */
export interface Family {
  readonly path: string;
  readonly earlier: readonly string[];
}

/** Each takes some memory and a descriptor while it is read. */
const LOGS_MAX = 2000;
/** With all that rotations left. */
const NAMES_MAX = 100_000;
/** `.1`, `.2.gz`, `-20090513.gz`, `-20090513T163440.123Z`: a number or a date, and how it is packed. */
const ROTATED = /^[.-]\d[\dTZ:._-]{0,40}(?:\.gz)?$/;
/** logrotate may put the date before the extension. */
const DATED = /^(.+)-\d[\dT_-]{0,40}(\.[^.]+?)(?:\.gz)?$/;

/** Of the `known` logs one may be away for a moment, between its rotation and its next line. */
export async function familiesOf(path: string, known: readonly string[] = []): Promise<Family[]> {
  const kind = await stat(path).catch((error) => Promise.reject(unopened(path, error)));
  const folder = kind.isDirectory() ? path : dirname(path);
  const names = known.map((log) => basename(log));
  const here = names.filter((name, index) => join(folder, name) === known[index]);
  const families = familiesIn(folder, [...(await namesIn(folder)), ...here]);
  if (!kind.isDirectory()) return [families.get(basename(path)) ?? { path, earlier: [] }];
  const earlier = new Set([...families.values()].flatMap((family) => family.earlier));
  const current = [...families.values()].filter((family) => !earlier.has(family.path));
  if (current.length > LOGS_MAX) throw tooMany(path, LOGS_MAX);
  return current;
}

/** By name, with each file's earlier ones. */
function familiesIn(folder: string, names: readonly string[]): Map<string, Family> {
  const earlier = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const name of names) {
    const of = basesOf(name).find((base) => earlier.has(base));
    if (of !== undefined) earlier.get(of)?.push(join(folder, name));
  }
  const family = (name: string, of: readonly string[]) => ({
    path: join(folder, name),
    earlier: of,
  });
  return new Map([...earlier].map(([name, of]) => [name, family(name, of)]));
}

/** The names of files that a rotation may have made `name` of. */
function basesOf(name: string): string[] {
  const ends = [...name.matchAll(/[.-](?=\d)/g)].map(({ index }) => index);
  const bases = ends
    .filter((end) => end > 0 && ROTATED.test(name.slice(end)))
    .map((end) => name.slice(0, end));
  const dated = DATED.exec(name);
  return dated ? [...bases, `${dated[1]}${dated[2]}`] : bases;
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
  if (seen.length <= NAMES_MAX) return seen;
  throw tooMany(folder, NAMES_MAX);
}

function tooMany(folder: string, most: number): CliError {
  return new CliError(EXIT.failed, `${folder} holds more than ${most} files: name some of them`);
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
