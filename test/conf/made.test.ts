/** What is made from the tables: the printed conf, the sample, the reference page. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Loaded } from '../../src/conf/loaded.ts';
import { printConf } from '../../src/conf/print.ts';
import { kindTables, referencePage } from '../../src/conf/reference.ts';
import { sampleConf } from '../../src/conf/sample.ts';
import { SECTIONS } from '../../src/conf/tables.ts';
import { check, checkFiles, HERE, loaded, PLUGINS, warnings } from './help.ts';

const ROOT = new URL('../../', import.meta.url);

/** `UPDATE=1 npx vitest run test/conf` writes the file anew. */
function kept(file: string, text: string): void {
  const url = new URL(file, ROOT);
  if (process.env['UPDATE']) writeFileSync(url, text);
  expect(readFileSync(url, 'utf8')).toBe(text);
}

/** All that a conf means; not where it stands. */
function meaning({ effective, files: _files, warnings: _warnings, ...rest }: Loaded) {
  const values = effective.map(({ section, key, value }) => `[${section}] ${key} = ${value}`);
  return { ...rest, values: values.toSorted() };
}

const CONFS: readonly [string, Loaded][] = [
  ['the sample', loaded(check([sampleConf(PLUGINS)]))],
  ['a flat file', loaded(checkFiles(['flat/base.conf']))],
  ['every spelling', loaded(checkFiles(['good/everything.conf']))],
  ['a flat file with working hours', loaded(checkFiles(['flat/schedule.conf']))],
  ['two sites', loaded(checkFiles(['good/sites.conf']))],
];

describe('a printed conf', () => {
  it.each(CONFS)('means the same when it is loaded again: %s', (_, conf) => {
    expect(meaning(loaded(check([printConf(conf)], { exposed: true })))).toEqual(meaning(conf));
  });

  it.each(CONFS)('is printed the same from itself, but for the places: %s', (_, conf) => {
    const again = printConf(loaded(check([printConf(conf)])));
    const bare = (text: string) => text.replace(/ {2}; .*$/gm, '');
    expect(bare(again)).toBe(bare(printConf(conf)));
  });

  it('tells the file and line of each value', () => {
    const text = printConf(loaded(check(['[array]\nhosts = a, b\n', POLICY])));
    expect(text).toContain('hosts = a, b  ; 1.conf:2\n');
    expect(text).toContain('spread = yes  ; default\n');
    expect(text).toContain('suffering = > 50 for 3  ; 2.conf:5\n');
  });

  it('keeps secrets to itself', () => {
    const conf = `[array]\nhosts = a, b\n${POLICY.replace('mysql', 'mysql\npassword = hunter2')}`;
    const text = printConf(loaded(check([conf])));
    expect(text).toContain('; password = (secret)  ; 1.conf:5\n');
    expect(text).not.toContain('hunter2');
  });

  it('keeps the name of a variable that holds a secret', () => {
    const written = `mysql\npassword = ${VARIABLE}`;
    const conf = `[array]\nhosts = a, b\n${POLICY.replace('mysql', written)}`;
    const surroundings = { ...HERE, env: { DB: 'hunter2' } };
    const read = loaded(check([conf], { surroundings, exposed: true }));
    expect(read.probes[0]?.options).toMatchObject({ password: 'hunter2' });
    expect(printConf(read)).toContain(`password = ${VARIABLE}`);
    expect(printConf(read)).not.toContain('hunter2');
  });
});

const POLICY = `[probe]
kind = mysql
[policy]
kind = threshold-aware
suffering = > 50 for 3
`;

/** A variable of the environment, not of this text. */
const VARIABLE = ['$', '{DB}'].join('');

describe('the sample conf', () => {
  const text = sampleConf(PLUGINS);

  it('is the one that is installed', () => kept('etc/vmmanage.conf', text));

  it('is valid, only watches, and warns of nothing but `local`', () => {
    const checked = check([text]);
    expect(loaded(checked).rules.constraints.mode).toBe('passive');
    expect(warnings(checked)).toHaveLength(1);
  });

  it('is valid too with every comment taken away that is a key', () => {
    const keys = text.replace(/^;(?=\w)/gm, '');
    // Files that aren't there.
    const all = keys.replace(/^(password_file|credential|sink_cert|sink_key) .*\n/gm, '');
    expect(check([all]).problems).toEqual([]);
  });

  it.each(SECTIONS.map(({ kind }) => kind))(
    'names [%s], if only to say where it is told of',
    (kind) => {
      expect(text).toMatch(new RegExp(`\\[${kind}[ \\]]`));
    },
  );

  it('points at pages that are there', () => {
    const pages = [...text.matchAll(/docs\/[\w-]+\.md/g)].map(([page]) => page);
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(existsSync(new URL(page, ROOT))).toBe(true);
  });

  it('has no line too long for a terminal', () => {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('the reference page', () => {
  it('is made from the tables', () => kept('docs/conf.md', referencePage(PLUGINS)));

  it.each(kindTables(PLUGINS))('of $title is made from its table', ({ title, page, text }) => {
    const file = `docs/${page}`;
    const begin = `<!-- The options of ${title}, made by \`UPDATE=1 npx vitest run test/conf\`. -->\n`;
    const whole = readFileSync(new URL(file, ROOT), 'utf8');
    const [before = '', after = '', ...more] = whole.split(begin);
    expect([more, after]).toEqual([[], expect.stringContaining(END)]);
    kept(file, `${before}${begin}${text}${after.slice(after.indexOf(END))}`);
  });
});

const END = '<!-- end -->\n';
