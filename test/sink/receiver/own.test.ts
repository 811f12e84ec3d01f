/** Records as our sender writes them come to what any message of syslog comes to. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rfc5424 } from '../../../src/sink/formats/rfc5424.ts';
import { isOwn } from '../../../src/sink/receiver/arrival.ts';
import { ownArrivalOf, wholeOf } from '../../../src/sink/receiver/own.ts';
import type { Received } from '../../../src/sink/receiver/protocol.ts';
import { arrivalOf, eachOf, type Sender } from '../../../src/sink/receiver/reading.ts';
import { formOf } from '../../../src/sink/receiver/store/form.ts';
import { FORMATS } from '../../../src/sink/receiver/store/formats.ts';
import type { LogRecord } from '../../../src/wire/log-record.ts';

const NOW_MS = Date.UTC(2009, 4, 13, 16, 34, 40, 123);
const RECORD: LogRecord = {
  timeMs: NOW_MS,
  vm: 'nii3',
  boot: '6f1c2b1e-8d3a-4f0e-9a63-0c1d2e3f4a5b',
  seq: 17,
  text: 'Requesting migration of VM: just moving',
  fields: [
    ['request', '01JD4XJ3Q7V9R2N8M5K1T6W0ZC'],
    ['from', 'mln1'],
  ],
};
const PEER: Sender = { peer: '192.0.2.7' };

function received(message: string): Received {
  return { bytes: Buffer.from(message, 'latin1'), form: 'syslog' };
}

const visible = (maxLength: number) => fc.string({ unit: 'grapheme-ascii', maxLength });
const word = fc.constantFrom('mln1', 'a b', '', '[x', 'x=y', 'x"y', 'x]y', 'x\\y', '-', '/home/a');
const fields = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom('from', 'to', 'boot', 'seq', 'a.b', 'a/b', 'a[b'), visible(40)),
    fc.oneof(word, visible(30)),
  ),
  { maxLength: 5 },
);
const records: fc.Arbitrary<LogRecord> = fc.record({
  timeMs: fc.oneof(
    fc.constantFrom(NOW_MS, NOW_MS - 1000, NOW_MS - 1001, NOW_MS + 1001, -62_200_000_000_000),
    fc.integer({ min: 0, max: 4_000_000_000_000 }),
  ),
  vm: fc.oneof(fc.constantFrom('nii3', 'nii4', '.nii', 'x'.repeat(64), 'x'.repeat(65)), visible(9)),
  boot: fc.oneof(fc.constantFrom('6f1c', '', 'x'.repeat(64), 'x'.repeat(65), 'a]b'), visible(9)),
  seq: fc.oneof(fc.constantFrom(0, 1, 999_999_999_999_999, 1e15), fc.nat()),
  text: fc.oneof(fc.constantFrom('', ' a', 'moved []', 'a\n', '\u00e5', '[a=b]'), visible(40)),
  fields,
});
/** As it is, or with a piece of it gone, another in its place, or one twice. */
const messages = fc
  .tuple(
    records.map(rfc5424),
    fc.nat(300),
    fc.nat(4),
    fc.oneof(fc.constant(''), visible(3)),
    fc.nat(9),
  )
  .map(([message, at, length, piece, whole]) =>
    whole > 3 ? message : message.slice(0, at) + piece + message.slice(at + length),
  );
const senders = fc.constantFrom<Sender>(
  PEER,
  { peer: '192.0.2.7', certificate: 'nii3' },
  { peer: 'nii3' },
);

describe('a record of ours', () => {
  test('is read as any message is, or left to that', () => {
    fc.assert(
      fc.property(messages, senders, (message, sender) => {
        const own = ownArrivalOf(received(message), sender, NOW_MS);
        if (own) expect(wholeOf(own)).toEqual(arrivalOf(received(message), sender, NOW_MS));
      }),
      { numRuns: 5000 },
    );
  });

  test.each(FORMATS)('stands in the file as any message does, as %s', (format) => {
    const form = formOf(format, 'UTC');
    fc.assert(
      fc.property(messages, senders, (message, sender) => {
        const own = ownArrivalOf(received(message), sender, NOW_MS);
        if (own) expect(form(own)).toBe(form(arrivalOf(received(message), sender, NOW_MS)));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['as most are', {}],
    ['without fields', { fields: [] }],
    ['of long ago', { timeMs: 0 }],
    ['whose value has blanks', { fields: [['reason', 'just moving']] as const }],
  ])('is taken, %s', (_name, with_) => {
    const record = { ...RECORD, ...with_ };
    const own = ownArrivalOf(received(rfc5424(record)), PEER, NOW_MS);
    expect(own).toMatchObject({ name: 'nii3', seq: 17, text: record.text });
  });

  test.each([
    ['that was cut', { ...received(rfc5424(RECORD)), flaw: 'cut' as const }, PEER],
    ['that is a plain line', { ...received(rfc5424(RECORD)), form: 'plain' as const }, PEER],
    ['whose sender poses', received(rfc5424(RECORD)), { peer: '192.0.2.7', certificate: 'nii4' }],
    ['without a text', received(rfc5424({ ...RECORD, text: '' })), PEER],
    ['of nobody', received(rfc5424({ ...RECORD, vm: '-' })), PEER],
    ['with an escape', received(rfc5424({ ...RECORD, text: 'a\nb' })), PEER],
    ['of another program', received(rfc5424(RECORD).replace(' vmmanage ', ' sshd ')), PEER],
  ])('is left to the reading of any message, one %s', (_name, each, sender) => {
    expect(ownArrivalOf(each, sender, NOW_MS)).toBeUndefined();
  });

  test('is marked as another is', () => {
    const own = ownArrivalOf(received(rfc5424(RECORD)), PEER, NOW_MS);
    const marked = own && { ...own, marks: ['seq 17 again, with another text'] };
    expect(marked && isOwn(marked)).toBe(true);
    expect(marked && formOf('text', 'UTC')(marked)).toBe(
      '1242232480 Wed May 13 16:34:40 UTC 2009 nii3: Requesting migration of VM: just moving ' +
        '[request=01JD4XJ3Q7V9R2N8M5K1T6W0ZC from=mln1] ' +
        `[peer=192.0.2.7 boot=${RECORD.boot} seq=17 mark="seq 17 again, with another text"]\n`,
    );
    expect(marked && eachOf(marked)[0]?.fields).toEqual(RECORD.fields);
  });
});
