/**
 * A process that is there to be killed: a store that appends numbered records without end, several
 * batches at a time, and says on a file of its own what is safe. What the store's files hold already,
 * it doesn't append again, as the sink doesn't.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Format } from '../../../../src/sink/receiver/store/formats.ts';
import { openStore } from '../../../../src/sink/receiver/store/store.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import { numbered } from './arrivals.ts';

const [folder = '', format, from] = process.argv.slice(2);
const diary = openSync(join(folder, 'safe'), 'a');
const store = await openStore({
  to: { folder: join(folder, 'guests') },
  clock: systemClock(),
  tell: (notice) => process.stderr.write(`${JSON.stringify(notice)}\n`),
  format: format as Format,
  rotation: { bytes: 64 * 1024, keep: 100_000, gzip: true },
});

const known = new Set<number>();
for await (const { seq } of store.recent()) known.add(seq);

const BATCH = 50;
const AT_A_TIME = 8;
const underWay: Promise<void>[] = [];
for (let seq = Number(from); ; seq += BATCH) {
  const fresh = numbered(BATCH, seq).filter((each) => !known.has(each.seq ?? -1));
  underWay.push(store.append(fresh).then(() => void writeSync(diary, `${seq + BATCH}\n`)));
  if (underWay.length >= AT_A_TIME) await underWay.shift();
}
