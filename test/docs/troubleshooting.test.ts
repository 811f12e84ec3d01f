/** What docs/troubleshooting.md quotes is what the program says: each piece stands in a text of its source. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allSources, withoutComments } from '../architecture/source.ts';
import { proseOf } from './support.ts';

const PAGE = 'docs/troubleshooting.md';
/** The first column of each table that says what is said. */
const TABLES = /^\| it says \|[^\n]*\n\| ---[^\n]*\n((?:\|[^\n]*\n)+)/gm;
const ROWS = [...proseOf(PAGE).matchAll(TABLES)].flatMap(([, rows = '']) =>
  rows.trimEnd().split('\n'),
);

/** Words of the conf, of `status` and of other programs that stand there too. */
const NOT_SAID = new Set(['status', 'BLOCKED', 'WARNING', 'sink', 'ssh:']);
const OTHERS = new Set(['Access denied for user …', 'Permission denied']);

const QUOTED = ROWS.flatMap((row) => {
  const [first = ''] = row.slice(2).split(' | ');
  return [...first.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);
}).filter((quoted) => !NOT_SAID.has(quoted) && !OTHERS.has(quoted));

/** Everything that could be said, as it stands in the program. */
const PROGRAM = allSources()
  .map(({ text }) => withoutComments(text))
  .join('\n')
  .replaceAll("\\'", "'")
  .replaceAll('\\${', '${')
  .replaceAll(/\$\{[^{}]*\}/g, '…')
  .replaceAll(/' \+\s+'/g, '');

/** Between what changes, and between a gate's name and its reason, which are put together at run time. */
function piecesOf(quoted: string): string[] {
  const pieces = quoted.split(/…|: /).map((piece) => piece.replace(/^[\s:;,()]+|[\s(]+$/g, ''));
  return pieces.filter((piece) => /\p{L}/u.test(piece));
}

describe('what the page quotes', () => {
  it('is looked at', () => {
    expect(QUOTED.length).toBeGreaterThan(55);
    expect(readFileSync(PAGE, 'utf8')).not.toContain('| it says | why |\n');
  });

  it.each([...new Set(QUOTED)])('is said by the program: %s', (quoted) => {
    const pieces = piecesOf(quoted);
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces.filter((piece) => !PROGRAM.includes(piece))).toEqual([]);
  });
});
