/**
 * Passes everything on to another sink, with a spool of its own. A record keeps its name, its boot and
 * its number on the way, so that the next sink recognises one that comes twice.
 */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.ts';
import type { Notice, Tell } from '../../notice.ts';
import { openSender, type Sender, type Unsent } from '../../sender/sender.ts';
import type { TlsFiles } from '../../sender/socket.ts';
import type { Arrival, Arriving } from '../arrival.ts';
import { eachOf } from '../reading.ts';
import { isNumbered } from './known.ts';

export interface ForwardOptions {
  /** As the conf's `[log] sink`. */
  readonly url: string;
  /** Where the URL's scheme says TLS. */
  readonly tls?: TlsFiles;
  readonly spoolFolder: string;
  /** Over it the oldest records are dropped, counted, and told of. */
  readonly spoolMaxBytes: number;
  readonly clock: Clock;
  readonly tell: Tell;
}

export interface ForwardStatus {
  /** Records that haven't left. */
  readonly queued: number;
  /** Records that the spool's bound dropped since the start. */
  readonly dropped: number;
}

export interface Forward {
  readonly status: ForwardStatus;
  /** Before it returns, the spool has them: a kill -9 doesn't lose them any more. */
  pass(arrivals: readonly Arriving[]): void;
  /** What hasn't left within `withinMs` stays in the spool for the next start. */
  close(withinMs: number): Promise<void>;
}

/** An orderly end waits no longer for what is queued; the spool keeps it. */
const DRAIN_MS = 2000;

/** Rejects where the URL is none that this version can send to, or the folder can't be used. */
export async function openForward(options: ForwardOptions): Promise<Forward> {
  const { url, tls, spoolFolder, spoolMaxBytes, clock } = options;
  await mkdir(spoolFolder, { recursive: true, mode: 0o750 });
  await access(spoolFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  const files = tls === undefined ? {} : { tls };
  return new Passing(
    openSender({ urls: [url], ...files, spoolFolder, spoolMaxBytes, clock }),
    options,
  );
}

class Passing implements Forward {
  readonly #sender: Sender;
  readonly #options: ForwardOptions;
  #dropping = false;
  #spoolFails = false;

  constructor(sender: Sender, options: ForwardOptions) {
    this.#sender = sender;
    this.#options = options;
    this.#sayTroubles();
  }

  get status(): ForwardStatus {
    const { queued, dropped } = this.#sender.status();
    return { queued, dropped };
  }

  pass(arrivals: readonly Arriving[]): void {
    const { clock } = this.#options;
    const { boot } = clock.now();
    for (const arriving of arrivals) {
      for (const arrival of eachOf(arriving)) this.#sender.send(passedOn(arrival, boot));
    }
    this.#sayTroubles();
  }

  close(withinMs: number): Promise<void> {
    return this.#sender.close({ drainMs: Math.min(withinMs, DRAIN_MS) });
  }

  /** Each once; of the spool also when it is over, since until then a kill loses what waits. */
  #sayTroubles(): void {
    const { dropped, spoolError: error } = this.#sender.status();
    if (dropped > 0 && !this.#dropping) {
      this.#dropping = true;
      this.#say('error', 'records for the next sink dropped: the spool is full', { dropped });
    }
    if ((error !== undefined) === this.#spoolFails) return;
    this.#spoolFails = error !== undefined;
    if (error !== undefined) this.#say('error', 'spool for the next sink fails', { error });
    else this.#say('info', 'spool for the next sink written again', {});
  }

  #say(level: Notice['level'], text: string, fields: Notice['fields']): void {
    const { url, spoolFolder: folder, tell } = this.#options;
    tell({ level, text, fields: { url, folder, ...fields } });
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
