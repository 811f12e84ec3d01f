/** Messages with their length in front. */
import { describe, expect, test } from 'vitest';
import type { Step } from '../../../src/sink/receiver/protocol.ts';
import { CountedMessages } from '../../../src/sink/receiver/syslog.ts';

const LIMIT = 8;

function read(pieces: readonly string[]): (string | boolean)[] {
  const decoder = new CountedMessages(LIMIT);
  const steps: Step[] = pieces.map((piece) => decoder.push(Buffer.from(piece)));
  steps.push(decoder.end());
  const received = steps.flatMap((step) => step.received);
  const said = received.map(({ bytes, flaw }) => (flaw ? `${bytes}|${flaw}` : `${bytes}`));
  return steps.some(({ ends }) => ends) ? [...said, true] : said;
}

describe('counted messages', () => {
  test.each([
    ['two at once', ['3 abc2 de'], ['abc', 'de']],
    ['one byte by byte', ['3', ' ', 'a', 'b', 'c'], ['abc']],
    ['any bytes in them', ['4 a\n 3'], ['a\n 3']],
    ['at the limit', ['8 12345678'], ['12345678']],
    ['over the limit: cut, and the next one whole', ['9 1234567891 x'], ['12345678|cut', 'x']],
    ['over the limit, in pieces', ['20 1234', '5678901234', '5678901 x'], ['12345678|cut', 'x']],
    ['a length of many digits', ['999999999 abc'], ['abc|torn']],
    ['one that is not whole at the end', ['5 ab'], ['ab|torn']],
    ['one of which nothing came', ['5 '], []],
    ['a length that is not whole', ['5'], []],
    ['a length that is no number ends it, after what was valid', ['1 ax bc', '1 d'], ['a', true]],
    ['so does a newline behind a message', ['1 a\n1 b'], ['a', true]],
    ['so does a length of ten digits', ['1234567890 a'], [true]],
    ['so does a zero in front', ['0 1 a'], [true]],
    ['so does a blank without a length', [' a'], [true]],
  ])('%s', (_, pieces, expected) => {
    expect(read(pieces)).toEqual(expected);
  });
});
