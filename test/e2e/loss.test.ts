/**
 * Nothing is lost and nothing is written twice over RELP, whatever is killed, full or cut: 4 guests
 * send 10,000 records a second together, and each record of which `send` returned is in the file
 * exactly once. For a minute with LONG, else for a tenth of it.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '../support/rig.ts';
import { tempFolder } from '../support/temp.ts';
import { startCuttingProxy } from './loss/cutting-proxy.ts';
import { Guest } from './loss/guests.ts';
import { SinkProgram } from './loss/sinks.ts';
import { smallDisk } from './loss/small-disk.ts';
import { verdictOn } from './loss/verdict.ts';

const NAMES = ['nii1', 'nii2', 'nii3', 'nii4'];
/** Of all of them together. */
const RECORDS_PER_S = 10_000;
const [LASTS_MS, KILLS] = process.env['LONG'] ? [60_000, 20] : [6_000, 3];
/** Of what was asked for, at the least: a busy machine and the time to start take their share. */
const SENT_SHARE_MIN = 0.5;

function startGuests(port: number): Guest[] {
  const folder = tempFolder();
  const rate = RECORDS_PER_S / NAMES.length;
  const url = `relp://127.0.0.1:${port}`;
  return NAMES.map((name) => new Guest({ name, url, folder: join(folder, name), rate }));
}

async function allSend(guests: readonly Guest[]): Promise<void> {
  await until('all guests to send', () => guests.every((guest) => guest.sends));
}

/** Ends all in order, and says what the file holds. */
async function settle(sink: SinkProgram, guests: readonly Guest[], file: string) {
  await Promise.all(guests.map((guest) => guest.finish()));
  await sink.end();
  const { held, lost, twice, strange } = verdictOn(file, guests);
  const sample = (records: readonly string[]) => records.slice(0, 5);
  expect({ lost: lost.length, twice: twice.length, strange: strange.length }, explain()).toEqual({
    lost: 0,
    twice: 0,
    strange: 0,
  });
  return held;

  function explain(): string {
    const samples = { lost: sample(lost), twice: sample(twice), strange: sample(strange) };
    return `${JSON.stringify(samples)}\n${sink.said}`;
  }
}

/** Somewhere between the parts of the test, so that the moments differ from run to run. */
async function aWhile(meanMs: number): Promise<void> {
  await sleep(meanMs * (0.5 + Math.random()));
}

it('though the sink is killed again and again', async () => {
  const file = join(tempFolder(), 'central.log');
  const sink = await SinkProgram.start(file);
  const guests = startGuests(sink.port);
  await allSend(guests);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await aWhile(LASTS_MS / (KILLS + 1));
    await sink.killAndStart();
  }
  await aWhile(LASTS_MS / (KILLS + 1));
  const held = await settle(sink, guests, file);
  expect(held).toBeGreaterThan((SENT_SHARE_MIN * RECORDS_PER_S * LASTS_MS) / 1000);
});

it('though the guests are killed too', async () => {
  const file = join(tempFolder(), 'central.log');
  const sink = await SinkProgram.start(file);
  const guests = startGuests(sink.port);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await allSend(guests);
    await aWhile(LASTS_MS / (KILLS + 1));
    const killed = guests.filter((_, i) => (i + kill) % 2 === 0);
    await Promise.all([sink.killAndStart(), ...killed.map((guest) => guest.killAndStart())]);
  }
  await allSend(guests);
  await settle(sink, guests, file);
});

it('though the network cuts connections at any byte', async () => {
  const file = join(tempFolder(), 'central.log');
  const sink = await SinkProgram.start(file);
  const network = await startCuttingProxy(sink.port, 200_000);
  const guests = startGuests(network.port);
  await allSend(guests);
  await sleep(LASTS_MS / 2);
  network.mend();
  await settle(sink, guests, file);
  expect(network.cuts).toBeGreaterThan(10);
});

it('though the disk is full for a while, and the sink is killed then', async () => {
  const disk = await smallDisk(1024 ** 2 * (process.env['LONG'] ? 256 : 32));
  const file = join(disk.folder, 'central.log');
  const sink = await SinkProgram.start(file);
  disk.fill(100_000);
  const guests = startGuests(sink.port);
  await until('the sink to say so', () => sink.said.includes('not written'));
  expect(sink.said).toContain('ENOSPC');
  await aWhile(LASTS_MS / 10);
  await sink.killAndStart();
  await aWhile(LASTS_MS / 10);
  disk.clear();
  await allSend(guests);
  await aWhile(LASTS_MS / 10);
  await settle(sink, guests, file);
});

it('though the kernel refuses to write, in the middle of a line too', async () => {
  const file = join(tempFolder(), 'central.log');
  const sink = await SinkProgram.start(file);
  sink.limitFiles(100_001);
  const guests = startGuests(sink.port);
  await until('the sink to say so', () => sink.said.includes('not written'));
  expect(sink.said).toContain('EFBIG');
  await allSend(guests);
  await aWhile(LASTS_MS / 10);
  sink.limitFiles('unlimited');
  await aWhile(LASTS_MS / 10);
  await settle(sink, guests, file);
});
