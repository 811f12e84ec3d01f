/** What was sent over RELP and isn't answered yet, in its order. Pure. */
import { LAST_TRANSACTION } from '../formats/relp.ts';

interface Sent {
  readonly bytes: number;
  answered: boolean;
}

/** With the batch that passes it: what a round trip of 100 ms needs for 5,000 records/s. */
const MOST_RECORDS = 512;
const MOST_BYTES = 1024 * 1024;

export class RelpWindow {
  #sent: Sent[] = [];
  #bytes = 0;
  /** The transaction of the first in `#sent`. */
  #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  get length(): number {
    return this.#sent.length;
  }

  get full(): boolean {
    return this.#sent.length >= MOST_RECORDS || this.#bytes >= MOST_BYTES;
  }

  /** The transaction of what is sent next. */
  get next(): number {
    return after(this.#first, this.#sent.length);
  }

  sent(bytes: number): void {
    this.#sent.push({ bytes, answered: false });
    this.#bytes += bytes;
  }

  /** False where nothing of that number waits for an answer. */
  answered(transaction: number): boolean {
    const at = (transaction - this.#first + LAST_TRANSACTION) % LAST_TRANSACTION;
    const sent = this.#sent[at];
    if (!sent || sent.answered || transaction < 1) return false;
    sent.answered = true;
    return true;
  }

  /** Lets go of the oldest up to the first without an answer; how many they are. */
  leave(): number {
    const open = this.#sent.findIndex(({ answered }) => !answered);
    const left = this.#sent.splice(0, open < 0 ? this.#sent.length : open);
    for (const { bytes } of left) this.#bytes -= bytes;
    this.#first = after(this.#first, left.length);
    return left.length;
  }
}

/** After the last transaction comes 1. */
function after(transaction: number, by: number): number {
  return ((transaction - 1 + by) % LAST_TRANSACTION) + 1;
}
