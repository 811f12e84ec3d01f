/**
 * The mysql probe on what a real server sent, cut off, garbled, far too long or in bits. A number
 * comes from the whole of it alone; from garbled bytes only one that they spell: the protocol has
 * no checksum.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { mysql } from '../../src/probes/mysql.ts';
import type { Measurement } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';
import { pause } from '../support/program.ts';
import { RUNS } from '../support/runs.ts';
import { tempFolder } from '../support/temp.ts';

const { messages } = JSON.parse(
  readFileSync(new URL('./fixtures/mysql-wire.json', import.meta.url), 'utf8'),
) as { readonly messages: readonly string[] };
const REAL = messages.map((each) => Buffer.from(each, 'base64'));
const VALUE = 614;

/** What a server says in its turns, one after each packet of its client's. */
interface Talk {
  readonly turns: readonly Buffer[];
  /** Between the bytes of a turn. */
  readonly dripMs?: number;
  /** Hangs up on a client that says nothing for a moment. */
  readonly leaves: boolean;
}

let talk: Talk;
let path: string;
beforeEach(async () => {
  // mysql2 says there what it finds odd.
  const silent = (['trace', 'error', 'warn', 'log'] as const).map((word) =>
    vi.spyOn(console, word).mockImplementation(() => undefined),
  );
  onTestFinished(() => {
    for (const spy of silent) spy.mockRestore();
  });
  path = join(tempFolder(), 's');
  const clients = new Set<Socket>();
  const server: Server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    let turn = 0;
    const say = () => void speak(client, talk, turn++);
    client.on('data', say);
    say();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
});

async function speak(client: Socket, { turns, dripMs, leaves }: Talk, turn: number) {
  const bytes = turns[turn];
  if (bytes === undefined) {
    if (leaves) client.end();
    return;
  }
  if (dripMs === undefined) client.write(bytes);
  else for (const byte of bytes) await pause(dripMs).then(() => client.write(Buffer.of(byte)));
  if (!leaves) return;
  const silent = setTimeout(() => client.end(), SILENT_MS);
  client.once('data', () => clearTimeout(silent)).once('close', () => clearTimeout(silent));
}

/** A new connection each time. */
async function read(said: Talk, timeoutMs: number): Promise<Measurement> {
  talk = said;
  const chosen = optionsFrom(mysql.options, {
    ...{ socket: path, variable: 'Bytes_received', as: 'value' },
  });
  const probe = mysql.open(chosen, { clock: systemClock(), intervalMs: 60_000 });
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(timeoutMs));
  void probe.close();
  return measured;
}

/** The turns up to so many bytes. */
function cutAt(bytes: number): Buffer[] {
  const turns: Buffer[] = [];
  let left = bytes;
  for (const turn of REAL) {
    turns.push(turn.subarray(0, Math.min(left, turn.length)));
    left -= turn.length;
    if (left <= 0) break;
  }
  return turns;
}

/** Whether some of the bytes, side by side, spell the number. */
function spells(bytes: Buffer, value: number): boolean {
  for (const [run] of bytes.toString('latin1').matchAll(/[-+.\deE]+/g)) {
    for (let from = 0; from < run.length; from += 1) {
      for (let to = from + 1; to <= run.length; to += 1) {
        if (Number(run.slice(from, to)) === value) return true;
      }
    }
  }
  return false;
}

const LENGTH = REAL.reduce((sum, { length }) => sum + length, 0);
const SOON_MS = 40;
const SILENT_MS = 8;

it('whole, it has a number', async () => {
  expect(await read({ turns: REAL, leaves: false }, 10_000)).toEqual({ value: VALUE });
});

it('cut off anywhere, it has none', async () => {
  for (let bytes = 0; bytes < LENGTH; bytes += 1) {
    const measured = await read({ turns: cutAt(bytes), leaves: true }, 10_000);
    expect([bytes, measured]).toEqual([bytes, { missing: expect.any(String) }]);
  }
});

it('byte after byte, it has the same number, or none in time', async () => {
  const drips = { turns: REAL, dripMs: 1, leaves: false };
  expect(await read(drips, 20_000)).toEqual({ value: VALUE });
  const began = performance.now();
  expect(await read({ ...drips, dripMs: 5 }, 200)).toEqual({ missing: 'no answer in time' });
  expect(performance.now() - began).toBeLessThan(2_000);
});

it('answered without rows, it has none', async () => {
  const [greeting = Buffer.alloc(0), ok = Buffer.alloc(0)] = REAL;
  const first = Buffer.from(ok).fill(1, 3, 4);
  expect(await read({ turns: [greeting, ok, first], leaves: false }, 10_000)).toEqual({
    missing: 'the server answers without rows',
  });
});

it('garbled, with more bytes or others altogether, it ends nothing and makes no number up', async () => {
  const noise = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
  const damage = fc.record({
    turn: fc.nat({ max: REAL.length - 1 }),
    at: fc.nat(),
    length: fc.constantFrom(0, 1, 1, 2, 30, 1000),
    noise: fc.oneof(noise, noise, fc.constant(Buffer.alloc(100_000, '7'))),
    leaves: fc.constantFrom(true, true, true, true, false),
  });
  let numbers = 0;
  await fc.assert(
    fc.asyncProperty(damage, async ({ turn, at, length, noise: put, leaves }) => {
      const turns = REAL.map((real, i) => {
        if (i !== turn) return real;
        const from = at % (real.length + 1);
        return Buffer.concat([real.subarray(0, from), put, real.subarray(from + length)]);
      });
      const measured = await read({ turns, leaves }, SOON_MS);
      if (!('value' in measured)) return measured.missing !== '' && measured.missing.length < 500;
      numbers += 1;
      return spells(Buffer.concat(turns), measured.value);
    }),
    { numRuns: RUNS },
  );
  expect(numbers).toBeGreaterThan(0);
});
