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

const HEADER = /^(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})$/;
/** A number, a command, a length, two blanks, and the byte after them. */
const HEADER_BYTES_MAX = 9 + 1 + 32 + 1 + 9 + 1;
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
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NOTHING;
    while (bytes.length > 0) {
      if (this.#open) {
        const taken = this.#open.take(bytes);
        bytes = bytes.subarray(taken);
        if (!this.#open.whole) break;
        frames.push(this.#open.frame());
        this.#open = undefined;
        continue;
      }
      const at = endOfHeader(bytes);
      if (at < 0) {
        // Copied, since a few bytes would otherwise keep the chunk that they came in.
        this.#rest = Buffer.from(bytes);
        break;
      }
      this.#open = opened(bytes, at, this.#dataBytesMax);
      bytes = bytes.subarray(at);
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
  readonly #held: Held;
  #data: Buffer = NOTHING;
  /** Bytes behind the header that came: with data a blank, the data and a newline, else a newline. */
  #came = 0;

  constructor(transaction: number, command: string, length: number, dataBytesMax: number) {
    this.#transaction = transaction;
    this.#command = command;
    this.#length = length;
    this.#held = new Held(Math.min(length, dataBytesMax));
  }

  get #total(): number {
    return this.#length === 0 ? 1 : this.#length + 2;
  }

  get whole(): boolean {
    return this.#came === this.#total;
  }

  /** How many of these bytes belong to the frame. */
  take(bytes: Buffer): number {
    const from = this.#came;
    const taken = Math.min(bytes.length, this.#total - from);
    this.#came += taken;
    if (this.#length > 0 && from === 0 && bytes[0] !== BLANK) throw malformed('no blank');
    if (this.whole && bytes[taken - 1] !== NEWLINE) throw malformed('no newline at its end');
    const data = bytes.subarray(Math.max(0, 1 - from), Math.max(0, 1 + this.#length - from));
    if (this.whole) this.#data = this.#held.takeWith(data);
    else this.#held.add(data);
    return taken;
  }

  frame(): RelpFrame {
    const data = this.#data;
    const cut = data.length < this.#length;
    return { transaction: this.#transaction, command: this.#command, data, cut };
  }
}

/** Where the byte behind the length stands; -1 where the header isn't whole yet. */
function endOfHeader(bytes: Buffer): number {
  let blanks = 0;
  const most = Math.min(bytes.length, HEADER_BYTES_MAX + 1);
  for (let at = 0; at < most; at += 1) {
    const byte = bytes[at];
    if (byte === NEWLINE) return at;
    if (byte === BLANK) blanks += 1;
    if (blanks === 3) return at;
  }
  if (bytes.length > HEADER_BYTES_MAX) throw malformed('its header has no end');
  return -1;
}

function opened(bytes: Buffer, end: number, dataBytesMax: number): Open {
  const [, transaction, command, length] = HEADER.exec(bytes.toString('latin1', 0, end)) ?? [];
  if (transaction === undefined || command === undefined || length === undefined) {
    throw malformed('its header is not TXNR COMMAND LENGTH');
  }
  return new Open(Number(transaction), command, Number(length), dataBytesMax);
}

function malformed(why: string): RelpError {
  return new RelpError(`not a frame of RELP: ${why}`);
}
