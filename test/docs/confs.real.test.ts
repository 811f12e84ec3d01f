/** Every conf that a page shows is one that the built `vmmanage check` takes, and has nothing to say of. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';
import { blocks, PAGES } from './support.ts';

/** What a page says beside such a conf, too; and that the files made here are no certificates. */
const SAID = [
  /the migrator is local: it only writes to a file where the guest would be/,
  /hands the project's password to this guest/,
  /holds no certificate \(PEM\)/,
];

/** A part of a conf is shown where the rest doesn't matter: what it lacks is put beside it. */
function wholeOf(text: string): string {
  const has = (...kinds: string[]) => kinds.some((kind) => text.includes(`\n[${kind}`));
  const probe = /^\[probe (\w+)\]/m.exec(text)?.[1] ?? 'slow';
  return [
    text,
    has('array', 'site') ? '' : '[array]\nhosts = xen1, xen2, xen3\nbase = xen9\n',
    has('probe', 'queue') ? '' : `[probe ${probe}]\nkind = mysql\n`,
    has('policy')
      ? ''
      : `[policy added]\nkind = threshold-aware\nprobe = ${probe}\nsuffering = > 90 for 3\n`,
    has('migrator') ? '' : '[migrator added]\nkind = xl\n',
  ].join('\n');
}

/** Files that a reader has, such as a token's. */
function withFiles(text: string, folder: string): string {
  const keys = /^((?:\w+_file|\w*ca|\w*cert|\w*key) *= *)\/etc\/[\w./-]*\/([\w.-]+)/gm;
  return text.replaceAll(keys, (_, key: string, name: string) => {
    writeFileSync(join(folder, name), 'abc\n', { mode: 0o600 });
    return `${key}${join(folder, name)}`;
  });
}

function checked(text: string): { readonly status: number | null; readonly said: string[] } {
  const folder = tempFolder();
  const path = join(folder, 'vmmanage.conf');
  writeFileSync(path, withFiles(wholeOf(`\n${text}`), folder), { mode: 0o600 });
  const env = { ...process.env, MAILBOX_TOKEN: 'abc' };
  const { status, stdout, stderr } = spawnSync('bin/vmmanage', ['check', '-c', path], { env });
  return { status, said: `${stdout}${stderr}`.trimEnd().split('\n') };
}

/** Scenario files are ini as well: test-page.test.ts plays those. */
const CONFS = PAGES.filter((page) => !page.startsWith('CHANGELOG')).flatMap((page) =>
  blocks(page, 'ini')
    .filter((text) => !text.includes('[test '))
    .map((text, index) => ({ page, nth: index + 1, text })),
);

describe('a conf of a page', () => {
  it('is looked at', () => expect(CONFS.length).toBeGreaterThan(35));

  it.each(CONFS)('$page, $nth: is right', ({ text }) => {
    const { status, said } = checked(text);
    const unsaid = said.filter((line) => !SAID.some((pattern) => pattern.test(line)));
    expect([status, unsaid]).toEqual([0, [expect.stringMatching(/^conf ok \(1 file\b.*\)$/)]]);
  });
});
