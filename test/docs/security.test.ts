/** Each claim of SECURITY.md names tests that are there, by words that stand in them. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync('SECURITY.md', 'utf8');
/** Rows of the tables whose last column is headed so. */
const TABLES = /^\|[^\n]*\| held by \|\n\| ---[^\n]*\n((?:\|[^\n]*\n)+)/gm;
const ROWS = [...PAGE.matchAll(TABLES)].flatMap(([, rows = '']) => rows.trimEnd().split('\n'));
const CLAIMS = ROWS.map((row) => {
  const cells = row.split(' | ');
  return { claim: cells[0]?.slice(2) ?? '', held: cells.at(-1) ?? '' };
});

describe('a claim of SECURITY.md', () => {
  it('is looked at', () => expect(CLAIMS.length).toBeGreaterThan(35));

  it.each(CLAIMS)('has its tests: $claim', ({ held }) => {
    const named = [...held.matchAll(/`(test\/[\w/.-]+)`((?: “[^”]+”)+)/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, file = '', words = ''] of named) {
      expect(existsSync(file), file).toBe(true);
      const text = readFileSync(file, 'utf8').replaceAll("\\'", "'");
      for (const [, phrase = ''] of words.matchAll(/“([^”]+)”/g)) expect(text).toContain(phrase);
    }
  });
});
