/** The packages as `npm run package` makes them, and what tests do with them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architecture } from '../../scripts/package/node.ts';
import { releaseOf } from '../../scripts/package/release.ts';

export const VERSION = releaseOf().version;
export const LATER = `${VERSION}.1`;
export const LATEST = `${VERSION}.2`;

export function ran(program: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Throws what it says where it fails. Gives back its standard output. */
export function must(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = ran(program, ...args);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}: ${stdout}${stderr}`);
  return stdout;
}

/** Into a folder; gives back the paths that the script prints. */
export function build(into: string, ...names: string[]): string[] {
  const only = names.flatMap((name) => ['--only', name]);
  const words = ['scripts/package.ts', '--quick', '--into', into, ...only];
  return must('node_modules/.bin/tsx', ...words)
    .trim()
    .split('\n');
}

export function fileOf(name: string, version = VERSION): string {
  const of = name === 'vmmanage-standalone' ? architecture() : 'all';
  return `${name}_${version}_${of}.deb`;
}

interface LaterRelease {
  readonly version: string;
  /** What its conf says more. */
  readonly line: string;
}

/** The package as a later release would be. Gives back its path. */
export function laterOf(folder: string, name: string, { version, line }: LaterRelease): string {
  const tree = join(folder, `${name}-${version}`);
  must('dpkg-deb', '--raw-extract', join(folder, fileOf(name)), tree);
  const change = (path: string, by: (text: string) => string) =>
    writeFileSync(join(tree, path), by(readFileSync(join(tree, path), 'utf8')));
  change('DEBIAN/control', (text) => text.replace(`Version: ${VERSION}`, `Version: ${version}`));
  change('usr/lib/vmmanage/package.json', (text) => text.replace(VERSION, version));
  change('etc/vmmanage/vmmanage.conf', (text) => `${text}\n${line}\n`);
  const file = join(folder, fileOf(name, version));
  must('dpkg-deb', '--root-owner-group', '-Zgzip', '-z1', '--build', tree, file);
  return file;
}
