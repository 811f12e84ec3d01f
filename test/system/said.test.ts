/** What programs say, as it may stand in a log line. */
import { describe, expect, it } from 'vitest';
import { firstLine, lastLine, oneLine, tellingLine } from '../../src/system/said.ts';

describe('one line', () => {
  it.each([
    ['leaves plain text alone', 'no memory on xen2', 'no memory on xen2'],
    ['trims', '  gone \n', 'gone'],
    ['makes a line break visible', 'one\ntwo', 'one\\u{a}two'],
    ['turns a tab into a blank', 'a\tb', 'a b'],
    ['escapes terminal commands', '\u001b[2Jcleared', '\\u{1b}[2Jcleared'],
    ['escapes marks that turn the text round', 'a\u202eb', 'a\\u{202e}b'],
    ['escapes half of a pair', 'a\ud800b', 'a\\u{d800}b'],
    ['keeps letters of any script', 'ødelagt 機', 'ødelagt 機'],
    ['keeps an empty text', '', ''],
  ])('%s', (_, text, expected) => {
    expect(oneLine(text)).toBe(expected);
  });

  it('keeps a text as long as the bound and cuts a longer one', () => {
    expect(oneLine('x'.repeat(10), 10)).toBe('x'.repeat(10));
    expect(oneLine('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  it('never grows over its bound by escaping', () => {
    expect(oneLine('\u0001'.repeat(50), 20).length).toBe(20);
  });
});

describe('first and last line', () => {
  it('pass over empty ones and any kind of line end', () => {
    expect(firstLine('\n \r\nxen2\r\nmore')).toBe('xen2');
    expect(lastLine('working\rerror: no memory\n\n')).toBe('error: no memory');
  });

  it('are empty where nothing was said', () => {
    expect(firstLine(' \n')).toBe('');
    expect(lastLine('')).toBe('');
  });
});

describe('the telling line', () => {
  it.each([
    [
      'of psql 15',
      'ERROR:  syntax error at or near "x"\nLINE 1: select x\n               ^\n',
      'ERROR:  syntax error at or near "x"',
    ],
    [
      'of ps (procps-ng 4.0.2)',
      'error: unsupported option (BSD syntax)\n\nUsage:\n ps [options]\n\nFor more details see ps(1).\n',
      'error: unsupported option (BSD syntax)',
    ],
    [
      'of GNU grep',
      "grep: unrecognized option '--x'\nUsage: grep [OPTION]... PATTERNS [FILE]...\n",
      "grep: unrecognized option '--x'",
    ],
    [
      'of Python 3.11',
      'Traceback (most recent call last):\n  File "x", line 1\n    raise ValueError("Error")\nValueError: no queue\n',
      'ValueError: no queue',
    ],
    [
      'after a warning',
      'mysql: [Warning] Using a password can be insecure.\nERROR 1045 (28000): Access denied\n',
      'ERROR 1045 (28000): Access denied',
    ],
    ['of a program that said nothing', ' \n', ''],
  ])('is that %s', (_, text, expected) => {
    expect(tellingLine(text)).toBe(expected);
  });
});
