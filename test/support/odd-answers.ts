/** A web server's answers as they should not be: of a wrong type, in bits, slow, cut off, huge. */
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { anyText, garbled } from '../probes/odd-text.ts';
import { pause } from './program.ts';

export interface OddAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Where the body is cut into pieces that are sent one by one. */
  readonly cuts: readonly number[];
  /** Between two pieces. */
  readonly pauseMs: number;
  /** How the server says where the page ends; `lie`: it announces more than it sends. */
  readonly end: 'length' | 'chunked' | 'close' | 'lie';
}

/** `real`: a page that is as it should be. */
export function oddAnswer(real: string): fc.Arbitrary<OddAnswer> {
  const pages = [fc.constant(real), garbled([real]), anyText, fc.constant(real.repeat(300))];
  return fc.record({
    status: fc.constantFrom(200, 200, 200, 200, 204, 301, 404, 500),
    type: fc.constantFrom('text/plain', 'text/plain', 'application/json', 'text/html', 'x', '/;é'),
    body: fc.oneof(...pages),
    cuts: fc.array(fc.nat(), { maxLength: 5 }),
    pauseMs: fc.oneof({ weight: 19, arbitrary: fc.constant(0) }, fc.nat({ max: 20 })),
    end: fc.constantFrom<OddAnswer['end'][]>('length', 'chunked', 'close', 'lie'),
  });
}

export function answerOddly(answer: ServerResponse, odd: OddAnswer): void {
  const { status, type, end } = odd;
  const bytes = Buffer.from(odd.body);
  if (end !== 'length' && end !== 'chunked') answer.shouldKeepAlive = false;
  if (end === 'close') answer.useChunkedEncodingByDefault = false;
  if (end === 'length') answer.setHeader('content-length', bytes.length);
  if (end === 'lie') answer.setHeader('content-length', bytes.length + 10);
  answer.statusCode = status;
  answer.setHeader('content-type', Buffer.from(type).toString('latin1'));
  void sendInPieces(answer, bytes, odd).then(() =>
    end === 'lie' ? answer.destroy() : answer.end(),
  );
}

async function sendInPieces(answer: ServerResponse, bytes: Buffer, { cuts, pauseMs }: OddAnswer) {
  const places = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length];
  let sent = 0;
  for (const to of places.sort((a, b) => a - b)) {
    answer.write(bytes.subarray(sent, to));
    sent = to;
    await (pauseMs > 0 ? pause(pauseMs) : new Promise(setImmediate));
  }
}
