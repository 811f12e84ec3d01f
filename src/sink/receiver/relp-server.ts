/**
 * The server's side of RELP (librelp's doc/relp.html), of which the sink needs four commands:
 *
 *   opening ── open ──► open ── syslog … ── close ──► ended
 *
 * An answer is a step's debt: whoever runs this pays it when the records are safe, and so an
 * acknowledged one is on the disk. A frame that never came whole was not acknowledged, and will be
 * sent again.
 */
import { RelpError, type RelpFrame, RelpReader, relpFrame } from '../formats/relp.ts';
import { type Decoder, NOTHING, type Received, type Step } from './protocol.ts';

const VERSION_MAX = 1;
const OFFERS_MAX = 16;
/** What a client offers is held to its end, however short the lines have to be. */
const OFFERS_BYTES = 1024;

export class RelpServer implements Decoder {
  readonly #reader: RelpReader;
  readonly #lineBytes: number;
  #state: 'opening' | 'open' | 'ended' = 'opening';

  constructor(lineBytes: number) {
    this.#reader = new RelpReader(Math.max(lineBytes, OFFERS_BYTES));
    this.#lineBytes = lineBytes;
  }

  /** That the server ends the session. What it has acknowledged stays so; the rest comes again. */
  get farewell(): Buffer {
    return relpFrame(0, 'serverclose');
  }

  push(chunk: Buffer): Step {
    if (this.#state === 'ended') return NOTHING;
    try {
      return this.#answer(this.#reader.push(chunk));
    } catch (error) {
      if (!(error instanceof RelpError)) throw error;
      const step = this.#answer(error.frames);
      this.#state = 'ended';
      return { ...step, ends: true };
    }
  }

  end(): Step {
    return NOTHING;
  }

  late(): Step | undefined {
    if (this.#state !== 'opening') return undefined;
    this.#state = 'ended';
    return { received: [], ends: true };
  }

  #answer(frames: readonly RelpFrame[]): Step {
    const received: Received[] = [];
    let owes = '';
    for (const frame of frames) {
      if (this.#state === 'ended') break;
      owes += this.#answerTo(frame, received);
    }
    const ends = this.#state === 'ended';
    return { received, ...(owes === '' ? {} : { owes: Buffer.from(owes) }), ...(ends && { ends }) };
  }

  #answerTo(frame: RelpFrame, received: Received[]): string {
    const { transaction, command, data } = frame;
    // 0 is the server's own, for hints.
    if (transaction === 0) return this.#refuse(frame, 'a client counts from 1');
    if (command === 'open') return this.#open(frame);
    if (this.#state === 'opening') return this.#refuse(frame, 'open comes first');
    if (command === 'close') {
      this.#state = 'ended';
      return `${transaction} rsp 0\n${this.farewell}`;
    }
    if (command !== 'syslog') return response(transaction, '500 no such command');
    if (data.length > 0) received.push(this.#message(frame));
    return `${transaction} rsp 6 200 OK\n`;
  }

  #message({ data, cut }: RelpFrame): Received {
    if (!cut && data.length <= this.#lineBytes) return { bytes: data, form: 'syslog' };
    return { bytes: data.subarray(0, this.#lineBytes), flaw: 'cut', form: 'syslog' };
  }

  #open(frame: RelpFrame): string {
    if (this.#state !== 'opening') return this.#refuse(frame, 'open already');
    const offers = offersIn(frame.data.toString('latin1'));
    const version = offers.get('relp_version') ?? '';
    if (!/^\d{1,3}$/.test(version)) return this.#refuse(frame, 'no version offered');
    if (!offers.get('commands')?.split(',').includes('syslog')) {
      return this.#refuse(frame, 'syslog is all that is taken');
    }
    this.#state = 'open';
    const agreed = Math.min(Number(version), VERSION_MAX);
    const answer = [`relp_version=${agreed}`, 'relp_software=vmmanage', 'commands=syslog'];
    return response(frame.transaction, ['200 OK', ...answer].join('\n'));
  }

  #refuse({ transaction }: RelpFrame, why: string): string {
    this.#state = 'ended';
    return `${response(transaction, `500 ${why}`)}${this.farewell}`;
  }
}

function response(transaction: number, text: string): string {
  return relpFrame(transaction, 'rsp', Buffer.from(text)).toString('latin1');
}

/** `name=value`, one a line. */
function offersIn(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n', OFFERS_MAX);
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
