/** What the guest's part of a line looks like. */
import { describe, expect, test } from 'vitest';
import { plainLine } from '../../../src/sink/sender/plain-text.ts';
import type { LogRecord } from '../../../src/wire/log-record.ts';

const TIME_MS = 1_242_232_480_123;

function line(change: Partial<LogRecord>, lateMs = 0): string {
  const record = { timeMs: TIME_MS, vm: 'nii3', boot: 'b', seq: 1, text: 'Arrived', fields: [] };
  return plainLine({ ...record, ...change }, TIME_MS + lateMs);
}

describe('a plain line', () => {
  test('is the thesis one, with the fields in their order', () => {
    const text = 'Requesting migration of VM: just moving';
    const fields = [
      ['request', '01J'],
      ['from', 'mln1'],
      ['tarry', '3/3'],
    ] as const;
    expect(line({ text, fields })).toBe(`nii3: ${text} [request=01J from=mln1 tarry=3/3]`);
  });

  test.each([
    ['no fields', [], 'nii3: Arrived'],
    ['a value with blanks', [['why', 'a b']], 'nii3: Arrived [why="a b"]'],
    ['an empty value', [['why', '']], 'nii3: Arrived [why=""]'],
    ['a value with quotes', [['why', 'say "x"']], 'nii3: Arrived [why="say \\"x\\""]'],
    ['a backslash in quotes', [['why', 'a \\ b']], 'nii3: Arrived [why="a \\\\ b"]'],
    ['a backslash alone', [['why', 'a\\b']], 'nii3: Arrived [why=a\\b]'],
    ['brackets', [['why', 'a]']], 'nii3: Arrived [why="a]"]'],
    ['a value that would forge a field', [['a', 'x] [b=1']], 'nii3: Arrived [a="x] [b=1"]'],
    ['a newline', [['why', 'a\nb']], 'nii3: Arrived [why=a\\x0ab]'],
    ['a blank of another script', [['why', 'a\u3000b']], 'nii3: Arrived [why="a\u3000b"]'],
    ['a name with odd characters', [['a b=', 'x']], 'nii3: Arrived [a_b_=x]'],
  ] as const)('%s', (_name, fields, expected) => {
    expect(line({ fields })).toBe(expected);
  });

  test('a text that ends like fields is told apart from them', () => {
    expect(line({ text: 'odd [a=b]' })).toBe('nii3: odd [a=b] []');
  });

  test('nothing in it breaks the line', () => {
    expect(line({ vm: 'n\n1', text: 'a\r\x1b[2J' })).toBe('n\\x0a1: a\\x0d\\x1b[2J');
  });

  test.each([
    ['a second late', 1000, 'nii3: Arrived'],
    ['over a second late', 1001, 'nii3: Arrived [at=2009-05-13T16:34:40.123Z]'],
    [
      'over a second early, after a step of the clock',
      -1001,
      'nii3: Arrived [at=2009-05-13T16:34:40.123Z]',
    ],
  ])('%s', (_name, lateMs, expected) => {
    expect(line({}, lateMs)).toBe(expected);
  });

  test('the time stands behind the fields', () => {
    expect(line({ fields: [['a', 'b']] }, 5000)).toBe(
      'nii3: Arrived [a=b at=2009-05-13T16:34:40.123Z]',
    );
  });
});
