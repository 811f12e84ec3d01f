/** A connection whose client doesn't read what it is answered. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { Client } from '../../../src/sink/receiver/client.ts';
import { Counts } from '../../../src/sink/receiver/counts.ts';
import { RelpServer } from '../../../src/sink/receiver/relp-server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { OFFERS } from '../streams.ts';

const LIMITS = { unackedBytes: 1024 * 1024, openingMs: 1000, idleMs: 0, graceMs: 0 };
const COMMANDS = Buffer.from('2 nonsense 0\n'.repeat(5000));

/** A socket of whose writes the kernel takes none until `take`. */
function clogged() {
  const waiting: (() => void)[] = [];
  const stream = new Duplex({
    read: () => undefined,
    writev: (_chunks, taken) => void waiting.push(taken),
  });
  const socket = Object.assign(stream, { setNoDelay: () => stream }) as unknown as Socket;
  const take = () => {
    for (const taken of waiting.splice(0)) taken();
  };
  return { socket, take };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('is not read on, however much of its own may be unacknowledged, and then read again', async () => {
  const { socket, take } = clogged();
  const taken = { safe: Promise.resolve(), records: 0, delayMs: 0 };
  const clock = manualClock();
  const context = { clock, limits: LIMITS, counts: new Counts(), take: () => taken };
  new Client(socket, new RelpServer(8192), context);
  socket.push(`1 open ${OFFERS.length} ${OFFERS}\n`);
  await soon();
  take();
  socket.push(COMMANDS);
  await soon();
  expect(socket.isPaused()).toBe(true);
  expect(socket.writableLength).toBeLessThan(COMMANDS.length * 4);
  take();
  await soon();
  expect(socket.isPaused()).toBe(false);
});
