/**
 * A kept connection to a web server for the plainest of its answers: HTTP/1.1, 200, with a Content-Length.
 * At one reading a second everything is cold, so that what counts is how much code is run at all: node:http
 * costs some 0.45 ms more for each (`npm run bench` has 2.5 ms for three probes). It tells no failure: whatever
 * isn't as described here, or goes wrong, is left to node:http to ask for again and to put into words.
 */
import { connect, type Socket } from 'node:net';

/** Where the server is, and the whole request. */
export interface PlainRequest {
  readonly host: string;
  readonly port: number;
  readonly text: string;
  /** A larger page isn't taken. */
  readonly maxBytes: number;
}

export interface PlainPage {
  /** As the server said it; empty where it didn't. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** The head of an answer, whole. */
export interface PlainHead {
  readonly type: string;
  readonly headBytes: number;
  readonly bodyBytes: number;
  /** The server is going to hang up. */
  readonly last: boolean;
}

/** A server that answers otherwise is tried again after so many readings. */
const ODD_READINGS = 100;
/** How much is read at once. */
const READ_BYTES = 16 * 1024;
/** Longer heads are node:http's, whose own bounds lie higher. */
const HEAD_MAX_BYTES = 4 * 1024;
const HEAD_END = '\r\n\r\n';

/** An answer that is waited for. */
interface Asking {
  readonly parts: Buffer[];
  bytes: number;
  head: PlainHead | undefined;
  settle(page: PlainPage | undefined): void;
}

export class PlainLine {
  readonly #request: PlainRequest;
  #socket: Socket | undefined;
  #asking: Asking | undefined;
  /** For how many readings nothing is asked here. */
  #resting = 0;

  constructor(request: PlainRequest) {
    this.#request = request;
  }

  /**
   * Asks once, and isn't asked again before it has answered: undefined where node:http has to ask, and when
   * `signal` aborts. Never rejects.
   */
  async ask(signal: AbortSignal): Promise<PlainPage | undefined> {
    if (this.#resting > 0) this.#resting -= 1;
    if (this.#resting > 0 || signal.aborted) return undefined;
    const giveUp = () => this.close();
    signal.addEventListener('abort', giveUp, { once: true });
    const page = await new Promise<PlainPage | undefined>((settle) => {
      this.#asking = { parts: [], bytes: 0, head: undefined, settle };
      this.#socket ??= this.#open();
      this.#socket.write(this.#request.text, 'latin1');
    });
    signal.removeEventListener('abort', giveUp);
    return page;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#settle(undefined);
  }

  #open(): Socket {
    const { host, port } = this.#request;
    const callback = (length: number, buffer: Uint8Array) => {
      this.#take(Buffer.from(buffer.subarray(0, length)));
      return true;
    };
    // Into one buffer, past what a stream does for each part.
    const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback };
    const socket = connect({ host, port, onread, noDelay: true });
    const gone = () => {
      if (this.#socket === socket) this.close();
    };
    return socket.on('error', gone).on('end', gone).on('close', gone);
  }

  #take(part: Buffer): void {
    const asking = this.#asking;
    // What nobody asked for belongs to no answer.
    if (asking === undefined) return this.close();
    asking.parts.push(part);
    asking.bytes += part.length;
    const head = asking.head ?? plainHead(Buffer.concat(asking.parts));
    if (head === undefined) return;
    if (head === 'odd' || head.bodyBytes > this.#request.maxBytes) return this.#rest();
    asking.head = head;
    const missing = head.headBytes + head.bodyBytes - asking.bytes;
    if (missing < 0) this.#rest();
    else if (missing === 0) this.#end(head, asking.parts);
  }

  #end({ type, headBytes, last }: PlainHead, parts: readonly Buffer[]): void {
    this.#settle({ type, bytes: Buffer.concat(parts).subarray(headBytes) });
    if (last) this.close();
  }

  #rest(): void {
    this.#resting = ODD_READINGS;
    this.close();
  }

  #settle(page: PlainPage | undefined): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.settle(page);
  }
}

/** RFC 9112 §4 and §5; of what these allow, no folded lines and no bare reason. */
const HEAD =
  /^HTTP\/1\.1 200 [\t\x20-\x7e\x80-\xff]*\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n$/;

/** What bears on where an answer ends, and on what it is; none of them may come twice. */
const TOLD = new Set(['content-length', 'content-type', 'connection']);
const ODD = new Set(['transfer-encoding', 'content-encoding', 'upgrade', 'trailer']);

/** The head that `bytes` begin with: undefined while it isn't whole, `odd` where it is for node:http. */
export function plainHead(bytes: Buffer): PlainHead | 'odd' | undefined {
  const end = bytes.indexOf(HEAD_END);
  const headBytes = end === -1 ? bytes.length : end + HEAD_END.length;
  if (headBytes > HEAD_MAX_BYTES) return 'odd';
  if (end === -1) return undefined;
  const lines = HEAD.exec(bytes.toString('latin1', 0, headBytes))?.[1];
  const told = lines === undefined ? undefined : toldIn(lines);
  const length = told?.get('content-length') ?? '';
  const connection = told?.get('connection') ?? 'keep-alive';
  if (!/^\d{1,9}$/.test(length) || !/^(keep-alive|close)$/i.test(connection)) return 'odd';
  return {
    type: told?.get('content-type') ?? '',
    headBytes,
    bodyBytes: Number(length),
    last: connection.toLowerCase() === 'close',
  };
}

/** Undefined where one of them is odd. */
function toldIn(lines: string): Map<string, string> | undefined {
  const told = new Map<string, string>();
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (ODD.has(name) || told.has(name)) return undefined;
    if (TOLD.has(name)) told.set(name, line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, ''));
  }
  return told;
}
