/**
 * Where the daemon's sockets and files are: what was said on the command line, else in the
 * environment, else in the conf where it can be read, else where they are by default. A conf that
 * is wrong elsewhere still tells its folders: whoever repairs it needs them.
 */
import type { Source } from '../conf/lex.ts';
import { CliError, EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** The daemon's runtime folder, which holds its sockets. */
export async function runtimeFolder(
  given: string | undefined,
  env: Terminal['env'],
): Promise<string> {
  return given || env['VMMANAGE_RUNTIME'] || (await confFolder('runtime', []));
}

/** `[vm] state` or `[vm] runtime` of these files, or of the default ones, or the default. */
export async function confFolder(
  key: 'state' | 'runtime',
  files: readonly string[],
): Promise<string> {
  const [{ readSources }, { Findings }, { VM }] = await Promise.all([
    import('../conf/files.ts'),
    import('../conf/findings.ts'),
    import('../conf/tables.ts'),
  ]);
  const findings = new Findings();
  const sources = readSources(files, findings);
  const [problem] = findings.problems;
  if (files.length > 0 && problem) {
    throw new CliError(EXIT.conf, `${problem.file} ${problem.text}`);
  }
  return (await lastGiven(key, sources)) ?? VM[key].default ?? '';
}

async function lastGiven(key: string, sources: readonly Source[]): Promise<string | undefined> {
  const [{ lex }, { Findings }] = await Promise.all([
    import('../conf/lex.ts'),
    import('../conf/findings.ts'),
  ]);
  const sections = sources.flatMap((source) => lex(source, new Findings()) ?? []);
  const values = sections.flatMap(({ kind, entries }) => {
    const entry = kind === 'vm' ? entries.get(key) : undefined;
    return entry ? [entry.value] : [];
  });
  return values.at(-1);
}
