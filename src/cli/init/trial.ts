/**
 * Reads the probe of a draft once, as `vmmanage probe` does and as the daemon's user where there is one: a
 * database that goes by who asks answers root otherwise. A password is handed over in the environment alone.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userId } from '../../system/accounts.ts';
import { describeEnd, type Ended, runProgram } from '../../system/programs.ts';
import { interrupted } from '../prompt.ts';
import type { Terminal } from '../terminal.ts';
import type { Draft } from './draft.ts';

export const DAEMON_USER = 'vmmanage';

/** A person waits for it. */
const TRIAL_MS = 60_000;

export type Trial =
  | {
      readonly value: number;
      readonly unit: string;
      readonly tookMs: number;
      /** It was read by the daemon's user. */
      readonly asDaemon: boolean;
    }
  | { readonly missing: string };

/** `draft` has its [probe]; the rest of a conf is put there for it. */
export async function tryProbe(
  draft: Draft,
  { program, clock }: Pick<Terminal, 'program' | 'clock'>,
  signal: AbortSignal,
): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'vmmanage-init-'));
  try {
    const { text, env } = draft.trial();
    const file = join(folder, 'vmmanage.conf');
    await writeFile(file, text);
    // For whoever it is read as; it holds no secret.
    await chmod(file, 0o644);
    await chmod(folder, 0o755);
    const user = await asDaemon();
    const argv = [...user, ...program, 'probe', '--json', '-c', file];
    const ended = await runProgram({ argv, env, timeoutMs: TRIAL_MS, signal }, clock);
    if (ended.aborted) throw interrupted();
    return resultOf(ended, user.length > 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function asDaemon(): Promise<readonly string[]> {
  if (process.getuid?.() !== 0 || (await userId(DAEMON_USER)) === undefined) return [];
  const user = [`--reuid=${DAEMON_USER}`, `--regid=${DAEMON_USER}`, '--init-groups'];
  return ['setpriv', ...user, '--'];
}

/** What `vmmanage probe --json` prints of one probe. */
function resultOf(ended: Ended, asDaemon: boolean): Trial {
  const [result] = parsed(ended.stdout);
  const { value, unit = '', missing, took_ms: tookMs = 0 } = result ?? {};
  if (typeof value === 'number') {
    return { value, unit: String(unit), tookMs: Number(tookMs), asDaemon };
  }
  return { missing: missing === undefined ? describeEnd(ended) : String(missing) };
}

function parsed(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
