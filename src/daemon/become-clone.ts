/**
 * Whether this machine is a clone: user-data has left it a document that says so. A clone begins with an
 * empty journal: what its image held in the state folder is the original's, and is set aside.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '../conf/files.ts';
import { ConfError } from '../conf/findings.ts';
import type { Source } from '../conf/lex.ts';
import { FILE_MAX_BYTES } from '../conf/lines.ts';
import type { Cloned } from '../core/events.ts';
import { cloneConfOf, cloneFileOf } from '../migrators/clone/user-data.ts';
import { readIfPresent, syncFolder } from '../system/files.ts';
import { type CloneDocument, parseCloneDocument } from '../wire/clone.ts';
import type { Identity } from './instance.ts';
import { readJournal } from './journal.ts';

/** The instance of a machine whose cloud tells it nothing. */
export const UNKNOWN = 'unknown';

/** What this clone was told of itself. */
export interface Self extends Cloned {
  readonly mailbox: string;
}

/** A document that can't be obeyed: to act beside home would be worse than not to begin. */
export class IdentityError extends Error {}

/**
 * What user-data gave this clone of its site's conf (conf/site-part.ts); undefined where it gave none.
 * Throws ConfError.
 */
export function sitePartIn(folder: string): Source | undefined {
  const file = cloneConfOf(folder);
  if (!existsSync(file)) return undefined;
  const read = readBounded(file, FILE_MAX_BYTES);
  if (read.ok) return { file, ...read.value };
  throw new ConfError([{ file, line: 0, text: read.problem }], []);
}

/** Undefined where this is no clone. Throws IdentityError. */
export async function becomeClone(
  folder: string,
  vm: string,
  identity: Identity = async () => undefined,
): Promise<Self | undefined> {
  const path = cloneFileOf(folder);
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const document = parseCloneDocument(text);
  if (!document) throw new IdentityError(`${path} isn't understood; without it this is no clone`);
  if (document.vm !== vm) {
    throw new IdentityError(
      `${path} makes this a clone of ${document.vm}, and the conf names ${vm}`,
    );
  }
  if (!(await isOwn(folder, document))) await setAside(folder, document.request);
  const { request, host, home, mailbox } = document;
  return { of: vm, request, host, home, mailbox, instance: (await identity()) ?? UNKNOWN };
}

/** Whether the journal in this folder was begun by this clone. */
async function isOwn(folder: string, { request }: CloneDocument): Promise<boolean> {
  const { records } = await readJournal(folder);
  return records.some(({ entry }) => {
    if (entry.type === 'cloned') return entry.request === request;
    return entry.type === 'state' && entry.state.origin?.request === request;
  });
}

const LOCK = 'daemon.lock';
const BEFORE = 'before-';

/** The journal goes last: what a kill interrupts is done again at the next start. */
async function setAside(folder: string, request: string): Promise<void> {
  const stays = (name: string) => name === LOCK || name.startsWith(BEFORE);
  const names = (await readdir(folder)).filter((name) => !stays(name));
  if (names.length === 0) return;
  const aside = join(folder, `${BEFORE}${request}`);
  await mkdir(aside, { recursive: true, mode: 0o750 });
  const isJournal = (name: string) => Number(name.startsWith('journal.'));
  for (const name of names.toSorted((a, b) => isJournal(a) - isJournal(b))) {
    await rename(join(folder, name), join(aside, name));
  }
  await syncFolder(folder);
}
