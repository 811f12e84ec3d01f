/**
 * `npm ci` refuses a lock file that lacks any package that another names, even one for a platform
 * that isn't ours; `npm install` leaves such a package out where the registry doesn't have it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source.ts';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};

/** Where Node would find `name` from the package at `from`: beside it or in a folder above. */
function isLocked(name: string, from: string): boolean {
  const parts = from.split('node_modules/');
  const folders = parts.map((_, i) => parts.slice(0, i + 1).join('node_modules/'));
  return folders.some((folder) => {
    const base = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    return `${base}node_modules/${name}` in packages;
  });
}

it('the lock file holds every package that one of its packages names', () => {
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter((name) => !isLocked(name, path))
      .map((name) => `${path}: ${name}`),
  );
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

it('the lock file names no registry', () => {
  expect(Object.keys(packages).filter((path) => packages[path]?.resolved)).toEqual([]);
});
