/** The central log while its file is moved away under it, as logrotate does: each line once, in order. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Running, until } from '../support/rig.ts';
import { tempFolder } from '../support/temp.ts';

const ROTATIONS = 5;

it('has each line once and in order, though its file was moved five times under load', async () => {
  const folder = tempFolder();
  const file = join(folder, 'central.log');
  const sink = new Running('sink', '--listen', '127.0.0.1:0', '--file', file);
  onTestFinished(async () => void (await sink.end('SIGKILL')));
  const port = await until('the sink to listen', () => /127\.0\.0\.1:(\d+)/.exec(sink.said)?.[1]);
  const guest = connect(Number(port), '127.0.0.1');
  guest.resume();
  let sent = 0;
  const move = async () => {
    for (let rotated = 1; rotated <= ROTATIONS; rotated += 1) {
      const before = sent;
      await until('lines', () => sent > before + 2000);
      renameSync(file, `${file}.${rotated}`);
      sink.signal('SIGHUP');
      await until('the new file', () => readdirSync(folder).includes('central.log'));
    }
  };
  let moved = false;
  const moving = move().then(() => {
    moved = true;
  });
  while (!moved) {
    for (let i = 0; i < 100; i += 1) guest.write(`nii3: line ${sent++}\n`);
    await sleep(1);
  }
  await moving;
  await new Promise<void>((resolve) => guest.end(resolve));
  expect(await sink.end()).toBe(0);
  const files = Array.from({ length: ROTATIONS }, (_, i) => `${file}.${i + 1}`);
  const text = [...files, file].map((each) => readFileSync(each, 'utf8'));
  expect(text.filter((each) => each === '').length).toBeLessThan(2);
  const lines = text.join('').trimEnd().split('\n');
  const numbers = lines.map((line) => Number(/nii3: line (\d+) /.exec(line)?.[1]));
  expect(numbers).toHaveLength(sent);
  expect(numbers.findIndex((number, i) => number !== i)).toBe(-1);
});
