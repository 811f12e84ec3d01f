/** From bytes to a record: name, number, fields and marks. */
import { describe, expect, test } from 'vitest';
import type { Received } from '../../../src/sink/receiver/protocol.ts';
import { arrivalOf } from '../../../src/sink/receiver/reading.ts';

const NOW_MS = Date.UTC(2026, 4, 13, 16, 34, 41);
const PEER = '192.0.2.7';

function read(text: string | Uint8Array, more: Partial<Received> = {}, certificate?: string) {
  const received = { bytes: Buffer.from(text), form: 'plain', ...more } as const;
  return arrivalOf(received, { peer: PEER, ...(certificate ? { certificate } : {}) }, NOW_MS);
}

function syslog(text: string, certificate?: string) {
  return read(text, { form: 'syslog' }, certificate);
}

describe('a plain line', () => {
  test('is of whom it names, and its fields stay in its text', () => {
    expect(read('nii3: Arrived [request=01J]')).toEqual({
      wallMs: NOW_MS,
      peer: PEER,
      name: 'nii3',
      timeMs: undefined,
      boot: undefined,
      seq: undefined,
      priority: 30,
      text: 'Arrived [request=01J]',
      fields: [],
      marks: [],
    });
  });

  test.each([
    ['12 monkeys'],
    ['two words: text'],
    ['.hidden: text'],
    ['nii3:text'],
    [': text'],
    [`${'a'.repeat(65)}: text`],
    ['nii3/../..: text'],
    ['http://x: text'],
  ])('that names nobody is its address’s, and whole: %s', (line) => {
    expect(read(line)).toMatchObject({ name: PEER, text: line });
  });

  test('may name somebody with 64 characters', () => {
    expect(read(`${'a'.repeat(64)}: b`)).toMatchObject({ name: 'a'.repeat(64), text: 'b' });
  });

  test('has nothing in it that can’t be seen', () => {
    expect(read(Buffer.from([0x61, 0x0d, 0x1b, 0xff])).text).toBe('a\\x0d\\x1b\\xff');
  });

  test('says how it came short', () => {
    expect(read('a', { flaw: 'cut' }).marks).toEqual(['cut: over the limit']);
    expect(read('a', { flaw: 'torn' }).marks).toEqual(['torn: the connection broke']);
  });
});

describe('a certificate', () => {
  test.each([
    ['nii3: a', { name: 'nii3', text: 'a', marks: [] }],
    ['nii9: a', { name: 'nii3', text: 'a', marks: ['claims nii9'] }],
    ['a', { name: 'nii3', text: 'a', marks: [] }],
  ])('says whose a record is: %s', (line, expected) => {
    expect(read(line, {}, 'nii3')).toMatchObject(expected);
  });

  test('of syslog too, beside another mark', () => {
    const bytes = '<13>1 - nii9 - - - - a';
    const arrival = read(bytes, { form: 'syslog', flaw: 'cut' }, 'nii3');
    expect(arrival).toMatchObject({ name: 'nii3', marks: ['cut: over the limit', 'claims nii9'] });
  });
});

describe('a message of syslog', () => {
  test('of ours has its number, and its values are fields', () => {
    const text =
      '<29>1 2026-05-13T16:34:40.123Z nii3 vmmanage - - [vmmanage@32473 boot="6f" seq="17" to="a b"] Arrived';
    expect(syslog(text)).toEqual({
      wallMs: NOW_MS,
      peer: PEER,
      name: 'nii3',
      timeMs: Date.UTC(2026, 4, 13, 16, 34, 40, 123),
      boot: '6f',
      seq: 17,
      priority: 29,
      text: 'Arrived',
      fields: [['to', 'a b']],
      marks: [],
    });
  });

  test.each([
    ['<13>1 - nii3 su 12 ID47 - failed', 'su[12]: failed', [['msgid', 'ID47']]],
    ['<13>1 - nii3 su - - - failed', 'su: failed', []],
    ['<13>1 - nii3 - 12 - - failed', 'failed', []],
    ['<13>May 13 18:34:40 nii3 su[12]: failed', 'su[12]: failed', []],
    [
      '<13>1 - nii3 - - - [a@1 b="c"][meta x="1" x="2"][e] t',
      't',
      [
        ['a@1.b', 'c'],
        ['meta.x', '1'],
        ['meta.x', '2'],
        ['e', ''],
      ],
    ],
  ])('of others: %s', (message, text, fields) => {
    expect(syslog(message)).toMatchObject({ name: 'nii3', text, fields, boot: undefined });
  });

  test.each([
    ['seq="x"', [['seq', 'x']]],
    ['seq="-1"', [['seq', '-1']]],
    ['seq="01"', [['seq', '01']]],
    ['seq="1234567890123456"', [['seq', '1234567890123456']]],
    ['seq="5" seq="6"', [['seq', '6']]],
    ['boot=""', [['boot', '']]],
    [`boot="${'b'.repeat(65)}"`, [['boot', 'b'.repeat(65)]]],
  ])('whose number is none keeps it as a field: %s', (parameters, fields) => {
    expect(syslog(`<13>1 - n - - - [vmmanage@32473 ${parameters}] t`).fields).toEqual(fields);
  });

  test.each([
    ['<13>1 - - su - - - t', PEER, []],
    ['<13>1 - fe80::1 su - - - t', PEER, [['host', 'fe80::1']]],
    ['<13>1 - ../etc su - - - t', PEER, [['host', '../etc']]],
    ['<13>1 - nii3.example.org su - - - t', 'nii3.example.org', []],
  ])('is of its host, where that is a name: %s', (text, name, fields) => {
    expect(syslog(text)).toMatchObject({ name, fields });
  });

  test.each([
    ['<13>1 - nii3 - - - - t\n', 't'],
    ['<13>1 - nii3 - - - - t\r\n', 't'],
    ['<13>1 - nii3 - - - - a\nb\n', 'a\\x0ab'],
    ['<13>1 - nii3 - - - - \ufeffbø', 'bø'],
  ])('may end as a line does, and begin with a mark: %j', (message, text) => {
    expect(syslog(message).text).toBe(text);
  });

  test.each([['hello'], ['<13>hello'], ['<999>1 - nii3 - - - - t'], ['nii3: hello']])(
    'that is none is kept whole: %s',
    (text) => {
      expect(syslog(text)).toMatchObject({ name: PEER, text, priority: 30 });
    },
  );
});
