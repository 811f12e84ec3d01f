/** What the other architecture tests rest on: they can only find what these functions see. */
import { describe, expect, it } from 'vitest';
import { bareCode, packageOf, resolved, roomOf, specifiers, withoutComments } from './source.ts';

describe('specifiers', () => {
  it.each([
    ['a value', "import { step } from './step.ts';", ['./step.ts']],
    ['a type', "import type { State } from '../core/state.ts';", ['../core/state.ts']],
    ['several lines', "import {\n  a,\n  type B,\n} from './ab.ts';", ['./ab.ts']],
    ['everything', "import * as all from './all.ts';", ['./all.ts']],
    ['nothing but the effect', "import './effect.ts';", ['./effect.ts']],
    ['a call', "const x = await import('./later.ts');", ['./later.ts']],
    ['a type in place', "type X = import('./types.ts').X;", ['./types.ts']],
    ['a file of a package', "import.meta.resolve('a/a.css')", ['a/a.css']],
    ['a re-export', "export { a } from './a.ts';", ['./a.ts']],
    ['double quotes', 'import a from "./a.ts";', ['./a.ts']],
    ['a comment', "// import a from './a.ts';\n/* from './b.ts' */", []],
    ['words that are strings', "pick('from', 'to', 'import');", []],
    ['two on one line', "import a from 'a'; import b from 'b';", ['a', 'b']],
  ])('are seen in %s', (_, text, expected) => {
    expect(specifiers(text)).toEqual(expected);
  });
});

describe('bare code', () => {
  it.each([
    ['loses a line comment', 'a(); // Date', 'a(); '],
    ['loses a block comment', '/** Date */\nb();', '\nb();'],
    ['loses what strings hold', 'say(\'Date\', "Date");', "say('', '');"],
    ['keeps what follows an URL', "get('http://x'); Date.now();", "get(''); Date.now();"],
    ['keeps what follows a regex with slashes', 'x = /a\\//; Date;', 'x = /a\\//; Date;'],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is the text of a program.
    ['keeps a template, which may hold code', '`${Date.now()}`', '`${Date.now()}`'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above.
    ['ends a string at its line', "x = /'/;\nDate;", "x = /'/;\nDate;"],
  ])('%s', (_, text, expected) => {
    expect(bareCode(text)).toBe(expected);
  });

  it('without comments only, strings stay', () => {
    expect(withoutComments("a('x'); // b")).toBe("a('x'); ");
  });
});

describe('a path', () => {
  it('is resolved against the importing file', () => {
    expect(resolved('../core/words.ts', 'src/conf/load.ts')).toBe('src/core/words.ts');
    expect(resolved('./receiver/sink.ts', 'src/sink/x.ts')).toBe('src/sink/receiver/sink.ts');
    expect(resolved('luxon', 'src/conf/load.ts')).toBeUndefined();
  });

  it('has a room below src/, and none elsewhere', () => {
    expect(roomOf('src/sink/receiver/sink.ts')).toBe('sink');
    expect(roomOf('test/support/mariadb.ts')).toBe('test/support/mariadb.ts');
  });
});

describe('a package', () => {
  it.each([
    ['mysql2/promise', 'mysql2'],
    ['@scope/name/deep', '@scope/name'],
    ['node:fs', undefined],
    ['./near.ts', undefined],
  ])('of %s is %s', (specifier, expected) => {
    expect(packageOf(specifier)).toBe(expected);
  });
});
