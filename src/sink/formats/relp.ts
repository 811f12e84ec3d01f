/**
 * RELP's frames (of librelp's doc/relp.html): `TXNR SP COMMAND SP DATALEN [SP DATA] LF`. Pure: what
 * is done with a frame is the business of the two ends.
 */

import { Held } from '../held.ts';

export interface RelpFrame {
  /** 1 to 999,999,999; 0 is a hint of the server that asks for no answer. */
  readonly transaction: number;
  readonly command: string;
  /** At most what the reader holds of it. */
  readonly data: Buffer;
  /** Whether `data` was longer than that. */
  readonly cut: boolean;
}

/** What the bytes of a frame can't be. The connection is of no use after it. */
export class RelpError extends Error {
  /** Those that came whole before it in the same piece. */
  frames: readonly RelpFrame[] = [];
}

/** After it a client begins at 1 again. */
export const LAST_TRANSACTION = 999_999_999;

const DIGITS_MAX = 9;
const COMMAND_MAX = 32;
/** A number, a command, a length, two blanks, and the byte after them. */
const HEADER_BYTES_MAX = DIGITS_MAX + 1 + COMMAND_MAX + 1 + DIGITS_MAX + 1;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** Of a letter's code the bit that makes it a small one, and the first and the last of these. */
const SMALL = 0x20;
const LETTER_A = 0x61;
const LETTER_Z = 0x7a;
const BLANK = 0x20;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

export function relpFrame(transaction: number, command: string, data: Buffer = NOTHING): Buffer {
  const header = `${transaction} ${command} ${data.length}`;
  if (data.length === 0) return Buffer.from(`${header}\n`);
  return Buffer.concat([Buffer.from(`${header} `), data, Buffer.of(NEWLINE)]);
}

/** Frames out of the bytes of one connection, however they are cut. */
export class RelpReader {
  readonly #dataBytesMax: number;
  #rest: Buffer = NOTHING;
  /** The frame whose data is coming. */
  #open: Open | undefined;

  /** What a frame has beyond `dataBytesMax` is read and let go of. */
  constructor(dataBytesMax: number) {
    this.#dataBytesMax = dataBytesMax;
  }

  /** The frames that `chunk` completes. Throws RelpError, after which nothing may be pushed. */
  push(chunk: Buffer): RelpFrame[] {
    const frames: RelpFrame[] = [];
    try {
      this.#read(chunk, frames);
    } catch (error) {
      if (error instanceof RelpError) error.frames = frames;
      throw error;
    }
    return frames;
  }

  #read(chunk: Buffer, frames: RelpFrame[]): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NOTHING;
    for (let at = 0; at < bytes.length; ) {
      if (!this.#open) {
        const end = endOfHeader(bytes, at);
        if (end < 0) {
          // Copied, since a few bytes would otherwise keep the chunk that they came in.
          this.#rest = Buffer.from(bytes.subarray(at));
          return;
        }
        this.#open = opened(bytes, at, end, this.#dataBytesMax);
        at = end;
      }
      at = this.#open.take(bytes, at);
      if (!this.#open.whole) return;
      frames.push(this.#open.frame());
      this.#open = undefined;
    }
  }

  /** Whether the connection may end here, between two frames. */
  get between(): boolean {
    return this.#open === undefined && this.#rest.length === 0;
  }
}

/** A frame whose header was read. From the byte behind the length on, it takes what is its own. */
class Open {
  readonly #transaction: number;
  readonly #command: string;
  readonly #length: number;
  readonly #dataBytesMax: number;
  /** Of data that comes in pieces. */
  #held: Held | undefined;
  #data: Buffer = NOTHING;
  /** Bytes behind the header that came: with data a blank, the data and a newline, else a newline. */
  #came = 0;

  constructor(transaction: number, command: string, length: number, dataBytesMax: number) {
    this.#transaction = transaction;
    this.#command = command;
    this.#length = length;
    this.#dataBytesMax = Math.min(length, dataBytesMax);
  }

  get #total(): number {
    return this.#length === 0 ? 1 : this.#length + 2;
  }

  get whole(): boolean {
    return this.#came === this.#total;
  }

  /** Takes what belongs to the frame, from `at` on; where what follows it begins. */
  take(bytes: Buffer, at: number): number {
    const from = this.#came;
    const end = at + Math.min(bytes.length - at, this.#total - from);
    this.#came += end - at;
    if (this.#length > 0 && from === 0 && bytes[at] !== BLANK) throw malformed('no blank');
    if (this.whole && bytes[end - 1] !== NEWLINE) throw malformed('no newline at its end');
    const dataFrom = at + Math.max(0, 1 - from);
    if (this.whole && from === 0) {
      this.#data = bytes.subarray(dataFrom, dataFrom + this.#dataBytesMax);
      return end;
    }
    const piece = bytes.subarray(dataFrom, Math.max(dataFrom, at + 1 + this.#length - from));
    this.#held ??= new Held(this.#dataBytesMax);
    if (this.whole) this.#data = this.#held.takeWith(piece);
    else this.#held.add(piece);
    return end;
  }

  frame(): RelpFrame {
    const data = this.#data;
    const cut = data.length < this.#length;
    return { transaction: this.#transaction, command: this.#command, data, cut };
  }
}

/** Where the byte behind the length stands; -1 where the header isn't whole yet. */
function endOfHeader(bytes: Buffer, from: number): number {
  let blanks = 0;
  const most = Math.min(bytes.length, from + HEADER_BYTES_MAX + 1);
  for (let at = from; at < most; at += 1) {
    const byte = bytes[at];
    if (byte === NEWLINE) return at;
    if (byte === BLANK) blanks += 1;
    if (blanks === 3) return at;
  }
  if (bytes.length - from > HEADER_BYTES_MAX) throw malformed('its header has no end');
  return -1;
}

function opened(bytes: Buffer, from: number, end: number, dataBytesMax: number): Open {
  const first = bytes.indexOf(BLANK, from);
  const second = bytes.indexOf(BLANK, first + 1);
  const command = commandIn(bytes, first + 1, second);
  const transaction = numberIn(bytes, from, first);
  const length = numberIn(bytes, second + 1, end);
  if (transaction < 0 || command === undefined || length < 0) {
    throw malformed('its header is not TXNR COMMAND LENGTH');
  }
  return new Open(transaction, command, length, dataBytesMax);
}

/** -1 where these bytes are no number, or one too long. */
function numberIn(bytes: Buffer, from: number, end: number): number {
  if (end <= from || end - from > DIGITS_MAX) return -1;
  let number = 0;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < DIGIT_0 || byte > DIGIT_9) return -1;
    number = number * 10 + byte - DIGIT_0;
  }
  return number;
}

/** Undefined where these bytes aren't letters, or are too many. */
function commandIn(bytes: Buffer, from: number, end: number): string | undefined {
  if (end <= from || end - from > COMMAND_MAX) return undefined;
  for (let at = from; at < end; at += 1) {
    const small = (bytes[at] ?? 0) | SMALL;
    if (small < LETTER_A || small > LETTER_Z) return undefined;
  }
  return bytes.toString('latin1', from, end);
}

function malformed(why: string): RelpError {
  return new RelpError(`not a frame of RELP: ${why}`);
}
