/** What the daemon tells the central log: a sentence for each journal entry that has one. */

import { isDeepStrictEqual } from 'node:util';
import type { LogSettings } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entries.ts';
import { sentence } from '../core/sentences.ts';
import { sinkUrlText } from '../core/sink-url.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import { openSender, type Sender } from '../sink/sender/sender.ts';
import type { SinkReport } from '../wire/control.ts';
import type { LocalLog } from './local-log.ts';

export interface CentralOptions {
  readonly clock: Clock;
  readonly vm: string;
  readonly spoolFolder: string;
  /** Why the spool doesn't outlive this machine, where it doesn't: lasting.ts. */
  readonly passing?: string | undefined;
  readonly log: LocalLog;
}

/** How long an orderly end waits for what is queued. */
const DRAIN_MS = 2000;
/** The same where what isn't sent by then is lost; within systemd's own patience. */
const LAST_DRAIN_MS = 15_000;

export class Central {
  readonly #options: CentralOptions;
  #settings: LogSettings | undefined;
  #sender: Sender | undefined;

  constructor(options: CentralOptions) {
    this.#options = options;
  }

  /** A changed sink closes the old connection; what it couldn't take stays in the spool. */
  async use(settings: LogSettings): Promise<void> {
    if (this.#settings && isDeepStrictEqual(settledOf(settings), settledOf(this.#settings))) return;
    await this.#sender?.close({ drainMs: 0 });
    this.#settings = settings;
    this.#sender = settings.sinks.length === 0 ? undefined : this.#open(settings);
  }

  tell(entry: Entry, at: Stamp, before: State): void {
    const said = sentence(entry, before.request);
    if (said) {
      const { vm, log } = this.#options;
      log.info(said.text, Object.fromEntries(said.fields));
      this.#sender?.send({ timeMs: at.wallMs, vm, boot: at.boot, ...said });
    }
    if (isArrival(entry)) this.#sender?.renew();
  }

  report(): SinkReport | undefined {
    const status = this.#sender?.status();
    const [preferred] = this.#settings?.sinks ?? [];
    if (!status || !preferred) return undefined;
    const { url, connected, queued, dropped, lastError, spoolError } = status;
    const spool = spoolError ?? this.#options.passing;
    return {
      ...{ url, connected, queued, dropped },
      ...(url === sinkUrlText(preferred) ? {} : { instead_of: sinkUrlText(preferred) }),
      ...(lastError ? { error: lastError } : {}),
      ...(spool ? { spool } : {}),
    };
  }

  async close(): Promise<void> {
    const drainMs = this.#options.passing ? LAST_DRAIN_MS : DRAIN_MS;
    await this.#sender?.close({ drainMs });
  }

  #open({ sinks, tls, spoolMaxBytes }: LogSettings): Sender {
    const { clock, spoolFolder } = this.#options;
    return openSender({ urls: sinks.map(sinkUrlText), tls, spoolFolder, spoolMaxBytes, clock });
  }
}

/** What the sender is made of. */
function settledOf({ sinks, tls, spoolMaxBytes }: LogSettings) {
  return { sinks, tls, spoolMaxBytes };
}

/** A connection from before may lead to where nobody is any more, and not know it. */
function isArrival(entry: Entry): boolean {
  if (entry.type === 'outcome') return entry.outcome === 'confirmed';
  return entry.type === 'moved-by-other' || entry.type === 'frozen';
}
