/**
 * A guest that is there to be killed: sends numbered records at a rate, and writes the number of each
 * to a file once `send` has returned for it. Told to end, it sends nothing new and ends with 0
 * when nothing waits any more. Words: the sink's URL, its folder, its name, which of its runs this is, and records a second.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSender } from '../../../src/sink/sender/sender.ts';
import { systemClock } from '../../../src/system/clock.ts';

const [url = '', folder = '', name = '', run = '', rate = ''] = process.argv.slice(2);
const BOOT = 'b0070000-0000-4000-8000-000000000001';
const TURN_MS = 10;
const DRAIN_MS = 120_000;

const accepted = openSync(join(folder, 'accepted'), 'a');
const sender = openSender({
  urls: [url],
  spoolFolder: join(folder, 'spool'),
  spoolMaxBytes: 256 * 1024 * 1024,
  clock: systemClock(),
  // Of many cuts in a second none should keep the test waiting for half a minute.
  retry: { firstMs: 20, maxMs: 500 },
});

let ending = false;
process.on('SIGTERM', () => {
  ending = true;
});

const beganMs = performance.now();
for (let sent = 0; !ending; await sleep(TURN_MS)) {
  const due = ((performance.now() - beganMs) / 1000) * Number(rate);
  for (; sent < due; sent += 1) {
    const text = `record ${run} ${sent}`;
    sender.send({ timeMs: Date.now(), vm: name, boot: BOOT, text, fields: [] });
    writeSync(accepted, `${text}\n`);
  }
}
await sender.close({ drainMs: DRAIN_MS });
const { queued, dropped, lastError } = sender.status();
if (queued > 0 || dropped > 0) console.log(name, { queued, dropped, lastError });
process.exitCode = queued === 0 && dropped === 0 ? 0 : 1;
