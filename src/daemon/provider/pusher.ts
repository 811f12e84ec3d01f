/**
 * Pushes the guest's readings and state to its provider: periodically, and at once when a reading
 * crosses a bound (PEP; R. Han et al., 2011). Readings wait in memory while the provider is away. The
 * daemon never waits for it, and what it says decides nothing.
 */
import type { ProviderSettings } from '../../conf/loaded.ts';
import type { Clock } from '../../core/clock.ts';
import { fraction } from '../../core/spread.ts';
import { isPresent, type Reading } from '../../core/words.ts';
import { Backoff } from '../../system/backoff.ts';
import type { ProviderReport } from '../../wire/control.ts';
import {
  type GuestState,
  PROVIDER_VERSION,
  PUSHED_MAX,
  type ReadingsPush,
} from '../../wire/provider.ts';
import type { LocalLog } from '../local-log.ts';
import { iso } from '../past.ts';
import { nextDue } from '../scheduler.ts';
import { Backlog } from './backlog.ts';
import { Crossings } from './crossings.ts';
import { openPoster, type Posted, type Poster } from './post.ts';

export interface PusherParts {
  readonly clock: Clock;
  readonly log: LocalLog;
  readonly vm: string;
  /** What no other life of the daemon is called. */
  readonly incarnation: string;
  state(): GuestState;
}

/** With jitter: all guests of a provider find it away at the same moment. */
const RETRY = { firstMs: 1000, maxMs: 60_000 };

export class Pusher {
  readonly #parts: PusherParts;
  readonly #backlog = new Backlog();
  #settings: ProviderSettings | undefined;
  #crossings = new Crossings([], 0);
  #ending = new AbortController();
  #sooner = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #seq = 0;
  #pushes = 0;
  /** Why the last push wasn't taken; undefined: it was. */
  #problem: string | undefined;
  /** Of what was dropped, how much was told. */
  #toldDropped = 0;
  #dropping = false;
  /** Whether it was told that the provider refuses readings. */
  #refusing = false;

  constructor(parts: PusherParts) {
    this.#parts = parts;
  }

  /** From now on this provider; undefined: none. */
  async use(settings: ProviderSettings | undefined): Promise<void> {
    const before = this.#settings;
    if (JSON.stringify(settings) === JSON.stringify(before)) return;
    await this.end();
    // What was measured for one provider is no other's business.
    if (settings?.url !== before?.url) this.#backlog.clear();
    if (!sameBounds(settings, before)) {
      this.#crossings = new Crossings(settings?.bounds ?? [], settings?.hysteresis ?? 0);
    }
    this.#settings = settings;
    this.#problem = undefined;
    this.#refusing = false;
    if (settings === undefined) return;
    this.#ending = new AbortController();
    this.#running = this.#run(settings, this.#ending.signal);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    this.#sooner.abort();
    await this.#running;
    this.#settings = undefined;
  }

  /** Keeps it for the next push, or for one at once. */
  note(reading: Reading, unit: string): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const crossed = isPresent(reading) ? this.#crossings.note(reading) : [];
    if (settings.everyMs === undefined && crossed.length === 0) return;
    this.#backlog.add(reading, unit, crossed);
    if (this.#backlog.bound(settings.queueMax) > 0) this.#tellDropped(settings.queueMax);
    if (crossed.length > 0) this.#sooner.abort();
  }

  report(): ProviderReport | undefined {
    if (this.#settings === undefined) return undefined;
    const { url } = this.#settings;
    const { length: waiting, dropped } = this.#backlog;
    const error = this.#problem === undefined ? {} : { error: this.#problem };
    return { url, pushes: this.#pushes, waiting, dropped, ...error };
  }

  async #run(settings: ProviderSettings, signal: AbortSignal): Promise<void> {
    const { clock, vm } = this.#parts;
    const { everyMs = Number.POSITIVE_INFINITY } = settings;
    const poster = openPoster(settings, clock);
    const backoff = new Backoff(RETRY, Math.random);
    // Each guest at a moment of its own, so that not all that began together push together.
    const phaseMs = everyMs === Number.POSITIVE_INFINITY ? everyMs : fraction(vm) * everyMs;
    let dueMs = clock.monotonicMs() + phaseMs;
    while (!signal.aborted) {
      await this.#wait(dueMs - clock.monotonicMs());
      if (signal.aborted) break;
      const { result, more } = await this.#push(poster, signal);
      if (result === 'failed') {
        await clock.sleep(backoff.nextMs(), signal);
      } else {
        backoff.reset();
        const nowMs = clock.monotonicMs();
        if (!more && dueMs <= nowMs) dueMs = nextDue(dueMs, everyMs, nowMs);
      }
    }
    poster.close();
  }

  /** Not at all while something waits that is to be told at once. */
  async #wait(ms: number): Promise<void> {
    if (this.#backlog.urgent) return;
    this.#sooner = new AbortController();
    await this.#parts.clock.sleep(ms, this.#sooner.signal);
  }

  async #push(poster: Poster, signal: AbortSignal) {
    const readings = this.#backlog.oldest(PUSHED_MAX);
    const posted = await poster.post(this.#message(readings), signal);
    if (signal.aborted) return { result: posted.result, more: false };
    if (posted.result === 'taken') this.#backlog.taken(readings);
    if (posted.result === 'refused') this.#backlog.refused(readings);
    this.#tell(posted, readings.length);
    return { result: posted.result, more: readings.length === PUSHED_MAX };
  }

  #message(readings: ReadingsPush['readings']): ReadingsPush {
    const { vm, incarnation, clock, state } = this.#parts;
    this.#seq += 1;
    const cause = readings.some(({ crossed }) => crossed !== undefined) ? 'event' : 'period';
    return {
      ...{ v: PROVIDER_VERSION, vm, incarnation, seq: this.#seq },
      ...{ time: iso(clock.now().wallMs), cause, state: state(), readings },
      dropped: this.#backlog.dropped,
    };
  }

  /** Once when it begins to fail, or to refuse, and once when it works again. */
  #tell(posted: Posted, count: number): void {
    const { log } = this.#parts;
    if (posted.result === 'taken') {
      if (this.#problem !== undefined) this.#tellWell();
      this.#problem = undefined;
      this.#pushes += 1;
      return;
    }
    const { result, problem } = posted;
    const url = this.#settings?.url;
    if (result === 'refused' && count > 0 && !this.#refusing) {
      log.warn('the provider refused readings, which are dropped', { url, problem, count });
      this.#refusing = true;
    } else if (this.#problem === undefined) {
      log.warn("the provider doesn't take the readings", { url, problem });
    }
    this.#problem = problem;
  }

  #tellWell(): void {
    const dropped = this.#backlog.dropped - this.#toldDropped;
    this.#parts.log.info('the provider takes the readings again', { dropped });
    this.#toldDropped = this.#backlog.dropped;
    this.#dropping = false;
    this.#refusing = false;
  }

  /** The first of an absence; how many there were is told at its end. */
  #tellDropped(kept: number): void {
    if (this.#dropping) return;
    this.#dropping = true;
    this.#parts.log.warn('readings for the provider are dropped, the oldest first', { kept });
  }
}

function sameBounds(one: ProviderSettings | undefined, other: ProviderSettings | undefined) {
  const of = (settings: ProviderSettings | undefined) =>
    JSON.stringify([settings?.bounds, settings?.hysteresis]);
  return of(one) === of(other);
}
