/** JSON pointers: the examples of RFC 6901 §5, and what is no pointer or points at no number. */
import { describe, expect, it } from 'vitest';
import { jsonPointer, numberAt } from '../../src/probes/json-pointer.ts';

function at(json: string, text: string) {
  const pointer = jsonPointer.parse(text);
  if (!pointer.ok) throw new Error(pointer.problem);
  return numberAt(json, pointer.value);
}

describe('the document of RFC 6901', () => {
  const json = String.raw`{ "foo": [7, 9], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
    "k\"l": 6, " ": 7, "m~n": 8 }`;

  it.each([
    ['/foo/0', 7],
    ['/foo/1', 9],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('has a number at %s', (pointer, value) => {
    expect(at(json, pointer)).toEqual({ value });
  });

  it.each([
    '/foo/2',
    '/foo/-',
    '/foo/00',
    '/foo/01',
    '/foo/1.0',
    '/foo/length',
    '/bar',
    '/foo/0/0',
  ])('has nothing at %s', (pointer) => {
    expect(at(json, pointer)).toEqual({ missing: `the page has nothing at ${pointer}` });
  });
});

describe('a value', () => {
  it('may be the whole page', () => {
    expect(at('42\n', '')).toEqual({ value: 42 });
  });

  it('stands under the name ~1, which is written ~01', () => {
    expect(at('{"~1": 1, "/": 2}', '/~01')).toEqual({ value: 1 });
  });

  it.each([
    ['a text', '"4"', 'the page is not a number: “4”'],
    ['an object', '{}', 'the page is not a number: an object'],
    ['a list', '[1]', 'the page is not a number: a list of 1'],
    ['null', 'null', 'the page is not a number: null'],
    ['too large for one', '1e999', 'the page is not a number: Infinity'],
    ['larger than bounds can be', '1e16', 'the page is not a number: 10000000000000000'],
    ['not JSON', 'NaN', 'the page is not JSON: NaN'],
    ['cut off', '{"a": 1', 'the page is not JSON: {"a": 1'],
  ])('is missing where it is %s', (_, json, missing) => {
    expect(at(json, '')).toEqual({ missing });
  });

  it.each(['/__proto__', '/constructor', '/toString/length'])(
    'is only what the page says, not %s',
    (pointer) => {
      expect(at('{"a": 1}', pointer)).toEqual({ missing: `the page has nothing at ${pointer}` });
    },
  );
});

it.each([
  ['queue', /begins with \//],
  ['/a~b', /neither ~0/],
  ['/a~', /neither ~0/],
  ['/a~2', /neither ~0/],
  [`/${'x'.repeat(1024)}`, /longer than/],
])('%s is no pointer', (text, problem) => {
  expect(jsonPointer.parse(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
});
