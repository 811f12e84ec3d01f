/**
 * Passes everything on to another sink, with a spool of its own. A record keeps its name, its boot and
 * its number on the way, so that the next sink recognises one that comes twice.
 */
import type { Clock } from '../../../core/clock.ts';
import type { Tell } from '../../notice.ts';
import { openSender, type Sender, type Unsent } from '../../sender/sender.ts';
import type { Arrival } from '../arrival.ts';
import { isNumbered } from './known.ts';

export interface ForwardOptions {
  /** As the conf's `[log] sink`. */
  readonly url: string;
  readonly spoolFolder: string;
  /** Over it the oldest records are dropped, counted, and told of. */
  readonly spoolMaxBytes: number;
  readonly clock: Clock;
  readonly tell: Tell;
}

export interface Forward {
  /** Records that haven't left. */
  readonly queued: number;
  /** Before it returns, the spool has them: a kill -9 doesn't lose them any more. */
  pass(arrivals: readonly Arrival[]): void;
  /** What hasn't left within `withinMs` stays in the spool for the next start. */
  close(withinMs: number): Promise<void>;
}

/** An orderly end waits no longer for what is queued; the spool keeps it. */
const DRAIN_MS = 2000;

/** Throws where the URL is none that this version can send to. */
export function openForward(options: ForwardOptions): Forward {
  const { url, spoolFolder, spoolMaxBytes, clock } = options;
  const sender = openSender({ urls: [url], spoolFolder, spoolMaxBytes, clock });
  return new Passing(sender, options);
}

class Passing implements Forward {
  readonly #sender: Sender;
  readonly #options: ForwardOptions;
  #dropping = false;

  constructor(sender: Sender, options: ForwardOptions) {
    this.#sender = sender;
    this.#options = options;
  }

  get queued(): number {
    return this.#sender.status().queued;
  }

  pass(arrivals: readonly Arrival[]): void {
    const { clock } = this.#options;
    const { boot } = clock.now();
    for (const arrival of arrivals) this.#sender.send(passedOn(arrival, boot));
    this.#sayWhenDropping();
  }

  close(withinMs: number): Promise<void> {
    return this.#sender.close({ drainMs: Math.min(withinMs, DRAIN_MS) });
  }

  #sayWhenDropping(): void {
    const { dropped } = this.#sender.status();
    if (dropped === 0 || this.#dropping) return;
    this.#dropping = true;
    const text = 'records for the next sink dropped: the spool is full';
    this.#options.tell({ level: 'error', text, fields: { url: this.#options.url, dropped } });
  }
}

/** One without a number gets this sink's, so that it is recognised at least from here on. */
function passedOn(arrival: Arrival, boot: string): Unsent {
  const { name, timeMs, wallMs, text, fields, priority } = arrival;
  const own = isNumbered(arrival);
  return {
    timeMs: timeMs ?? wallMs,
    vm: name,
    boot: own ? (arrival.boot ?? boot) : boot,
    text,
    fields,
    passedOn: { priority, ...(own && arrival.seq !== undefined ? { seq: arrival.seq } : {}) },
  };
}
