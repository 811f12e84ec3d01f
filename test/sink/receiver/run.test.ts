/** Lines that are taken together come to what they come to one by one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lines } from '../../../src/sink/receiver/plain.ts';
import type { Received } from '../../../src/sink/receiver/protocol.ts';
import { arrivalOf, arrivalsOf, eachOf, type Sender } from '../../../src/sink/receiver/reading.ts';
import { linesOf, runAt } from '../../../src/sink/receiver/run.ts';
import { formOf } from '../../../src/sink/receiver/store/form.ts';
import { FORMATS } from '../../../src/sink/receiver/store/formats.ts';
import { inPieces } from '../streams.ts';

const LIMIT = 40;
const NOW_MS = Date.UTC(2009, 4, 13, 16, 34, 40, 123);

/** `ended`, so that a last line without its newline counts. */
function received(decoder: Lines, pieces: readonly Buffer[]): Received[] {
  return [...pieces.map((piece) => decoder.push(piece)), decoder.end('ended')].flatMap(
    (step) => step.received,
  );
}

/** Lines of syslog are never taken together; read as plain ones they are what is held against. */
function oneByOne(pieces: readonly Buffer[]): Received[] {
  return received(new Lines(LIMIT, 'syslog'), pieces).map((each) => ({ ...each, form: 'plain' }));
}

const names = fc.constantFrom('nii3', 'nii4', '192.0.2.7', 'x'.repeat(64), 'x'.repeat(65), '.nii');
const visible = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
const lines = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(names, visible).map(([name, text]) => `${name}: ${text}\n`) },
  { weight: 2, arbitrary: visible.map((text) => `${text}\n`) },
  fc.constantFrom('\n', '\r\n', 'nii3: a\r\n', 'nii3: \n', 'nii3:\n', 'nii3: $& $1 $$ [a=b]\n'),
  fc.constantFrom('nii3: \xe5\n', 'nii3: \xc3\xa5\n', 'nii3: a\tb\n', 'nii3: \x7f\n', 'nii3: a'),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const streams = fc
  .array(lines, { maxLength: 20 })
  .map((all) => Buffer.from(all.join(''), 'latin1'));
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 4 });
const senders = fc.constantFrom<Sender>(
  { peer: '192.0.2.7' },
  { peer: '192.0.2.7', certificate: 'nii3' },
  { peer: '192.0.2.7', certificate: '192.0.2.7' },
);

describe('lines that are taken together', () => {
  test('are the lines that came, however they were cut', () => {
    fc.assert(
      fc.property(streams, sizes, (stream, at) => {
        const pieces = inPieces(stream, at);
        const all = received(new Lines(LIMIT, 'plain'), pieces);
        expect(all.flatMap(linesOf)).toEqual(oneByOne(pieces));
        const counted = all.map(({ run }) => run?.lines ?? 1);
        expect(all.map((each) => linesOf(each).length)).toEqual(counted);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(FORMATS)('stand in the file as if they had come alone, as %s', (format) => {
    const form = formOf(format, 'UTC');
    fc.assert(
      fc.property(streams, sizes, senders, (stream, at, sender) => {
        const pieces = inPieces(stream, at);
        const all = received(new Lines(LIMIT, 'plain'), pieces);
        const arrivals = all.flatMap((each) => arrivalsOf(each, sender, NOW_MS));
        const alone = oneByOne(pieces).map((each) => arrivalOf(each, sender, NOW_MS));
        expect(arrivals.map(form).join('')).toBe(alone.map(form).join(''));
        const each = arrivals.flatMap((one) => ('lines' in one ? eachOf(one) : [one]));
        expect(each).toEqual(alone);
      }),
      { numRuns: 1000 },
    );
  });

  test('are as many as name the same guest', () => {
    const chunk = Buffer.from('nii3: a\nnii3: b\nnii33: c\n');
    const run = runAt(chunk, 0, LIMIT);
    expect(run?.run).toEqual({ lines: 2, claimed: 'nii3' });
    expect(runAt(chunk, run?.bytes.length ?? 0, LIMIT)?.run).toEqual({
      lines: 1,
      claimed: 'nii33',
    });
  });

  test.each([
    ['an empty one', '\n'],
    ['one that is not whole', 'nii3: a'],
    ['one with a byte that can not be seen', 'nii3: a\tb\n'],
    ['one over the limit', `${'x'.repeat(LIMIT + 1)}\n`],
  ])('do not begin with %s', (_name, line) => {
    expect(runAt(Buffer.from(line), 0, LIMIT)).toBeUndefined();
    expect(runAt(Buffer.from(`a\n${line}`), 0, LIMIT)?.run?.lines).toBe(1);
  });

  test('may be as long as the limit', () => {
    expect(runAt(Buffer.from(`${'x'.repeat(LIMIT)}\n`), 0, LIMIT)?.run?.lines).toBe(1);
  });
});
