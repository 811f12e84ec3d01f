/**
 * What systemd is told of the daemon, and what it isn't: that it is ready, reloads and ends, how
 * things stand, and that it lives. Where nobody listens all of it does nothing; where somebody does,
 * nothing of it fails or holds the daemon up for more than seconds.
 *
 * The watchdog is fed only while the work goes round, which is asked three times in its span:
 * - the event loop turns: else nobody asks;
 * - the engine takes an event: one is posted, and waits behind all others, as they do, for `step`
 *   and the journal. Where the disk is full, it is enough that the engine tried again to write;
 * - each probe comes to its next reading: within its time-out, and half a minute more.
 * So a slow or hanging probe, whose reading ends by its time-out, keeps nobody from feeding, nor does a machine
 * that stands still: all this is measured by the monotonic clock, as the watchdog is. A disk that
 * neither takes a line nor refuses it does, in the end: the next daemon goes by what is on it.
 */
import type { Clock } from '../core/clock.ts';
import type { Happening } from '../core/events.ts';
import { formatSpan } from '../core/text.ts';
import { beforeAbort, withDeadline } from '../system/deadline.ts';
import type { Fields, Notifier } from '../system/notify.ts';
import type { LocalLog } from './local-log.ts';

export interface Supervised {
  readonly clock: Clock;
  readonly log: LocalLog;
  /** Undefined where nobody listens. */
  readonly notifier: Notifier | undefined;
  /** How things stand, in one line. */
  status(): string;
  /** Lets go what can't be written. */
  post(happening: Happening): Promise<unknown>;
  /** Resolves when the engine has next taken an event, or tried to. */
  turned(): Promise<void>;
  /** The probes that should have come to their next reading, and didn't. */
  late(): readonly string[];
}

/** Where there is no watchdog, the status line alone is kept up to date. */
const STATUS_EVERY_MS = 60_000;
/** What changes more often than that is told together: each time costs a process. */
const STATUS_APART_MS = 5_000;
/** After something stood still; the watchdog's span goes on meanwhile. */
const LOOK_AGAIN_MS = 1_000;

export class Supervision {
  readonly #parts: Supervised;
  readonly #everyMs: number;
  readonly #ending = new AbortController();
  #begun = false;
  #problem: string | undefined;
  #said = '';
  #saidMs = -Infinity;
  #nudged = false;

  constructor(parts: Supervised) {
    this.#parts = parts;
    const { watchdogMs } = parts.notifier ?? {};
    this.#everyMs = watchdogMs === undefined ? STATUS_EVERY_MS : watchdogMs / 3;
  }

  /** The daemon does its work, from now on. */
  async begin(): Promise<void> {
    if (!this.#parts.notifier) return;
    await this.#tell({ READY: '1', ...this.#status() });
    this.#begun = true;
    void this.#watch();
  }

  /** Tells of a reload around `work`. */
  async reloading<T>(work: () => Promise<T>): Promise<T> {
    const usec = Math.round(this.#parts.clock.monotonicMs() * 1000);
    await this.#tell({ RELOADING: '1', MONOTONIC_USEC: String(usec) });
    try {
      return await work();
    } finally {
      await this.#tell({ READY: '1', ...this.#status() });
    }
  }

  /** Something happened that the status line may tell of: it is told soon. */
  nudge(): void {
    if (!this.#begun || this.#nudged) return;
    this.#nudged = true;
    const { clock } = this.#parts;
    const waitMs = Math.max(0, this.#saidMs + STATUS_APART_MS - clock.monotonicMs());
    void clock.sleep(waitMs, this.#ending.signal).then(() => {
      this.#nudged = false;
      if (this.#ending.signal.aborted || this.#parts.status() === this.#said) return;
      return this.#tell(this.#status());
    });
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#tell({ STOPPING: '1', STATUS: 'ending' });
  }

  async #watch(): Promise<void> {
    const { clock, notifier } = this.#parts;
    const { signal } = this.#ending;
    const watched = notifier?.watchdogMs !== undefined;
    let waitMs = this.#everyMs;
    let still: string | undefined;
    while (!signal.aborted) {
      await clock.sleep(waitMs, signal);
      const before = still;
      still = watched ? await this.#standstill() : undefined;
      if (signal.aborted) return;
      if (still !== undefined && before === undefined) this.#lament(still);
      waitMs = still === undefined ? this.#everyMs : LOOK_AGAIN_MS;
      if (still !== undefined) continue;
      await this.#tell({ ...(watched ? { WATCHDOG: '1' } : {}), ...this.#status() });
    }
  }

  /** What stands still, in a few words; undefined while all of it goes round. */
  async #standstill(): Promise<string | undefined> {
    const { clock, post } = this.#parts;
    const turned = this.#parts.turned().then(() => true);
    void post({ at: clock.now(), type: 'tick' });
    const inTime = await withDeadline(this.#everyMs, this.#ending.signal, clock, (signal) =>
      beforeAbort(turned, signal),
    );
    if (!inTime) return `no event was taken for ${formatSpan(this.#everyMs)}`;
    const late = this.#parts.late();
    return late.length === 0 ? undefined : `not read any more: ${late.join(', ')}`;
  }

  #lament(problem: string): void {
    const { log } = this.#parts;
    log.error('something stands still; the watchdog ends the daemon if it stays so', { problem });
  }

  #status(): Fields {
    this.#said = this.#parts.status();
    this.#saidMs = this.#parts.clock.monotonicMs();
    return { STATUS: this.#said };
  }

  /** A failure is said once; the daemon goes on without being heard. */
  async #tell(fields: Fields): Promise<void> {
    const { notifier, log } = this.#parts;
    const problem = await notifier?.tell(fields);
    if (problem !== undefined && this.#problem === undefined) {
      log.warn("systemd can't be told how the daemon is doing", { problem });
    }
    this.#problem = problem;
  }
}
