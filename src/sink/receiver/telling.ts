/**
 * Tells a connection's protocol by its first bytes (DESIGN.md §8, on the wire), as few as will do:
 *
 *   `1 open ` and a digit          RELP
 *   `<`, 1 to 3 digits, `>`        syslog, a message a line (RFC 6587, 3.4.2)
 *   1 to 9 digits, a blank, `<`    syslog, each with its length in front (RFC 6587, 3.4.1)
 *   anything else                  plain lines
 */
import type { Protocol } from './counts.ts';
import { Lines } from './plain.ts';
import { type Decoder, NOTHING, type Step } from './protocol.ts';
import { RelpServer } from './relp-server.ts';
import { CountedMessages } from './syslog.ts';

type Name = 'relp' | 'lines of syslog' | 'counted syslog' | 'plain';

/** Each as whole as it has to be, and what a beginning of it may look like. */
const SIGNS: readonly { readonly name: Name; readonly whole: RegExp; readonly partly: RegExp }[] = [
  { name: 'relp', whole: /^1 open \d/, partly: /^(1( (o(p(e(n ?)?)?)?)?)?)?$/ },
  { name: 'lines of syslog', whole: /^<\d{1,3}>/, partly: /^(<\d{0,3})?$/ },
  { name: 'counted syslog', whole: /^[1-9]\d{0,8} </, partly: /^([1-9]\d{0,8} ?)?$/ },
];

/** So many bytes are always enough. */
const TELLING_BYTES = 11;

const NO_BYTES = Buffer.alloc(0);

/** The protocol that these first bytes are of; undefined where more of them have to come. */
export function protocolOf(first: Buffer): Name | undefined {
  const text = first.toString('latin1', 0, TELLING_BYTES);
  const told = SIGNS.find(({ whole }) => whole.test(text));
  if (told) return told.name;
  return SIGNS.some(({ partly }) => partly.test(text)) ? undefined : 'plain';
}

function decoderOf(name: Name, lineBytes: number): Decoder {
  if (name === 'relp') return new RelpServer(lineBytes);
  if (name === 'counted syslog') return new CountedMessages(lineBytes);
  return new Lines(lineBytes, name === 'plain' ? 'plain' : 'syslog');
}

/** What a connection says, whatever it speaks. */
export class Telling implements Decoder {
  /** Undefined until it is told. */
  protocol: Protocol | undefined;
  readonly #lineBytes: number;
  #first: Buffer = NO_BYTES;
  #told: Decoder | undefined;

  constructor(lineBytes: number) {
    this.#lineBytes = lineBytes;
  }

  get farewell(): Buffer | undefined {
    return this.#told?.farewell;
  }

  push(chunk: Buffer): Step {
    if (this.#told) return this.#told.push(chunk);
    const bytes = this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk]);
    const name = protocolOf(bytes);
    if (name !== undefined) return this.#tell(name, bytes);
    this.#first = Buffer.from(bytes);
    return NOTHING;
  }

  end(how: 'ended' | 'broken'): Step {
    if (this.#told) return this.#told.end(how);
    if (this.#first.length === 0) return NOTHING;
    // Few bytes and no newline among them: a plain line, if anything.
    this.#tell('plain', this.#first);
    return this.end(how);
  }

  /** Who stops after a few bytes that could become anything writes plain lines, slowly. */
  late(): Step | undefined {
    if (this.#told) return this.#told.late?.();
    return this.#first.length === 0 ? undefined : this.#tell('plain', this.#first);
  }

  #tell(name: Name, bytes: Buffer): Step {
    this.#told = decoderOf(name, this.#lineBytes);
    this.protocol = name === 'relp' || name === 'plain' ? name : 'syslog';
    this.#first = NO_BYTES;
    return this.#told.push(bytes);
  }
}
