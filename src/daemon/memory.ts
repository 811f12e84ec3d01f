/** What reports speak of and `step` doesn't need: the latest readings, and requests that ended. */
import type { Conf } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { PastRequest, ShadowReport } from '../wire/control.ts';
import type { Recorded } from './journal.ts';
import { PastRequests } from './past.ts';
import { Shadow } from './shadow.ts';

const READINGS = 12;
const REQUESTS = 200;

export class Memory {
  readonly #past = new PastRequests(REQUESTS);
  readonly #shadow = new Shadow();
  readonly #readings = new Map<string, Reading[]>();

  /** A guest that is passive or paused learns from its journal and history what it would have asked. */
  replay(records: readonly Recorded[], readings: Iterable<Reading>, conf: Conf): void {
    let next = 0;
    const noteUpTo = (wallMs: number) => {
      for (; next < records.length; next += 1) {
        const record = records[next];
        if (!record || record.at.wallMs >= wallMs) return;
        this.noteEntry(record.entry, record.at, conf);
      }
    };
    for (const reading of readings) {
      noteUpTo(reading.at.wallMs);
      this.#shadow.noteReading(reading, conf);
    }
    noteUpTo(Infinity);
  }

  noteReading(reading: Reading, conf: Conf): void {
    this.#shadow.noteReading(reading, conf);
    const latest = this.#readings.get(reading.probe) ?? [];
    if (latest.push(reading) > READINGS) latest.shift();
    this.#readings.set(reading.probe, latest);
  }

  noteEntry(entry: Entry, at: Stamp, conf: Conf): void {
    if (entry.type === 'would-ask') this.#shadow.noteAsk(entry, at, conf, this.past());
    this.#past.add({ entry, at });
  }

  past(): readonly PastRequest[] {
    return this.#past.all();
  }

  /** Since when the guest is passive or paused. */
  shadow(since: Stamp): ShadowReport {
    return this.#shadow.report(since);
  }

  readings(): Readonly<Record<string, readonly Reading[]>> {
    return Object.fromEntries([...this.#readings].map(([name, latest]) => [name, [...latest]]));
  }
}
