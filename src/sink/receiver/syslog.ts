/**
 * Syslog's messages with their length in front (RFC 6587, 3.4.1): `LENGTH SP MESSAGE`, in bytes. Any
 * byte may stand in a message. A length that is no number ends the connection, since nobody could say
 * where the next one begins. Holds at most one message, cut to its limit.
 */
import { Held } from '../held.ts';
import type { Decoder, Received, Step } from './protocol.ts';

const BLANK = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const LENGTH_DIGITS_MAX = 9;
const NO_BYTES = Buffer.alloc(0);

export class CountedMessages implements Decoder {
  readonly #limit: number;
  /** The length as far as it was read, and with how many digits. */
  #length = 0;
  #digits = 0;
  #message: Message | undefined;
  #broken = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): Step {
    const received: Received[] = [];
    for (let at = 0; at < chunk.length && !this.#broken; ) {
      if (this.#message) at = this.#take(chunk, at, received);
      else this.#count(chunk[at++] ?? 0);
    }
    return this.#broken ? { received, ends: true } : { received };
  }

  /** A message that isn't whole is torn, however the connection ended. */
  end(): Step {
    const message = this.#message;
    this.#message = undefined;
    return { received: message && message.came > 0 ? [message.received()] : [] };
  }

  /** One byte of a length: a digit, or the blank behind it. RFC 6587 begins none with a zero. */
  #count(byte: number): void {
    const isDigit = byte >= DIGIT_0 && byte <= DIGIT_9;
    if (isDigit && this.#digits < LENGTH_DIGITS_MAX && (byte > DIGIT_0 || this.#digits > 0)) {
      this.#length = this.#length * 10 + byte - DIGIT_0;
      this.#digits += 1;
    } else if (byte === BLANK && this.#digits > 0) {
      this.#message = new Message(this.#length, this.#limit);
      this.#length = 0;
      this.#digits = 0;
    } else this.#broken = true;
  }

  #take(chunk: Buffer, at: number, received: Received[]): number {
    const message = this.#message as Message;
    const end = message.take(chunk, at);
    if (message.whole) {
      received.push(message.received());
      this.#message = undefined;
    }
    return end;
  }
}

/** One message of which some may still have to come. */
class Message {
  readonly #length: number;
  readonly #held: Held;
  #bytes: Buffer = NO_BYTES;
  came = 0;

  constructor(length: number, limit: number) {
    this.#length = length;
    this.#held = new Held(limit);
  }

  get whole(): boolean {
    return this.came === this.#length;
  }

  /** Where what follows it begins. */
  take(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#length - this.came);
    const piece = chunk.subarray(at, end);
    this.came += piece.length;
    if (this.whole) this.#bytes = this.#held.takeWith(piece);
    else this.#held.add(piece);
    return end;
  }

  received(): Received {
    const bytes = this.whole ? this.#bytes : this.#held.takeWith(NO_BYTES);
    if (bytes.length === this.#length) return { bytes, form: 'syslog' };
    return { bytes, flaw: this.whole ? 'cut' : 'torn', form: 'syslog' };
  }
}
