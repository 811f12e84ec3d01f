/**
 * What a protocol of the sink is: bytes in, records and answers out. One connection speaks one
 * protocol. A protocol opens no file and writes to no socket, and no bytes make it throw.
 */
import type { Protocol } from './counts.ts';
import type { Run } from './run.ts';

export interface Received {
  /** One record without its framing. Any bytes at all may be in it. */
  readonly bytes: Buffer;
  /** `cut`: longer than the limit, the rest was discarded. `torn`: the connection broke inside. */
  readonly flaw?: 'cut' | 'torn';
  /** `syslog`: RFC 5424 or 3164 is looked for in it. */
  readonly form: 'plain' | 'syslog';
  /** Of plain lines that are taken together: `bytes` is all of them, each with its newline. */
  readonly run?: Run;
}

/** What a connection's bytes come to. */
export interface Step {
  readonly received: readonly Received[];
  /** An answer, sent when these and all records before are safe. */
  readonly owes?: Buffer;
  /** The connection is ended after that: the client asked for it, or its bytes are of no more use. */
  readonly ends?: boolean;
}

export interface Decoder {
  /** What it is counted as, once that is known. */
  readonly protocol?: Protocol | undefined;
  /** What `chunk` completes. */
  push(chunk: Buffer): Step;
  /** What is left when the connection ended, in order (`ended`) or not (`broken`). */
  end(how: 'ended' | 'broken'): Step;
  /** It has been opening for too long; undefined once it is open. */
  late?(): Step | undefined;
  /** Said at an orderly stop, after which nothing more is taken. Without one, the client is heard out. */
  readonly farewell?: Buffer | undefined;
}

export const NOTHING: Step = { received: [] };
