/** From what a package is to its file: tree, control files, `dpkg-deb --build`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianChangelog, maintainerOf, type Release, ROOT } from './release.ts';
import { Tree } from './tree.ts';

/** Of the control file; `Depends` and the like as they stand there. */
export interface Fields {
  readonly Depends: string;
  readonly Description: string;
  readonly [field: string]: string;
}

export interface Package {
  readonly name: string;
  /** `all`, or that of the machine that packages. */
  readonly architecture: () => string;
  readonly fields: (release: Release) => Fields;
  /** The folder of packaging/ that has its maintainer scripts. */
  readonly scripts: string;
  /** Puts its files there. */
  readonly fill: (tree: Tree, release: Release) => Promise<void>;
}

export interface Build {
  readonly release: Release;
  /** A folder that is made, for the files; deleting it is the caller's. */
  readonly root: string;
  readonly into: string;
  /** With little compression. */
  readonly quick: boolean;
}

const SCRIPTS = ['postinst', 'prerm', 'postrm'];
const QUICK = ['-Zgzip', '-z1'];
const SMALL = ['-Zxz', '-z1'];

/** Gives back the path of the package. */
export async function buildPackage(each: Package, build: Build): Promise<string> {
  const { release, root, into, quick } = build;
  const tree = new Tree(root);
  await each.fill(tree, release);
  tree.gzip(`usr/share/doc/${each.name}/changelog.gz`, debianChangelog(each.name, release));
  writeControl(tree, each, release);
  tree.date(release.epoch);
  const file = join(into, `${each.name}_${release.version}_${each.architecture()}.deb`);
  const words = ['--root-owner-group', ...(quick ? QUICK : SMALL), '--build', root, file];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(release.epoch) };
  const { status, stderr, error } = spawnSync('dpkg-deb', words, { env, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`dpkg-deb: ${stderr}`);
  return file;
}

function writeControl(tree: Tree, each: Package, release: Release): void {
  const installed = tree.paths();
  const control = {
    Package: each.name,
    Version: release.version,
    Architecture: each.architecture(),
    Maintainer: maintainerOf(),
    'Installed-Size': String(kibibytes(tree, installed)),
    Section: 'admin',
    Priority: 'optional',
    ...each.fields(release),
  };
  const lines = Object.entries(control).map(([key, value]) => `${key}: ${value}\n`);
  tree.write('DEBIAN/control', lines.join(''));
  const files = installed.filter((path) => tree.stat(path).isFile());
  tree.write('DEBIAN/md5sums', files.map((path) => `${md5(tree.read(path))}  ${path}\n`).join(''));
  const conffiles = installed.filter((path) => path.startsWith('etc/'));
  tree.write('DEBIAN/conffiles', conffiles.map((path) => `/${path}\n`).join(''));
  for (const name of SCRIPTS) {
    const text = readFileSync(new URL(`packaging/${each.scripts}/${name}`, ROOT));
    tree.write(`DEBIAN/${name}`, text, 0o755);
  }
}

/** As Debian's policy counts: each file in whole ones, and one for everything else. */
function kibibytes(tree: Tree, paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + Math.max(1, Math.ceil(tree.stat(path).size / 1024)), 0);
}

/** What `dpkg --verify` compares with. */
function md5(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}
