/**
 * A record a line, as the thesis's client sent them and as syslog comes without lengths (RFC 6587,
 * 3.4.2): each ends in a newline, with or without a carriage return, the last one of a connection
 * also at its end. Empty lines say nothing and are passed over. Holds at most one line of a
 * connection, cut to its limit.
 */
import { Held } from '../held.ts';
import type { Decoder, Received, Step } from './protocol.ts';

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
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.#complete(received, chunk.subarray(from, to));
      from = to + 1;
    }
    if (from < chunk.length) this.#held.add(chunk.subarray(from));
    return { received };
  }

  end(how: 'ended' | 'broken'): Step {
    const received: Received[] = [];
    this.#complete(received, NOTHING);
    if (how === 'ended') return { received };
    return { received: received.map((each) => ({ ...each, flaw: 'torn' })) };
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
