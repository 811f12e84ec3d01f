/**
 * `npm run package`: the Debian packages, made by `dpkg-deb --build` alone, into dist/. What each holds
 * is in package/packages.ts.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage } from './package/deb.ts';
import { lint } from './package/lint.ts';
import { PACKAGES } from './package/packages.ts';
import { releaseOf } from './package/release.ts';

const HELP = `npm run package -- [--into FOLDER] [--only NAME ...] [--quick] [--lint]
  --into FOLDER  where the packages are put (default: dist)
  --only NAME    that package alone; may be given several times
  --quick        hardly compress them
  --lint         let lintian look at them`;

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    into: { type: 'string', default: 'dist' },
    only: { type: 'string', multiple: true },
    quick: flag,
    lint: flag,
    help: { ...flag, short: 'h' },
  },
});

async function main(): Promise<void> {
  const release = releaseOf();
  const wanted = PACKAGES.filter(({ name }) => values.only?.includes(name) ?? true);
  const unknown = values.only?.filter((only) => !PACKAGES.some(({ name }) => name === only)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no package ${unknown.join(', ')}`);
  const into = resolve(values.into);
  mkdirSync(into, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'vmmanage-package-'));
  try {
    for (const each of wanted) {
      const root = join(work, each.name);
      const file = await buildPackage(each, { release, root, into, quick: values.quick });
      console.log(file);
      if (values.lint) lint(file);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (values.help) console.log(HELP);
else await main();
