/** Placeholders, above all with values that would do harm if they were more than one word. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill, template } from '../../src/migrators/template.ts';

const type = template('vm', 'to');
const HOSTILE = [
  '; rm -rf /',
  '$(id)',
  '`id`',
  '"',
  "'",
  'two\nlines',
  '{to}',
  '$&',
  "$'",
  ' ',
  '',
];

describe('a template', () => {
  it.each([
    ['words', '/bin/move {vm} {to}', ['/bin/move', '{vm}', '{to}']],
    ['a placeholder within a word', 'move --to={to}:{vm}', ['move', '--to={to}:{vm}']],
    ['blanks that quotes hold together', `move "to {to}"`, ['move', 'to {to}']],
    [
      'braces that hold no name',
      `move '{"to":"{to}"}' {} {1}`,
      ['move', '{"to":"{to}"}', '{}', '{1}'],
    ],
  ])('takes %s', (_, text, words) => {
    expect(type.parse(text)).toEqual({ ok: true, value: words });
  });

  it.each([
    ['an unknown placeholder', 'move {host}', 'knows no “{host}”; there are {vm} {to}'],
    ['one of another command', 'move {request}', 'knows no “{request}”; there are {vm} {to}'],
    ['a placeholder for the program', '{vm} {to}', 'the program itself must be named'],
    ['no program', '', 'names no program'],
    ['an open quote', 'move "{to}', 'has a quote that is never closed'],
  ])('refuses %s', (_, text, problem) => {
    expect(type.parse(text)).toEqual({ ok: false, problem });
  });
});

describe('a value', () => {
  it.each(HOSTILE)('of %j stays within its word', (value) => {
    const words = fill(['move', '{vm}', 'x{to}y'], { vm: value, to: value });
    expect(words).toEqual(['move', value, `x${value}y`]);
  });

  it('is not looked up among what every object has', () => {
    expect(fill(['{constructor}', '{toString}'], {})).toEqual(['{constructor}', '{toString}']);
  });

  it('never changes the number of words', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('{vm}', 'a{to}', '{to}{vm}')));
    fc.assert(
      fc.property(words, fc.string(), fc.string(), (some, vm, to) => {
        expect(fill(some, { vm, to })).toHaveLength(some.length);
      }),
    );
  });
});
