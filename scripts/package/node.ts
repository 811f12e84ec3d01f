/** The Node that vmmanage-standalone brings along: the one that packages it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';

export const NODE_VERSION = `Node.js ${process.versions.node}`;

/** As Debian calls it: amd64. */
export function architecture(): string {
  return said('dpkg', '--print-architecture').trim();
}

/**
 * The packages of the shared libraries that a program is linked with, each at least as new as on this
 * machine, where they are known to do: `libc6 (>= 2.36)`. Throws where no package has one of them.
 */
export function librariesOf(program: string): string[] {
  const lines = said('ldd', program).split('\n');
  const paths = lines.flatMap((line) => /(?:=> |^\s+)(\/\S+)/.exec(line)?.[1] ?? []);
  const packages = new Set(paths.map(packageOf));
  return [...packages].sort().map((name) => `${name} (>= ${upstreamVersion(name)})`);
}

/** Libraries are called by way of /lib, and packages may know them below /usr/lib. */
function packageOf(library: string): string {
  const real = realpathSync(library);
  const places = [library, real, `/usr${library}`, real.replace(/^\/usr/, '')];
  for (const place of places) {
    const { status, stdout } = spawnSync('dpkg', ['-S', place], { encoding: 'utf8' });
    const name = /^([^:\s]+)/.exec(stdout)?.[1];
    if (status === 0 && name !== undefined) return name;
  }
  throw new Error(`no Debian package has ${library}`);
}

/** Without epoch and Debian's own revision. */
function upstreamVersion(name: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's spelling, not JavaScript's.
  const version = said('dpkg-query', '-W', '-f=${Version}\\n', name).split('\n')[0] ?? '';
  return version.replace(/-[^-]*$/, '');
}

function said(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The licences of Node and of what is built into it: beside it in its makers' archive, else Debian's. */
export function nodeLicence(): string {
  const real = realpathSync(process.execPath);
  const beside = textOf(real.replace(/\/bin\/[^/]+$/, '/LICENSE'));
  if (beside !== undefined) return beside;
  const doc = `/usr/share/doc/${packageOf(real)}`;
  const text = textOf(`${doc}/LICENSE`) ?? textOf(`${doc}/copyright`);
  if (text === undefined) throw new Error(`${doc} has no licence of ${real}`);
  return text;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
