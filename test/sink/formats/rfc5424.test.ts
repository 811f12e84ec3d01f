/** Our sender's message, and that it stays one of RFC 5424 whatever is in the record. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counted, rfc5424 } from '../../../src/sink/formats/rfc5424.ts';
import type { LogRecord } from '../../../src/wire/log-record.ts';
import { RUNS } from '../../support/runs.ts';

const RECORD: LogRecord = {
  timeMs: 1_242_232_480_123,
  vm: 'nii3',
  boot: 'b0',
  seq: 17,
  text: 'Requesting migration of VM: just moving',
  fields: [],
};
const HEAD = '<30>1 2009-05-13T16:34:40.123Z nii3 vmmanage - - ';

/** RFC 5424 6, less what we never write. */
const GRAMMAR =
  /^<30>1 (?:-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) [!-~]{1,255} vmmanage - - \[vmmanage@32473(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")+\](?: [^\n]*)?$/u;

/** Values of the element by their names, as a receiver reads them. */
function paramsOf(message: string): [string, string][] {
  const pairs = message.matchAll(/ ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/g);
  return [...pairs].map(([, name = '', value = '']) => [name, value.replace(/\\(["\\\]])/g, '$1')]);
}

describe('a message', () => {
  test('holds the fields in their order, behind boot and seq', () => {
    const fields = [
      ['request', '01J'],
      ['from', 'mln1'],
      ['tarry', '3/3'],
    ] as const;
    expect(rfc5424({ ...RECORD, fields })).toBe(
      `${HEAD}[vmmanage@32473 boot="b0" seq="17" request="01J" from="mln1" tarry="3/3"] ${RECORD.text}`,
    );
  });

  test.each<[string, Partial<LogRecord>, string]>([
    ['no text', { text: '' }, '[vmmanage@32473 boot="b0" seq="17"]'],
    ['a value to escape', { text: 'a', fields: [['w', 'a"b\\c]d']] }, 'w="a\\"b\\\\c\\]d"] a'],
    ['a line in a value', { text: 'a', fields: [['w', 'a\nb']] }, 'w="a\\\\x0ab"] a'],
    ['a line in the text', { text: 'a\r\nb' }, '] a\\x0d\\x0ab'],
    ['an empty name', { text: 'a', fields: [['', 'x']] }, '_="x"] a'],
    ['a name to mend', { text: 'a', fields: [['å b=]"', 'x']] }, '__b___="x"] a'],
    ['a long name', { text: 'a', fields: [['n'.repeat(33), 'x']] }, `${'n'.repeat(32)}="x"] a`],
    ['a field of our own name', { text: 'a', fields: [['seq', '9']] }, 'seq="17" seq_="9"] a'],
    [
      'the number that it had where it is passed on from',
      { text: 'a', passedOn: { priority: 13, seq: 4 } },
      'seq="4"] a',
    ],
    ['other scripts', { text: 'på 日本' }, '] på 日本'],
  ])('with %s', (_, change, end) => {
    expect(rfc5424({ ...RECORD, ...change }).endsWith(end)).toBe(true);
  });

  test.each<[string, Partial<LogRecord>, string]>([
    ['a name with blanks', { vm: 'n 1\n' }, '<30>1 2009-05-13T16:34:40.123Z n_1_ vmmanage '],
    ['elsewhere', { passedOn: { priority: 13 } }, '<13>1 2009-05-13T16:34:40.123Z nii3 '],
    ['no name', { vm: '' }, '<30>1 2009-05-13T16:34:40.123Z - vmmanage '],
    [
      'the last second of four digits',
      { timeMs: 253_402_300_799_999 },
      '<30>1 9999-12-31T23:59:59.999Z ',
    ],
    ['a year of five digits', { timeMs: 253_402_300_800_000 }, '<30>1 - nii3 '],
    ['the first of all years', { timeMs: -62_167_219_200_000 }, '<30>1 0000-01-01T00:00:00.000Z '],
    ['a year before it', { timeMs: -62_167_219_200_001 }, '<30>1 - nii3 '],
    ['no time at all', { timeMs: Number.NaN }, '<30>1 - nii3 '],
  ])('from %s', (_, change, start) => {
    expect(rfc5424({ ...RECORD, ...change }).startsWith(start)).toBe(true);
  });

  test('is one of RFC 5424, and says who it is, whatever is in the record', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const record = fc.record({
      timeMs: fc.oneof(fc.double(), fc.integer({ min: -1e15, max: 1e15 })),
      vm: text,
      boot: text,
      seq: fc.maxSafeNat(),
      text,
      fields: fc.array(fc.tuple(text, text), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(record, (each) => {
        const message = rfc5424(each);
        expect(message).toMatch(GRAMMAR);
        const names = paramsOf(message).map(([name]) => name);
        expect(names.slice(0, 2)).toEqual(['boot', 'seq']);
        expect(names.slice(2)).not.toContain('boot');
        expect(names.slice(2)).not.toContain('seq');
        expect(names.length).toBeGreaterThanOrEqual(2 + each.fields.length);
      }),
      { numRuns: RUNS / 5 },
    );
  });
});

test('the length in front counts octets', () => {
  expect(counted('på')).toBe('3 på');
  expect(counted('')).toBe('0 ');
});
