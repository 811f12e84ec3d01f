/** Keys for ssh, made as a person makes them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** NAME and NAME.pub in the folder, by the options of ssh-keygen; gives back the public half. */
export function makeKey(
  folder: string,
  name: string,
  type: readonly string[] = ['-t', 'ed25519'],
): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  execFileSync('ssh-keygen', ['-q', ...type, '-N', '', '-C', name, '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}
