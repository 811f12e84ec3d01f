/**
 * What a protocol of the sink is: bytes in, records out. One connection speaks one protocol, told
 * by its first bytes. A protocol opens no file and writes to no socket, and no bytes make it throw.
 */
import { plain } from './plain.ts';

export interface Received {
  /** One record without its framing. Any bytes at all may be in it. */
  readonly bytes: Buffer;
  /** `cut`: longer than the limit, the rest was discarded. `torn`: the connection broke inside. */
  readonly flaw?: 'cut' | 'torn';
}

export interface Decoder {
  /** The records that `chunk` completes. */
  push(chunk: Buffer): Received[];
  /** What is left when the connection ended, in order (`ended`) or not (`broken`). */
  end(how: 'ended' | 'broken'): Received[];
}

export interface Protocol {
  readonly name: string;
  open(lineBytes: number): Decoder;
}

/** RFC 5424 and RELP will be told apart here (DESIGN.md §8, on the wire). */
export function protocolOf(_first: Buffer): Protocol {
  return plain;
}
