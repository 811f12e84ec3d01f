/** Reads the conf for the commands that need no daemon. */
import { hostname } from 'node:os';
import type { Secrets } from '../conf/context.ts';
import type { Checked } from '../conf/load.ts';
import type { Loaded } from '../conf/loaded.ts';
import { systemZone } from '../system/zone.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

export async function readConf(
  files: readonly string[],
  { env }: Pick<Terminal, 'env'>,
  secrets: Secrets = 'read',
): Promise<Checked> {
  const [{ checkConf }, { plugins }] = await Promise.all([
    import('../conf/load.ts'),
    import('../daemon/plugins.ts'),
  ]);
  const surroundings = { hostname: hostname(), zone: systemZone(), env, secrets };
  return checkConf(files, plugins(), surroundings);
}

/** For a command that can't do anything with a wrong one. */
export async function needConf(
  files: readonly string[],
  terminal: Pick<Terminal, 'env'>,
  secrets: Secrets = 'read',
): Promise<Loaded> {
  const { loaded, problems } = await readConf(files, terminal, secrets);
  if (loaded) return loaded;
  const { formatProblem } = await import('../conf/findings.ts');
  throw new CliError(EXIT.conf, 'the conf is wrong', problems.map(formatProblem));
}
