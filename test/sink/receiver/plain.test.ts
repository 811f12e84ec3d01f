/** The splitter of lines: what a connection said doesn't depend on how the network cut it up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lines } from '../../../src/sink/receiver/plain.ts';
import { linesOf } from '../../../src/sink/receiver/run.ts';

const LIMIT = 8;

function split(chunks: readonly (string | Uint8Array)[], how: 'ended' | 'broken' = 'ended') {
  const decoder = new Lines(LIMIT, 'plain');
  const received = chunks.flatMap((chunk) =>
    decoder.push(Buffer.from(chunk)).received.flatMap(linesOf),
  );
  return [...received, ...decoder.end(how).received].map(({ bytes, flaw }) =>
    flaw ? `${bytes.toString('latin1')}|${flaw}` : bytes.toString('latin1'),
  );
}

describe('plain lines', () => {
  test.each([
    ['two lines in one chunk', ['a\nb\n'], ['a', 'b']],
    ['one line in three chunks', ['a', 'b', 'c\n'], ['abc']],
    ['a newline of its own', ['a', '\n', 'b\n'], ['a', 'b']],
    ['a last line without newline', ['a\nb'], ['a', 'b']],
    ['carriage returns, cut from their newline', ['a\r', '\nb\r\n'], ['a', 'b']],
    ['only one carriage return goes', ['a\r\r\n'], ['a\r']],
    ['empty lines say nothing', ['\n\r\n\n', 'a\n\n'], ['a']],
    ['a line at the limit', ['12345678\n'], ['12345678']],
    [
      'a line at the limit, in chunks, with a carriage return',
      ['1234', '5678\r', '\n'],
      ['12345678'],
    ],
    ['a line one over the limit', ['123456789\nb\n'], ['12345678|cut', 'b']],
    ['a line over the limit, in chunks', ['12345', '67890', '12345\nb\n'], ['12345678|cut', 'b']],
    ['a line over the limit that never ends', ['123456789'], ['12345678|cut']],
    ['nothing at all', [], []],
  ])('%s', (_name, chunks, lines) => {
    expect(split(chunks)).toEqual(lines);
  });

  test('what a broken connection left is marked', () => {
    expect(split(['a\nb'], 'broken')).toEqual(['a', 'b|torn']);
    expect(split(['a\n'], 'broken')).toEqual(['a']);
  });

  test('any chunking gives the same lines', () => {
    const bytes = fc.array(fc.constantFrom(0x0a, 0x0d, 0x61, 0x62, 0xff), { maxLength: 80 });
    const cuts = fc.array(fc.nat(80), { maxLength: 20 });
    fc.assert(
      fc.property(bytes, cuts, (stream, at) => {
        const places = [0, ...at.sort((a, b) => a - b), stream.length];
        const chunks = places.slice(1).map((to, i) => Uint8Array.from(stream.slice(places[i], to)));
        const kept = chunks.filter((_, i) => (places[i] ?? 0) <= stream.length);
        expect(split(kept)).toEqual(split([Uint8Array.from(stream)]));
      }),
    );
  });
});
