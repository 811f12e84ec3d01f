/** Which files a conf is, and what of them can go wrong. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Surroundings } from '../../src/conf/context.ts';
import { ConfError, formatProblem } from '../../src/conf/findings.ts';
import { FILE_MAX_BYTES } from '../../src/conf/lines.ts';
import { checkConf, loadConf } from '../../src/conf/load.ts';
import { HERE, PLUGINS } from './help.ts';

const CONF = `[array]
hosts = xen1, xen2
[probe]
kind = mysql
[policy]
kind = threshold-aware
suffering = > 50 for 3
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-conf-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string, mode = 0o640): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function found(files: readonly string[], surroundings: Surroundings = HERE): string[] {
  const { problems } = checkConf(files, PLUGINS, surroundings);
  return problems.map((problem) => formatProblem(problem).replaceAll(folder, ''));
}

describe('the files of a conf', () => {
  it('are the given one, then conf.d beside it in sorted order', () => {
    const file = put('vmmanage.conf', CONF);
    mkdirSync(join(folder, 'conf.d'));
    put('conf.d/20-b.conf', '[log]\nlevel = debug\n');
    put('conf.d/10-a.conf', '[log]\nlevel = error\n[vm]\nname = a\n');
    put('conf.d/30-c.conf.bak', 'not a conf');
    put('conf.d/.40-d.conf', 'not a conf');
    const { files, log, rules } = loadConf([file], PLUGINS, HERE);
    expect(files.map((name) => name.replace(folder, ''))).toEqual([
      '/vmmanage.conf',
      '/conf.d/10-a.conf',
      '/conf.d/20-b.conf',
    ]);
    expect(log.level).toBe('debug');
    expect(rules.vm).toBe('a');
  });

  it('may be several, read in the order in which they are given', () => {
    const one = put('one.conf', CONF);
    const two = put('two.conf', '[log]\nlevel = debug\n');
    const three = put('three.conf', '[log]\nlevel = warn\n');
    expect(loadConf([one, two, three], PLUGINS, HERE).log.level).toBe('warn');
    expect(loadConf([one, three, two], PLUGINS, HERE).log.level).toBe('debug');
  });

  it('are each read once', () => {
    const one = put('one.conf', CONF);
    expect(loadConf([one, one], PLUGINS, HERE).files).toEqual([one]);
  });

  it('must be there', () => {
    const file = join(folder, 'none.conf');
    expect(found([file])).toEqual(["/none.conf: can't be read: there is no such file"]);
  });

  it('must not be folders', () => {
    expect(found([`${folder}/.`])).toEqual(["/.: can't be read: it is a folder"]);
  });

  it('must not be endless', () => {
    expect(found(['/dev/zero'])).toEqual(['/dev/zero: is larger than 256 KiB']);
  });

  it.each([
    ['as large as is allowed', 0, []],
    ['a byte larger', 1, ['/a.conf: is larger than 256 KiB']],
  ])('have a bound: %s', (_, more, expected) => {
    const lines = '; comment\n'.repeat(Math.floor((FILE_MAX_BYTES - CONF.length) / 10));
    const rest = ' '.repeat(FILE_MAX_BYTES - CONF.length - lines.length + more);
    expect(found([put('a.conf', CONF + lines + rest)])).toEqual(expected);
  });

  it('tell all their mistakes at once, file by file and line by line', () => {
    const one = put('one.conf', CONF.replace('kind = mysql', 'kind = mysql\nintervall = 5'));
    const two = put(
      'two.conf',
      '[log]\nlevel = loud\n[aray]\n[constraints]\nallow = xen7\nquiet\n',
    );
    expect(found([one, two])).toEqual([
      '/one.conf:5: [probe] intervall: unknown key (did you mean interval?)',
      '/two.conf:2: [log] level: “loud” is not error or warn or info or debug',
      '/two.conf:3: [aray]: unknown section (did you mean array?)',
      '/two.conf:5: [constraints] allow: “xen7” is not a host of this conf (did you mean xen1?)',
      '/two.conf:6: [constraints]: expected key = value, a [section] or a comment',
    ]);
  });

  it('are refused with an error that carries every mistake', () => {
    const file = put('a.conf', '[array]\nhosts = a,,b\n');
    const load = () => loadConf([file], PLUGINS, HERE);
    expect(load).toThrow(ConfError);
    expect(load).toThrow(`${file}:2: [array] hosts: holds an empty entry`);
    expect(load).toThrow('no policy');
  });

  it('name the hostname when it is no name for a guest', () => {
    const file = put('a.conf', CONF);
    expect(found([file], { ...HERE, hostname: '(none)' })).toEqual([
      '/a.conf: [vm] name: “(none)” is not a name',
    ]);
  });
});

describe('a secret', () => {
  const withKeys = (keys: string) => CONF.replace('kind = mysql', `kind = mysql\n${keys}`);
  const password = (keys: string, surroundings: Surroundings = HERE, mode = 0o640) => {
    const file = put('a.conf', withKeys(keys), mode);
    return loadConf([file], PLUGINS, surroundings).probes[0]?.options['password'];
  };
  const reference = (name: string) => `password = $\{${name}}`;

  it('may stand in a conf that only owner and group can read', () => {
    expect(password('password = "hun;ter2"')).toBe('hun;ter2');
  });

  it.each([
    ['group', 0o640, []],
    ['others', 0o644, ['others can read this secret']],
    ['others only', 0o604, ['others can read this secret']],
  ])('is refused by who can read the file: %s', (_, mode, expected) => {
    const problems = found([put('a.conf', withKeys('password = hunter2'), mode)]);
    expect(problems).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(problems[i]).toContain(text);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('may be a variable in a conf that anybody can read', () => {
    const surroundings = { ...HERE, env: { DB_PASSWORD: 'hunter2' } };
    expect(password(reference('DB_PASSWORD'), surroundings, 0o644)).toBe('hunter2');
  });

  it('may be the line of a file', () => {
    const file = put('password', 'hunter2\n');
    expect(password(`password_file = ${file}`, HERE, 0o644)).toBe('hunter2');
  });

  it('is refused in a file that others can read', () => {
    const file = put('password', 'hunter2\n', 0o644);
    expect(found([put('a.conf', withKeys(`password_file = ${file}`))])).toEqual([
      '/a.conf:5: [probe] password_file: others can read this secret: chmod o= /password',
    ]);
  });

  it('may be a credential', () => {
    put('db', 'hunter2\n');
    const surroundings = { ...HERE, env: { CREDENTIALS_DIRECTORY: folder } };
    expect(password('credential = db', surroundings)).toBe('hunter2');
  });

  it('that systemd would hand over is warned of by who only looks', () => {
    const file = put('a.conf', withKeys('credential = db'));
    const { problems, warnings } = checkConf([file], PLUGINS, { ...HERE, secrets: 'look' });
    expect(problems).toEqual([]);
    expect(warnings.map(formatProblem).join()).toContain(
      'a.conf:5: [probe] credential: only the daemon can look at this',
    );
    expect(found([file])).toHaveLength(1);
  });

  it('is no path out of the credentials', () => {
    const surroundings = { ...HERE, env: { CREDENTIALS_DIRECTORY: folder } };
    const file = put('a.conf', withKeys('credential = ../db'));
    expect(found([file], surroundings)).toEqual([
      '/a.conf:5: [probe] credential: “../db” is not the name of a credential',
    ]);
  });

  it.each([
    ['empty', '', 'is empty'],
    ['longer than a line', 'a\nb\n', 'holds more than one line'],
    ['too large', 'a'.repeat(65 * 1024), 'is larger than 64 KiB'],
  ])('is wrong in a file that is %s', (_, text, expected) => {
    const secret = put('password', text);
    const [problem] = found([put('a.conf', withKeys(`password_file = ${secret}`))]);
    expect(problem).toContain(expected);
  });

  it.each([
    'password_file = /nonexistent/password',
    'credential = db',
    reference('VMMANAGE_UNSET'),
  ])('is left alone by those who need none: %s', (keys) => {
    expect(password(keys, { ...HERE, secrets: 'leave' }, 0o644)).toBeUndefined();
  });
});
