/**
 * Sends alerts, one after the other, each way a bounded number of times, and posts what came of
 * it. The daemon never waits for it. Which alerts there are is core's to say.
 */
import type { AlertSettings } from '../conf/loaded.ts';
import type { Alert } from '../core/alerts.ts';
import type { Clock } from '../core/clock.ts';
import type { Happening } from '../core/events.ts';
import { ALERT_VERSION, type AlertMessage } from '../wire/alert.ts';
import { type Way, waysOf } from './alert-ways.ts';
import { iso } from './past.ts';

export interface AlerterParts {
  readonly clock: Clock;
  readonly vm: string;
  post(event: Happening): Promise<unknown>;
}

/** Between the first try and the second; ten times as long before each further one. */
const RETRY_MS = 10_000;
const RETRY_GROWTH = 10;
const RETRY_MAX_MS = 600_000;
/** As many as core keeps pending; what is over it is sent at the next start, or never. */
const MAX_QUEUED = 32;

export class Alerter {
  readonly #parts: AlerterParts;
  readonly #ending = new AbortController();
  #settings: AlertSettings;
  #last: Promise<void> = Promise.resolve();
  #queued = 0;

  constructor(settings: AlertSettings, parts: AlerterParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** From the next alert on. */
  use(settings: AlertSettings): void {
    this.#settings = settings;
  }

  /** What is queued stays pending and is sent at the next start. */
  end(): void {
    this.#ending.abort();
  }

  send(alert: Alert): Promise<void> {
    if (this.#queued >= MAX_QUEUED) return Promise.resolve();
    this.#queued += 1;
    this.#last = this.#last
      .then(() => this.#send(alert))
      .finally(() => {
        this.#queued -= 1;
      });
    return this.#last;
  }

  async #send(alert: Alert): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    const { n, about, text, at } = alert;
    const { vm, clock } = this.#parts;
    const time = iso(at.wallMs);
    const message = { v: ALERT_VERSION, vm, n, time, about, text } as const;
    const { tries } = this.#settings;
    const ways = waysOf(this.#settings, clock);
    const said = await Promise.all(ways.map((way) => this.#try(way, message, tries)));
    if (signal.aborted) return;
    const failed = said.filter(({ problem }) => problem !== undefined);
    const ok = failed.length === 0;
    const words = ok
      ? said.map(({ name }) => name)
      : failed.map(({ name, problem }) => `${name}: ${problem}`);
    const result = { ok, text: words.join(', ') };
    await this.#parts.post({ at: clock.now(), type: 'alerted', n, ...result });
  }

  async #try(way: Way, message: AlertMessage, tries: number) {
    const { signal } = this.#ending;
    let problem: string | undefined;
    for (let done = 0; done < tries && !signal.aborted; done += 1) {
      if (done > 0) await this.#parts.clock.sleep(waitMs(done), signal);
      problem = signal.aborted ? 'ended' : await way.send(message, signal);
      if (problem === undefined) break;
    }
    return { name: way.name, problem };
  }
}

function waitMs(done: number): number {
  return Math.min(RETRY_MS * RETRY_GROWTH ** (done - 1), RETRY_MAX_MS);
}
