/** The logs that a command line names, open: read once from front to end, and closed after that. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Read, wholeLines } from '../../logs/blocks.ts';
import { formOf, type Seen } from '../../logs/read.ts';
import { needlesOf } from '../../logs/wanted.ts';
import { CliError, EXIT } from '../exit.ts';
import { clean } from '../render/clean.ts';
import type { Terminal } from '../terminal.ts';
import { type Family, familiesOf, opened } from './families.ts';
import { Followed } from './follow.ts';
import { endOfLines, type LogFile } from './log-file.ts';
import { merged } from './merge.ts';
import { type Asked, type Batches, batchesOf, latest, select } from './source.ts';
import { isUrl, readerAt, unpacked } from './url.ts';
import { usualFile } from './usual.ts';

/** How much is read at once, of all logs together. */
const READING_BYTES = 2 * 1024 * 1024;
const BLOCK_MIN_BYTES = 64 * 1024;
const STDIN = '-';

interface OpenFile {
  readonly family: Family;
  readonly file: LogFile;
}

export interface Named {
  readonly files: readonly OpenFile[];
  /** Standard input and URLs: read as they come. */
  readonly streams: readonly Read[];
  /** Folders, in which others may come to be. */
  readonly operands: readonly string[];
}

/** What no file holds can't be followed: it goes on until it ends. */
export function checkFollowed(operands: readonly string[]): void {
  const stream = operands.find((name) => name === STDIN || isUrl(name));
  if (stream === undefined) return;
  throw new CliError(EXIT.usage, `${stream} can't be followed`, [
    'only files and folders can; standard input is read as it comes, without -f',
  ]);
}

/** Such as `ftp://…`, which would be a strange name of a file. */
function checkOperand(name: string): void {
  if (isUrl(name) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) return;
  throw new CliError(EXIT.usage, `${name} can't be read: only http and https URLs can`);
}

export async function openNamed(
  operands: readonly string[],
  terminal: Terminal,
  stop: AbortSignal,
): Promise<Named> {
  const names = operands.length > 0 ? operands : [await usualFile()];
  const paths: string[] = [];
  const streams: Read[] = [];
  for (const name of new Set(names)) {
    checkOperand(name);
    if (isUrl(name)) streams.push(await readerAt(name, stop));
    else if (name === STDIN) streams.push(unpacked(terminal.input));
    else if (await isPipe(name)) streams.push(unpacked(createReadStream(name)));
    else paths.push(name);
  }
  return { files: await openFiles(paths, terminal), streams, operands: paths };
}

/** Such as a shell's `<(zcat …)`: it has no places to read from. */
async function isPipe(path: string): Promise<boolean> {
  const kind = await stat(path).catch(() => undefined);
  return kind !== undefined && !kind.isFile() && !kind.isDirectory();
}

/** A file that is named twice, or as another's rotated one too, is read once; one that we write, never. */
async function openFiles(paths: readonly string[], terminal: Terminal): Promise<OpenFile[]> {
  const families = (await Promise.all(paths.map((path) => familiesOf(path)))).flat();
  const files: OpenFile[] = [];
  for (const family of families) {
    const file = await opened(family.path);
    const known = files.some(({ file: { inode } }) => inode === file.inode);
    const own = file.inode === terminal.outputInode;
    if (own) terminal.err(`vmmanage: ${clean(file.path)} isn't read: the output goes there`);
    if (known || own) await file.handle.close();
    else files.push({ family, file });
  }
  const named = new Set(families.map(({ path }) => path));
  return files.map(({ family, file }) => ({
    family: { ...family, earlier: family.earlier.filter((path) => !named.has(path)) },
    file,
  }));
}

/** With `whole` no line that is still being written: it is followed later. */
export async function linesOf(
  { files, streams }: Named,
  asked: Omit<Asked, 'blockBytes'>,
  whole: boolean,
): Promise<Batches> {
  const share = Math.floor(READING_BYTES / (files.length + streams.length));
  const each = { ...asked, blockBytes: Math.max(BLOCK_MIN_BYTES, share) };
  const sources: Batches[] = [];
  for (const { family, file } of files) {
    const size = whole ? await endOfLines(file) : file.size;
    sources.push(batchesOf(family, { ...file, size }, each));
  }
  const all = [...sources, ...streams.map((read) => streamed(read, each))];
  const { last } = asked;
  const lines = merged(all);
  return last === undefined || all.length === 1 ? lines : lastOf(lines, last);
}

async function* streamed(read: Read, { wanted, blockBytes, last }: Asked): Batches {
  const lines = selected(read, wanted, blockBytes);
  if (last === undefined) yield* lines;
  else yield* lastOf(lines, last);
}

async function* selected(read: Read, wanted: Asked['wanted'], blockBytes: number): Batches {
  let searched:
    | { form: ReturnType<typeof formOf>; needles: ReturnType<typeof needlesOf> }
    | undefined;
  for await (const block of wholeLines(read, blockBytes)) {
    if (!searched) {
      const form = formOf(block);
      searched = { form, needles: needlesOf(wanted, form) };
    }
    yield select(block, searched.form, wanted, searched.needles);
  }
}

async function* lastOf(batches: Batches, n: number): Batches {
  let found: readonly Seen[] = [];
  for await (const batch of batches) {
    if (batch.length > 0) found = latest([...found, ...batch], n);
  }
  yield found;
}

/** The same files from where `linesOf` ended. */
export async function followedOf({ files }: Named): Promise<Followed[]> {
  const followed: Followed[] = [];
  // A compressed file doesn't grow.
  for (const { family, file } of files.filter((each) => !each.file.gzip)) {
    followed.push(new Followed(family.path, file, await endOfLines(file)));
  }
  return followed;
}

/** Files that are in a folder now, and weren't followed yet: from their beginning. */
export async function newlyNamed(
  { operands }: Named,
  known: readonly Followed[],
  { outputInode }: Terminal,
): Promise<Followed[]> {
  const logs = known.map(({ path }) => path);
  const families = await Promise.all(
    operands.map((path) => familiesOf(path, logs).catch(() => [])),
  );
  const paths = families.flat().map(({ path }) => path);
  const fresh = paths.filter((path) => !known.some((log) => log.path === path));
  const inodes = await Promise.all(
    fresh.map((path) =>
      stat(path).then(
        ({ ino }) => ino,
        () => undefined,
      ),
    ),
  );
  const others = fresh.filter((_, n) => outputInode === undefined || inodes[n] !== outputInode);
  return others.map((path) => new Followed(path, undefined, 0));
}

export async function closeNamed({ files }: Named): Promise<void> {
  await Promise.all(files.map(({ file }) => file.handle.close().catch(() => undefined)));
}
