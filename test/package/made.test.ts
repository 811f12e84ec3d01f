/** What is made for the packages from the commands and the tables, before any package is built. */
import { describe, expect, it } from 'vitest';
import { describedCommands } from '../../scripts/package/commands.ts';
import { mainPage, sinkPage } from '../../scripts/package/man.ts';
import { confPage } from '../../scripts/package/man-conf.ts';
import { debianChangelog, maintainerOf, releaseOf, textOf } from '../../scripts/package/release.ts';
import { block, item, literal, prose, subsection } from '../../scripts/package/roff.ts';
import { COMMANDS } from '../../src/cli/registry.ts';
import { kindsOf } from '../../src/conf/sample.ts';
import { SECTIONS } from '../../src/conf/tables.ts';
import { check, loaded, PLUGINS, warnings } from '../conf/help.ts';

const RELEASE = { version: '0.1.0', epoch: 1_795_255_495 };

describe('words of a man page', () => {
  it.each([
    ['an option keeps its dashes', '--no-wait', '\\-\\-no\\-wait'],
    ['a backslash is one', 'a\\n', 'a\\en'],
    ['a quote that is typed is no apostrophe', "'[::]:1'", '\\(aq[::]:1\\(aq'],
    ['the signs of a shell stay', '`~^', '\\(ga\\(ti\\(ha'],
  ])('%s', (_, text, made) => {
    expect(literal(text)).toBe(made);
  });

  it('are bold between backticks, on one line', () => {
    expect(prose('see `a -b`,\nor  not')).toBe('see \\fBa \\-b\\fR, or not');
  });

  it.each(['.hidden', "'quoted"])('that look like a macro are none: %s', (text) => {
    expect(prose(text)).toMatch(/^\\&/);
    expect(item('x', text).split('\n').at(-1)).toMatch(/^\\&/);
  });

  it('that stand as they are begin no macro either', () => {
    expect(block(['.hidden', "'quoted'"])).toContain('\n\\&.hidden\n\\(aqquoted\\(aq\n');
  });

  it('of a heading may hold quotes', () => {
    expect(subsection('a "b"', '.PP\nc')).toBe('.SS "a \\(dqb\\(dq"\nc');
  });
});

describe('vmmanage(1)', () => {
  it('has every command with each of its options', async () => {
    const page = await mainPage(RELEASE);
    const commands = await describedCommands();
    expect(commands.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name));
    for (const { name, options } of commands) {
      const part = page
        .split('\n.SS ')
        .find((each) => each.startsWith(`"vmmanage ${literal(name)} `));
      for (const { term } of options) expect(part).toContain(`\n\\fB${literal(term)}\\fR\n`);
    }
  });

  it('is dated as its release', async () => {
    expect(await mainPage(RELEASE)).toMatch(
      /^\.TH "VMMANAGE" "1" "2026-11-21" "vmmanage 0\.1\.0" /,
    );
  });
});

describe('vmmanage.conf(5)', () => {
  it('has every section, kind and key', () => {
    const page = confPage(RELEASE);
    for (const { kind, options } of SECTIONS) {
      expect(page).toMatch(new RegExp(`^\\.SH "\\[${kind.toUpperCase()}[ \\]]`, 'm'));
      const own = kindsOf(kind, PLUGINS);
      for (const each of own)
        expect(page).toContain(`.SS "[${kind}] kind = ${literal(each.kind)}"`);
      const keys = [options, ...own.map((each) => each.options)].flatMap(Object.keys);
      for (const key of keys) expect(page).toContain(`.TP\n\\fB${literal(key)}\\fR\n`);
    }
  });
});

it('vmmanage-sink(8) has the options of `vmmanage sink`', async () => {
  const page = await sinkPage(RELEASE);
  expect(page).toContain('\\fB\\-\\-max\\-line <size>\\fR');
  expect(page).toContain('.SH NAME\nvmmanage\\-sink \\- the central log');
});

describe('the conf of a first install', () => {
  const text = textOf('packaging/vmmanage.conf');

  it('only watches, needs no server, and warns of nothing but `local`', () => {
    const checked = check([text]);
    const { rules, probes } = loaded(checked);
    expect(rules.constraints.mode).toBe('passive');
    expect(probes.map(({ kind }) => kind)).toEqual(['system']);
    expect(warnings(checked)).toHaveLength(1);
  });
});

describe('a release', () => {
  it('is of the moment that SOURCE_DATE_EPOCH says', () => {
    expect(releaseOf({ SOURCE_DATE_EPOCH: '1795255495' }).epoch).toBe(1_795_255_495);
    expect(() => releaseOf({ SOURCE_DATE_EPOCH: 'yesterday' })).toThrow('no date');
  });

  it('has whoever packages for its maintainer, or else nobody', () => {
    const of = (DEBFULLNAME?: string, DEBEMAIL?: string) =>
      maintainerOf({ ...(DEBFULLNAME && { DEBFULLNAME }), ...(DEBEMAIL && { DEBEMAIL }) });
    expect(of('Ada Lovelace', 'ada@example.org')).toBe('Ada Lovelace <ada@example.org>');
    expect(of()).toMatch(/^The vmmanage authors <\S+\.invalid>$/);
    expect(() => of('Ada Lovelace')).toThrow('or neither');
    expect(() => of(undefined, 'ada@example.org')).toThrow('or neither');
    expect(() => of('Ada <', 'ada@example.org')).toThrow('or neither');
    expect(() => of('Ada\nDepends: x', 'ada@example.org')).toThrow('or neither');
  });

  it('has a changelog as dpkg parses it', () => {
    const lines = debianChangelog('vmmanage', RELEASE).split('\n');
    expect(lines[0]).toBe('vmmanage (0.1.0) unstable; urgency=medium');
    expect(lines.at(-2)).toMatch(/^ -- .* <.*> {2}Sat, 21 Nov 2026 10:04:55 \+0000$/);
  });
});
