/** What reports speak of and `step` doesn't need: the latest readings, and requests that ended. */
import type { Entry } from '../core/entries.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { PastRequest } from '../wire/control.ts';
import { PastRequests } from './past.ts';

const READINGS = 12;
const REQUESTS = 200;

export class Memory {
  readonly #past = new PastRequests(REQUESTS);
  readonly #readings = new Map<string, readonly Reading[]>();

  noteReading(reading: Reading): void {
    const before = this.#readings.get(reading.probe) ?? [];
    this.#readings.set(reading.probe, [...before, reading].slice(-READINGS));
  }

  noteEntry(entry: Entry, at: Stamp): void {
    this.#past.add({ entry, at });
  }

  past(): readonly PastRequest[] {
    return this.#past.all();
  }

  readings(): Readonly<Record<string, readonly Reading[]>> {
    return Object.fromEntries(this.#readings);
  }
}
