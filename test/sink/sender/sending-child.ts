/**
 * A process that is there to be killed: sends numbered records without end, and writes the number of
 * each to a file once `send` has returned for it.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openSender } from '../../../src/sink/sender/sender.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { unsent } from '../records.ts';

const [url = '', folder = '', from] = process.argv.slice(2);
const accepted = openSync(join(folder, 'accepted'), 'a');
const sender = openSender({
  urls: [url],
  spoolFolder: join(folder, 'spool'),
  spoolMaxBytes: 64 * 1024 * 1024,
  clock: systemClock(),
});

for (let number = Number(from); ; number += 1) {
  sender.send(unsent(`record ${number}`));
  writeSync(accepted, `${number}\n`);
  if (number % 50 === 0) await new Promise((turn) => setImmediate(turn));
}
