/** Whatever comes in, what goes to the log is one line that people can look at safely. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeBytes, escapeText } from '../../src/sink/escape.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('escapeText', () => {
  test.each([
    [
      'printable ASCII stays',
      'nii3: just moving [a=b] \\ "x" ~',
      'nii3: just moving [a=b] \\ "x" ~',
    ],
    ['letters of other scripts stay', 'Ærø 東京 ок', 'Ærø 東京 ок'],
    ['a newline', 'a\nb', 'a\\x0ab'],
    ['a tab', 'a\tb', 'a\\x09b'],
    ['a terminal sequence', '\x1b[2Jx', '\\x1b[2Jx'],
    ['DEL', 'a\x7f', 'a\\x7f'],
    ['a C1 control', 'a\u009bb', 'a\\xc2\\x9bb'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9'],
    ['a bidi override', '\u202egpj.exe', '\\xe2\\x80\\xaegpj.exe'],
    ['a bidi isolate', '\u2066x', '\\xe2\\x81\\xa6x'],
    ['half a surrogate pair', 'a\ud800b', 'a\\xef\\xbf\\xbdb'],
    ['a surrogate pair is a character', 'a😀b', 'a😀b'],
  ])('%s', (_name, text, line) => {
    expect(escapeText(text)).toBe(line);
  });
});

describe('escapeBytes', () => {
  test.each([
    ['UTF-8 is read as such', Buffer.from('Ærø'), 'Ærø'],
    ['Latin-1 is not UTF-8', Buffer.from('Ærø', 'latin1'), '\\xc6r\\xf8'],
    ['a valid character beside an invalid byte', Buffer.from('c3a6ff', 'hex'), 'æ\\xff'],
    ['a sequence cut short', Buffer.from('61e69d', 'hex'), 'a\\xe6\\x9d'],
    ['an overlong newline', Buffer.from('c08a', 'hex'), '\\xc0\\x8a'],
    ['an encoded surrogate', Buffer.from('eda080', 'hex'), '\\xed\\xa0\\x80'],
    [
      'a bidi override beside an invalid byte',
      Buffer.from('ffe280ae', 'hex'),
      '\\xff\\xe2\\x80\\xae',
    ],
    ['NUL', Buffer.from('6100', 'hex'), 'a\\x00'],
  ])('%s', (_name, bytes, line) => {
    expect(escapeBytes(bytes)).toBe(line);
  });

  test('no bytes at all lead to an unsafe character, and escaping twice changes nothing', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const line = escapeBytes(Buffer.from(bytes));
        expect(line).not.toMatch(UNSAFE);
        expect(escapeText(line)).toBe(line);
      }),
    );
  });
});
