/** The probe that ARCHITECTURE.md shows, as it stands there: it compiles, and it measures. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { ProbeKind } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';
import { tempFolder } from '../support/temp.ts';
import { ROOT } from './source.ts';

const [, shown = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(
  readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8'),
) ?? [''];

/** The file in a folder of its own, its imports led to where the file would stand. */
function written(): string {
  const folder = tempFolder();
  const probes = relative(folder, join(ROOT, 'src/probes'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const file = join(folder, 'shown.ts');
  writeFileSync(file, shown.replaceAll(/from '(\.\.?\/)/g, `from '${probes}/$1`));
  return file;
}

it('compiles under the rules of the project', () => {
  const file = written();
  const project = {
    extends: join(ROOT, 'tsconfig.json'),
    include: [file],
    compilerOptions: { noEmit: true, typeRoots: [join(ROOT, 'node_modules/@types')] },
  };
  const conf = `${file}.json`;
  writeFileSync(conf, JSON.stringify(project));
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', conf], { encoding: 'utf8' });
  expect([stdout, status]).toEqual(['', 0]);
});

it('measures, and says why when it cannot', async () => {
  const { backlog } = (await import(pathToFileURL(written()).href)) as { backlog: ProbeKind };
  const read = (folder: string) => {
    const context = { clock: systemClock(), intervalMs: 1000 };
    const probe = backlog.open(optionsFrom(backlog.options, { folder }), context);
    return probe.read(new AbortController().signal);
  };
  const folder = tempFolder();
  for (const name of ['a', 'b', '.c']) writeFileSync(join(folder, name), '');
  expect(await read(folder)).toEqual({ value: 2 });
  expect(await read('/nonexistent')).toEqual({ missing: '/nonexistent: ENOENT' });
});
