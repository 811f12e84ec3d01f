/**
 * What nobody should send. No stream may make a protocol or the reading of records throw, have it hold
 * or give out more than its limit, or harm a record on another connection.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Step } from '../../../src/sink/receiver/protocol.ts';
import { arrivalOf } from '../../../src/sink/receiver/reading.ts';
import { linesOf } from '../../../src/sink/receiver/run.ts';
import { Telling } from '../../../src/sink/receiver/telling.ts';
import { STREAMS } from '../../support/runs.ts';
import { relpClient } from '../relp-client.ts';
import { inPieces, oddStreams } from '../streams.ts';
import { connectTo, sentLinesOf, startSink, until } from '../support.ts';

const LIMIT = 64;
const SENDER = { peer: '192.0.2.7' };
const VISIBLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;
/** The whole of the odd streams can be sent in a fraction of this. */
const ENOUGH_MS = 1_200_000;
const AT_ONCE = 20;

function stepsOf(pieces: readonly Buffer[]): Step[] {
  const decoder = new Telling(LIMIT);
  const steps: Step[] = [];
  for (const piece of pieces) {
    steps.push(decoder.push(piece));
    if (steps.at(-1)?.ends) return steps;
  }
  return [...steps, decoder.late() ?? { received: [] }, decoder.end('broken')];
}

test('an odd stream gives bounded records that can be seen, however it is cut', {
  timeout: ENOUGH_MS,
}, () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 });
  fc.assert(
    fc.property(oddStreams, sizes, (stream, at) => {
      const received = stepsOf(inPieces(stream, at)).flatMap((step) =>
        step.received.flatMap(linesOf),
      );
      for (const each of received) {
        expect(each.bytes.length).toBeLessThanOrEqual(LIMIT);
        const { name, text, fields, seq } = arrivalOf(each, SENDER, 0);
        expect(name).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        expect([text, ...fields.flat()].join('')).toMatch(VISIBLE);
        expect(seq === undefined || Number.isSafeInteger(seq)).toBe(true);
      }
      const bytes = received.reduce((sum, each) => sum + each.bytes.length, 0);
      expect(bytes).toBeLessThanOrEqual(stream.length);
    }),
    { numRuns: STREAMS },
  );
});

test('a stream that never ends is held up to the limit of a line', () => {
  const beginnings = ['', '<13>', '999999999 <13>', '1 open 999999999 relp', '1 open 2 x'];
  for (const beginning of beginnings) {
    const decoder = new Telling(8192);
    decoder.push(Buffer.from(beginning));
    const before = process.memoryUsage().arrayBuffers;
    const piece = Buffer.from('x');
    for (let i = 0; i < 200_000; i += 1) if (decoder.push(piece).ends) break;
    const chunk = Buffer.alloc(65_536, 'x');
    for (let i = 0; i < 200; i += 1) if (decoder.push(chunk).ends) break;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  }
});

/** Sends it and goes, in one way or the other. */
async function sendOdd(port: number, stream: Buffer, how: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.resume();
  if (how % 3 === 0) socket.write(stream, () => socket.resetAndDestroy());
  else socket.end(stream);
  await closed;
}

test('records on other connections stay whole meanwhile', { timeout: ENOUGH_MS }, async () => {
  const sink = await startSink({ limits: { connections: 500 } });
  const relp = await relpClient(sink.port);
  const plain = await connectTo(sink.port);
  const streams = fc.sample(oddStreams, STREAMS / 10);
  let sent = 0;
  for (let at = 0; at < streams.length; at += AT_ONCE) {
    const odd = streams.slice(at, at + AT_ONCE).map((stream, i) => sendOdd(sink.port, stream, i));
    plain.write(`good: plain ${sent}\n`);
    expect(await relp.send(`<30>1 - good vmmanage - - - relp ${sent}`)).toBe('200 OK');
    sent += 1;
    await Promise.all(odd);
  }
  const good = () => sentLinesOf(sink.file).filter((line) => line.startsWith('good: '));
  await until(() => good().length === 2 * sent);
  const expected = (kind: string) => Array.from({ length: sent }, (_, i) => `good: ${kind} ${i}`);
  expect(good().filter((line) => line.includes('plain'))).toEqual(expected('plain'));
  expect(good().filter((line) => line.includes('relp'))).toEqual(expected('relp'));
});
