/** Which protocol a connection speaks, by its first bytes and however slowly they come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { relpFrame } from '../../../src/sink/formats/relp.ts';
import type { Step } from '../../../src/sink/receiver/protocol.ts';
import { linesOf } from '../../../src/sink/receiver/run.ts';
import { protocolOf, Telling } from '../../../src/sink/receiver/telling.ts';
import { inPieces, OFFERS } from '../streams.ts';

const LIMIT = 40;

describe('the first bytes tell', () => {
  test.each([
    ['1 open 85 relp_version=0', 'relp'],
    ['1 open 8', 'relp'],
    ['<30>1 2026-05-13T16:34:40Z nii3', 'lines of syslog'],
    ['<0>', 'lines of syslog'],
    ['57 <30>1 2026', 'counted syslog'],
    ['1 <', 'counted syslog'],
    ['999999999 <', 'counted syslog'],
    ['nii3: Requesting migration', 'plain'],
    ['12 monkeys', 'plain'],
    ['1 open sesame', 'plain'],
    ['1 or 2', 'plain'],
    ['<b>bold</b>', 'plain'],
    ['<1234>', 'plain'],
    ['<>', 'plain'],
    ['0 <', 'plain'],
    ['1234567890', 'plain'],
    ['12\n', 'plain'],
    ['\n', 'plain'],
    ['\0', 'plain'],
    ['GET / HTTP/1.1', 'plain'],
  ])('%j is %s', (first, name) => {
    expect(protocolOf(Buffer.from(first))).toBe(name);
  });

  test.each([
    [''],
    ['1'],
    ['1 '],
    ['1 o'],
    ['1 open'],
    ['1 open '],
    ['<'],
    ['<191'],
    ['999999999 '],
  ])('%j may still become something', (first) => {
    expect(protocolOf(Buffer.from(first))).toBeUndefined();
  });

  test('and eleven of them always do', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 11, maxLength: 20 }), (bytes) => {
        expect(protocolOf(Buffer.from(bytes))).toBeDefined();
      }),
    );
  });
});

/** What came out, as text, with everything that was owed. */
function said(steps: readonly Step[]) {
  return {
    received: steps.flatMap(({ received }) =>
      received
        .flatMap(linesOf)
        .map(({ bytes, flaw, form }) => `${form} ${flaw ?? 'whole'} ${bytes.toString('latin1')}`),
    ),
    owes: steps.map(({ owes }) => owes?.toString('latin1') ?? '').join(''),
    ends: steps.some(({ ends }) => ends === true),
  };
}

function spoken(pieces: readonly Buffer[]) {
  const decoder = new Telling(LIMIT);
  const steps: Step[] = [];
  for (const piece of pieces) {
    steps.push(decoder.push(piece));
    if (steps.at(-1)?.ends) return said(steps);
  }
  return said([...steps, decoder.end('ended')]);
}

describe('what a connection says', () => {
  test('is a plain line where it ended before it could be told', () => {
    expect(spoken([Buffer.from('12')]).received).toEqual(['plain whole 12']);
    expect(spoken([])).toEqual({ received: [], owes: '', ends: false });
  });

  test('is a plain line where it stops too long before it can be told', () => {
    const decoder = new Telling(LIMIT);
    expect(decoder.late()).toBeUndefined();
    decoder.push(Buffer.from('12'));
    expect(decoder.late()).toEqual({ received: [] });
    const step = decoder.push(Buffer.from(' <monkeys>\n'));
    expect(said([step]).received).toEqual(['plain whole 12 <monkeys>']);
    expect(decoder.late()).toBeUndefined();
  });

  test('ends where RELP was begun and not opened for too long', () => {
    const decoder = new Telling(LIMIT);
    decoder.push(Buffer.from('1 open 85 rel'));
    expect(decoder.late()).toEqual({ received: [], ends: true });
  });

  const text = fc.string({ maxLength: 60, unit: fc.constantFrom('a', ' ', '<', '1', ':', '\n') });
  const messages = fc.array(text, { maxLength: 8 });
  const conversations = {
    'plain lines': messages.map((lines) => `nii3: ${lines.join('\n')}`),
    'lines of syslog': messages.map((lines) => lines.map((line) => `<30>${line}\n`).join('')),
    'counted syslog': messages.map((all) => all.map((m) => `${m.length + 4} <30>${m}`).join('')),
    RELP: messages.map((all) =>
      Buffer.concat([
        relpFrame(1, 'open', Buffer.from(OFFERS)),
        ...all.map((each, i) => relpFrame(i + 2, 'syslog', Buffer.from(each))),
        relpFrame(all.length + 2, 'close'),
      ]).toString('latin1'),
    ),
    'lines of syslog and bytes': fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => `<30>${Buffer.from(bytes).toString('latin1')}`),
    'counted syslog and bytes': fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => `5 <30>x${Buffer.from(bytes).toString('latin1')}`),
    'RELP and bytes': fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => `1 open 3 abc\n${Buffer.from(bytes).toString('latin1')}`),
  };

  test.each(Object.entries(conversations))('is the same however it is cut: %s', (_, stream) => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 50 })), (all, sizes) => {
        const bytes = Buffer.from(all, 'latin1');
        expect(spoken(inPieces(bytes, sizes))).toEqual(spoken([bytes]));
      }),
    );
  });
});
