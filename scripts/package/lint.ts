/** lintian's word on a package; what it says has to be mended, or overridden with a reason. */
import { spawnSync } from 'node:child_process';

/** Throws with what it says, from warnings up. */
export function lint(file: string): void {
  const words = ['--fail-on', 'error,warning', '--info', file];
  const { status, stdout, stderr, error } = spawnSync('lintian', words, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`lintian on ${file}:\n${stdout}${stderr}`);
}
