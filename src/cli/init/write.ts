/**
 * From a draft to its files: checked as `vmmanage check` would check it, and written whole or not at all. What
 * stood there is copied aside first. Nothing that is wrong is ever left behind.
 */
import { constants } from 'node:fs';
import { access, copyFile, mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { sourcesBeside } from '../../conf/files.ts';
import { Findings, formatProblem } from '../../conf/findings.ts';
import { type Checked, checkSources } from '../../conf/load.ts';
import type { Loaded } from '../../conf/loaded.ts';
import { plugins } from '../../daemon/plugins.ts';
import { groupId, userId } from '../../system/accounts.ts';
import { type Owner, writeAtomically } from '../../system/files.ts';
import { systemZone } from '../../system/zone.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Terminal } from '../terminal.ts';
import type { Draft } from './draft.ts';
import { DAEMON_USER } from './trial.ts';

const CONF_MODE = 0o640;
/** The group may look at the daemon; a password is the daemon's alone. */
const SECRET_MODE = 0o600;

/** `leave`: passwords that were typed aren't in their files yet. */
export function checkDraft(
  draft: Draft,
  file: string,
  { env }: Pick<Terminal, 'env'>,
  secrets: 'read' | 'leave' = 'leave',
): Checked {
  const findings = new Findings();
  const bytes = new TextEncoder().encode(draft.text());
  const sources = sourcesBeside({ file, bytes, exposed: false }, findings);
  if (findings.problems.length > 0) return findings;
  const surroundings = { hostname: hostname(), zone: systemZone(), env, secrets };
  return checkSources(sources, file, plugins(), surroundings);
}

export function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Why nothing can be written there, as far as that can be told beforehand. */
export async function whyUnwritable(file: string): Promise<string | undefined> {
  let folder = dirname(file);
  while (!(await exists(folder)) && folder !== dirname(folder)) folder = dirname(folder);
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => undefined,
    ({ code }) => `${code} at ${folder}`,
  );
}

export interface Written {
  /** For people. */
  readonly lines: readonly string[];
  readonly loaded: Loaded;
}

export async function writeDraft(
  draft: Draft,
  file: string,
  terminal: Pick<Terminal, 'env'>,
): Promise<Written> {
  const isRoot = process.getuid?.() === 0;
  const gid = isRoot ? await groupId(DAEMON_USER) : undefined;
  const uid = isRoot ? await userId(DAEMON_USER) : undefined;
  const made: string[] = [];
  try {
    await mkdir(dirname(file), { recursive: true });
    for (const [path, secret] of draft.secrets) {
      await writeNew(path, `${secret}\n`, { uid });
      made.push(path);
    }
    const loaded = mustBeRight(checkDraft(draft, file, terminal, 'read'));
    const copy = (await exists(file)) ? await copyAside(file) : undefined;
    if (copy !== undefined) made.push(copy);
    await writeAtomically(file, draft.text(), CONF_MODE, { gid });
    const kept = copy === undefined ? [] : [`kept the former conf as ${copy}`];
    const owner = uid === undefined ? '' : `, owner ${DAEMON_USER}`;
    const group = gid === undefined ? '' : `, group ${DAEMON_USER}`;
    const secrets = [...draft.secrets.keys()].map((path) => `wrote ${path} (mode 0600${owner})`);
    return { lines: [...kept, ...secrets, `wrote ${file} (mode 0640${group})`], loaded };
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    if (error instanceof CliError) throw error;
    const why = (error as Error).message;
    throw new CliError(EXIT.failed, `${file} can't be written: ${why}`, ['nothing was written']);
  }
}

export function mustBeRight({ problems, loaded }: Checked): Loaded {
  if (loaded) return loaded;
  const lines = problems.map(formatProblem);
  throw new CliError(EXIT.conf, 'this would be a wrong conf; nothing was written', lines);
}

/** Nobody's file is overwritten by a password. */
async function writeNew(path: string, text: string, owner: Owner): Promise<void> {
  if (await exists(path)) throw new Error(`${path} is there already`);
  await writeAtomically(path, text, SECRET_MODE, owner);
}

async function copyAside(file: string): Promise<string> {
  const copy = await freeName(`${file}.old`);
  await copyFile(file, copy, constants.COPYFILE_EXCL);
  return copy;
}

/** The name, or the first of `NAME.2`, `NAME.3` … that is nobody's. */
export async function freeName(name: string): Promise<string> {
  for (let n = 1; ; n += 1) {
    const tried = n === 1 ? name : `${name}.${n}`;
    if (!(await exists(tried))) return tried;
  }
}
