/** Which release is packaged: its version and its moment, the same however often it is packaged. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const ROOT = new URL('../../', import.meta.url);

export interface Release {
  readonly version: string;
  /** Seconds since the epoch: what every file of the packages is dated. */
  readonly epoch: number;
}

/** Reaches nobody, and says so (RFC 2606): the project has no address of its own. */
const NOBODY = 'The vmmanage authors <vmmanage@packages.invalid>';

/**
 * Who answers for the packages: whoever packages, by DEBFULLNAME and DEBEMAIL, as Debian's own tools have it.
 * Throws where only one of them is given, or no control file could hold them.
 */
export function maintainerOf(env: NodeJS.ProcessEnv = process.env): string {
  const { DEBFULLNAME: name, DEBEMAIL: email } = env;
  if (!name && !email) return NOBODY;
  const isWhole = /^[^<>@,\p{C}]+$/u.test(name ?? '') && /^[^<>@\s]+@[^<>@\s]+$/.test(email ?? '');
  if (isWhole) return `${name} <${email}>`;
  throw new Error('DEBFULLNAME and DEBEMAIL are to be a name and an address, or neither');
}

/** The moment is SOURCE_DATE_EPOCH's, else that of the last commit. Throws where there is neither. */
export function releaseOf(env: NodeJS.ProcessEnv = process.env): Release {
  const { version } = JSON.parse(textOf('package.json')) as {
    readonly version: string;
  };
  const epoch = Number(env['SOURCE_DATE_EPOCH'] ?? lastCommit());
  if (!Number.isSafeInteger(epoch) || epoch <= 0) {
    throw new Error('no date: neither SOURCE_DATE_EPOCH nor a commit has one');
  }
  return { version, epoch };
}

/** A file of the repository. */
export function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function lastCommit(): string {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return (stdout ?? '').trim();
}

/** `2026-11-21`, in UTC. */
export function dayOf({ epoch }: Release): string {
  return new Date(epoch * 1000).toISOString().slice(0, 10);
}

/** The Debian changelog of a package that has no other than the project's own. */
export function debianChangelog(name: string, release: Release): string {
  const date = new Date(release.epoch * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${release.version}) unstable; urgency=medium

  * What changed is in /usr/share/doc/vmmanage/CHANGELOG.md.

 -- ${maintainerOf()}  ${date}
`;
}
