/** What the daemon tells the central log: a sentence for each journal entry that has one. */

import type { LogSettings } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entries.ts';
import { sentence } from '../core/sentences.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import { openSender, type Sender } from '../sink/sender/sender.ts';
import type { SinkReport } from '../wire/control.ts';
import type { LocalLog } from './local-log.ts';

export interface CentralOptions {
  readonly clock: Clock;
  readonly vm: string;
  readonly spoolFolder: string;
  readonly log: LocalLog;
}

/** How long an orderly end waits for what is queued. */
const DRAIN_MS = 2000;

export class Central {
  readonly #options: CentralOptions;
  #settings: LogSettings | undefined;
  #sender: Sender | undefined;

  constructor(options: CentralOptions) {
    this.#options = options;
  }

  /** A changed address closes the old connection; what it couldn't take stays in the spool. */
  async use(settings: LogSettings): Promise<void> {
    const same = settings.sink === this.#settings?.sink;
    if (same && settings.spoolMaxBytes === this.#settings?.spoolMaxBytes) return;
    await this.#sender?.close({ drainMs: 0 });
    this.#settings = settings;
    this.#sender = settings.sink === undefined ? undefined : this.#open(settings.sink, settings);
  }

  tell(entry: Entry, at: Stamp, before: State): void {
    const said = sentence(entry, before.request);
    if (!said) return;
    const { vm, log } = this.#options;
    log.info(said.text, Object.fromEntries(said.fields));
    this.#sender?.send({ timeMs: at.wallMs, vm, boot: at.boot, ...said });
  }

  report(): SinkReport | undefined {
    const status = this.#sender?.status();
    const url = this.#settings?.sink;
    if (!status || url === undefined) return undefined;
    const { connected, queued, dropped, lastError } = status;
    return { url, connected, queued, dropped, ...(lastError ? { error: lastError } : {}) };
  }

  async close(): Promise<void> {
    await this.#sender?.close({ drainMs: DRAIN_MS });
  }

  #open(url: string, settings: LogSettings): Sender {
    const { clock, spoolFolder } = this.#options;
    return openSender({ url, spoolFolder, spoolMaxBytes: settings.spoolMaxBytes, clock });
  }
}
