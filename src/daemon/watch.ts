/**
 * Watches what nobody announces: the guest's place, steps of the wall clock, and the time the
 * machine stood still. It posts what it sees.
 */
import type { Clock } from '../core/clock.ts';
import type { Happening } from '../core/events.ts';
import type { Sighting } from '../core/sighting.ts';

/** How often the clocks are compared, and the spool is looked at: together, since to wake costs most. */
const LOOK_EVERY_MS = 5000;
/** How often time alone is an event: windows open and close on the minute. */
const TICK_MS = 60_000;
/** Smaller steps and pauses are the clocks' own unrest (NTP's slewing, /proc/uptime's 10 ms). */
const NOTICED_MS = 1000;

export interface Watcher {
  readonly clock: Clock;
  post(happening: Happening): Promise<unknown>;
}

/**
 * Tells when the spool begins to drop records, and when it is empty again after that.
 * `wasDropping`: an earlier life of the daemon told the one and not the other.
 */
export async function watchSpool(
  { clock, post }: Watcher,
  signal: AbortSignal,
  look: () => Spool | undefined,
  wasDropping: boolean,
): Promise<void> {
  let dropped = look()?.dropped ?? 0;
  let dropping = wasDropping;
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    const spool = look() ?? { dropped: 0, queued: 0 };
    const at = clock.now();
    const more = spool.dropped > dropped;
    if (more && !dropping) await post({ at, type: 'spool-dropping', dropped: spool.dropped });
    if (dropping && !more && spool.queued === 0) await post({ at, type: 'spool-drained' });
    dropping = more || (dropping && spool.queued > 0);
    ({ dropped } = spool);
  }
}

export interface Spool {
  readonly queued: number;
  /** Since the start. */
  readonly dropped: number;
}

interface Clocks {
  readonly wallMinusBoot: number;
  readonly bootMinusMonotonic: number;
  readonly minute: number;
}

/**
 * Compares the clocks until `signal` aborts; `thawed` is called after each pause. Once in every
 * minute of the wall clock it posts a tick, so that closing time needs no probe that answers.
 */
export async function watchClocks(
  { clock, post }: Watcher,
  signal: AbortSignal,
  thawed: () => void,
): Promise<void> {
  let before = compare(clock);
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    const now = compare(clock);
    const stepMs = Math.round(now.wallMinusBoot - before.wallMinusBoot);
    const frozenMs = Math.round(now.bootMinusMonotonic - before.bootMinusMonotonic);
    const at = clock.now();
    if (Math.abs(stepMs) >= NOTICED_MS) await post({ at, type: 'clock-stepped', stepMs });
    if (frozenMs >= NOTICED_MS) {
      await post({ at, type: 'thawed', frozenMs });
      thawed();
    }
    if (now.minute !== before.minute) await post({ at, type: 'tick' });
    before = now;
  }
}

function compare(clock: Clock): Clocks {
  const now = clock.now();
  const monotonicMs = clock.monotonicMs();
  return {
    wallMinusBoot: now.wallMs - now.bootMs,
    bootMinusMonotonic: now.bootMs - monotonicMs,
    minute: Math.floor(now.wallMs / TICK_MS),
  };
}

/** The latest look for the guest, for `status`. */
export interface Look {
  readonly wallMs: number;
  readonly sighting: Sighting;
}

/** Looks for the guest at a start, at `everyMs`, and whenever `hurry` is called. */
export class PlaceWatch {
  latest: Look | undefined;
  readonly #watcher: Watcher;
  readonly #locate: () => Promise<Sighting>;
  #sooner = new AbortController();
  #looking: Promise<Sighting> | undefined;
  #ended = false;

  constructor(watcher: Watcher, locate: () => Promise<Sighting>) {
    this.#watcher = watcher;
    this.#locate = locate;
  }

  async run(everyMs: () => number): Promise<void> {
    while (!this.#ended) {
      this.#sooner = new AbortController();
      await this.look();
      if (!this.#ended) await this.#watcher.clock.sleep(everyMs(), this.#sooner.signal);
    }
  }

  hurry(): void {
    this.#sooner.abort();
  }

  /** One at a time: who asks while a look is under way is told what it finds. */
  look(): Promise<Sighting> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** No more is posted: what a look finds while the daemon ends is nobody's news. */
  end(): void {
    this.#ended = true;
    this.hurry();
  }

  async #look(): Promise<Sighting> {
    const { clock, post } = this.#watcher;
    const begun = clock.now();
    const sighting = await this.#locate();
    const at = clock.now();
    if (this.#ended) return sighting;
    this.latest = { wallMs: at.wallMs, sighting };
    await post({ at, type: 'located', sighting, begun });
    return sighting;
  }
}
