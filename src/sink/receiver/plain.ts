/**
 * A record a line, as the thesis's client sent them and as syslog comes without lengths (RFC 6587,
 * 3.4.2): each ends in a newline, with or without a carriage return, the last one of a connection
 * also at its end. Empty lines say nothing and are passed over. Holds at most one line of a
 * connection, cut to its limit.
 */
import { Held } from '../held.ts';
import type { Decoder, Received, Step } from './protocol.ts';
import { runAt } from './run.ts';

type Form = Received['form'];

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);

/** So many bytes over the limit tell that a line is over it, though one be a carriage return. */
const ENOUGH_TO_KNOW = 2;

export class Lines implements Decoder {
  readonly #limit: number;
  readonly #form: Form;
  /** The beginning of a line whose newline hasn't come yet. */
  readonly #held: Held;

  /** `form` is what is looked for in each of them. */
  constructor(limit: number, form: Form) {
    this.#limit = limit;
    this.#form = form;
    this.#held = new Held(limit + ENOUGH_TO_KNOW);
  }

  push(chunk: Buffer): Step {
    const received: Received[] = [];
    for (let from = 0; from < chunk.length; ) {
      const run = this.#runAt(chunk, from);
      if (run) received.push(run);
      from = run ? from + run.bytes.length : this.#takeLine(chunk, from, received);
    }
    return { received };
  }

  end(how: 'ended' | 'broken'): Step {
    const received: Received[] = [];
    this.#complete(received, NOTHING);
    if (how === 'ended') return { received };
    return { received: received.map((each) => ({ ...each, flaw: 'torn' })) };
  }

  #runAt(chunk: Buffer, from: number): Received | undefined {
    if (this.#form !== 'plain' || this.#held.length > 0) return undefined;
    return runAt(chunk, from, this.#limit);
  }

  /** Where what follows the line at `from` begins. */
  #takeLine(chunk: Buffer, from: number, received: Received[]): number {
    const to = chunk.indexOf(NEWLINE, from);
    if (to < 0) {
      this.#held.add(chunk.subarray(from));
      return chunk.length;
    }
    this.#complete(received, chunk.subarray(from, to));
    return to + 1;
  }

  /** A line is complete, and `last` is the last piece of it. */
  #complete(received: Received[], last: Buffer): void {
    const line = withoutReturn(this.#held.takeWith(last));
    const form = this.#form;
    if (line.length > this.#limit) {
      received.push({ bytes: line.subarray(0, this.#limit), flaw: 'cut', form });
    } else if (line.length > 0) received.push({ bytes: line, form });
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === RETURN ? line.subarray(0, -1) : line;
}
