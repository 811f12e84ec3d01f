/** What each small check lets through, and what not. */
import { expect, it } from 'vitest';
import {
  type Check,
  count,
  entriesOf,
  filled,
  flag,
  listOf,
  matching,
  maybe,
  number,
  object,
  oneOf,
  openObject,
  parsed,
  shapeOf,
  text,
} from '../../src/wire/shapes.ts';

const AB = { a: count, b: maybe(flag) };

it.each<[string, Check, readonly unknown[], readonly unknown[]]>([
  ['a flag', flag, [true, false], [0, 'true', undefined, null]],
  ['a number', number, [0, -1.5], [Number.NaN, Number.POSITIVE_INFINITY, '1', null]],
  ['a count', count, [0, 2 ** 53 - 1], [-1, 0.5, 2 ** 53, '1']],
  ['a text', text(2), ['', 'ab'], ['abc', 1, undefined]],
  ['a text that is filled', filled(2), ['a', 'ab'], ['', 'abc', 1]],
  ['a text of a pattern', matching(/^a+$/), ['a'], ['', 'b', 1, ['a']]],
  ['one of some words', oneOf('a', 1), ['a', 1], ['1', 'b', undefined]],
  ['what may be left out', maybe(flag), [undefined, true], [null, 1]],
  ['a list', listOf(flag, 2), [[], [true, false]], [[1], [true, true, true], { length: 0 }]],
  ['named entries', entriesOf(/^[ab]$/, count, 1), [{}, { b: 1 }], [{ c: 1 }, { a: 1, b: 1 }, []]],
  ['an object', object(AB), [{ a: 1 }, { a: 1, b: true }], [{}, { a: 1, c: 1 }, [], null, 'a']],
  ['an open object', openObject(AB), [{ a: 1, c: 1 }], [{ c: 1 }, { a: 1, b: 1 }, [], null]],
  ['an own field', openObject({ constructor: maybe(flag) }), [{}], [{ constructor: 1 }]],
])('%s', (_, check, good, bad) => {
  for (const value of good) expect(check(value), String(value)).toBe(true);
  for (const value of bad) expect(check(value), String(value)).toBe(false);
});

it('a shape is found by its own name alone', () => {
  const shapes = { hello: AB };
  expect(shapeOf(shapes, 'hello')).toBe(AB);
  for (const type of ['constructor', 'other', 1, undefined]) {
    expect(shapeOf(shapes, type)).toBeUndefined();
  }
});

it('what isn’t JSON is undefined', () => {
  expect([parsed('{"a":1}'), parsed('null'), parsed('{'), parsed('')]).toEqual([
    { a: 1 },
    null,
    undefined,
    undefined,
  ]);
});
